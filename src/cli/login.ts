// `graphpost login`: somebody signs in for a connection that sends as a user.
import { spawn } from 'node:child_process';
import type { GraphConnectionConfig } from '../config/config.ts';
import { signInOf } from '../gateway-identity.ts';
import { createAgent } from '../graph/agent.ts';
import { signInByBrowser, signInByDeviceCode } from '../identity/sign-in.ts';
import type { UserOptions } from '../identity/user-application.ts';
import { cliClock } from './cli-clock.ts';
import { loadOrReport, type ConfigIo, type LoadedConfig } from './loaded-config.ts';

export interface LoginIo extends ConfigIo {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly platform: NodeJS.Platform;
}

export interface LoginOptions {
  readonly connection: string;
  readonly config?: string;
  /** By a code, on any device. */
  readonly device?: boolean;
  /** In a browser of this machine. */
  readonly browser?: boolean;
  /** The result as JSON; what is to be done goes to standard error. */
  readonly json?: boolean;
}

/** Returns the exit code: 0 signed in, 1 not, 2 for a wrong configuration or connection. */
export async function runLogin(options: LoginOptions, io: LoginIo): Promise<number> {
  const loaded = loadOrReport(options.config, io);
  const connection = loaded && findUserConnection(options.connection, { loaded, io });
  if (!connection) return 2;
  await using agent = createAgent({ env: io.env, connections: 4 });
  const user = signInOf(connection, { ...loaded, agent, clock: cliClock });
  const telling = options.json === true ? { ...io, stdout: io.stderr } : io;
  const result = await (takesBrowser(connection, { options, io })
    ? inBrowser(user, { connection, io: telling })
    : byDeviceCode(user, telling));
  if (result.kind === 'failure') {
    io.stderr.write(`Nobody has signed in: ${result.description}\n`);
    return 1;
  }
  if (options.json === true) {
    const { name, username } = result;
    io.stdout.write(
      `${JSON.stringify({ connection: connection.name, name, username }, null, 2)}\n`,
    );
    return 0;
  }
  const who = result.name === '' ? result.username : `${result.name} <${result.username}>`;
  io.stdout.write(`Signed in as ${who}: connection "${connection.name}" can send\n`);
  return 0;
}

/** The connection, where it sends as a user; undefined when not: that has been said then. */
export function findUserConnection(
  name: string,
  { loaded, io }: { readonly loaded: LoadedConfig; readonly io: Pick<ConfigIo, 'stderr'> },
): GraphConnectionConfig | undefined {
  const connection = loaded.config.connections.get(name);
  if (connection?.type === 'graph' && connection.account) return connection;
  const what = connection ? 'has no account: nobody signs in for it' : 'does not exist';
  io.stderr.write(`The connection "${name}" ${what}\n`);
  return undefined;
}

/** An app with a credential of its own takes no device code; else a person at a desktop gets a browser. */
function takesBrowser(
  { credential }: GraphConnectionConfig,
  { options, io }: { readonly options: LoginOptions; readonly io: LoginIo },
): boolean {
  if (options.device === true) return false;
  if (options.browser === true || credential.kind !== 'none') return true;
  return hasBrowser(io);
}

/** Whether somebody sits before this machine, with a browser at hand. */
export function hasBrowser({
  env,
  platform,
  stdout,
}: Pick<LoginIo, 'env' | 'platform' | 'stdout'>): boolean {
  const hasDesktop = platform !== 'linux' || !!(env['DISPLAY'] || env['WAYLAND_DISPLAY']);
  return stdout.isTTY === true && hasDesktop && !env['SSH_CONNECTION'];
}

function byDeviceCode(user: UserOptions, { stdout }: LoginIo) {
  return signInByDeviceCode(user, {
    show({ verificationUri, userCode, expiresInSeconds }) {
      const minutes = Math.floor(expiresInSeconds / 60);
      stdout.write(
        `Open ${verificationUri} on any device, enter the code ${userCode}, and sign in as ${user.user.account} (within ${minutes} minutes)\n`,
      );
    },
  });
}

function inBrowser(
  user: UserOptions,
  { connection, io }: { readonly connection: GraphConnectionConfig; readonly io: LoginIo },
) {
  const { redirectUri } = connection;
  return signInByBrowser(user, {
    ...(redirectUri !== undefined && { redirectUri }),
    open(url) {
      io.stdout.write(`Sign in as ${user.user.account} in a browser of this machine:\n${url}\n`);
      if (io.stdout.isTTY === true) openBrowser(url, io.platform);
    },
  });
}

/** Where that does not work, the address that was printed does. */
export function openBrowser(url: string, platform: NodeJS.Platform): void {
  const commands: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
    darwin: ['open', url],
    // Without a shell in between, which would take the `&` of the address for its own.
    win32: ['rundll32', 'url.dll,FileProtocolHandler', url],
  };
  const [command, ...parameters] = commands[platform] ?? ['xdg-open', url];
  const child = spawn(command, parameters, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
