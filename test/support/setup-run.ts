// `graphpost setup` and `renew` against the sandbox, in a folder of their own: waiting takes no time.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { runRenew, type RenewOptions } from '../../src/cli/renew.ts';
import { runRemovalCommand } from '../../src/cli/setup-removal.ts';
import { runSetupCommand, type SetupIo, type SetupOptions } from '../../src/cli/setup.ts';
import { createAgent } from '../../src/graph/agent.ts';
import { AppClient, type AppOptions } from '../../src/identity/app-client.ts';
import type { Clock } from '../../src/relay/ports.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { until } from './until.ts';

export interface SetupRunner extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly clock: Clock;
  /** Without a terminal, unless `typed` says what is typed there. */
  setup(
    flags: Partial<SetupOptions> & { readonly hostname?: string },
    terminal?: Terminal,
  ): Promise<Written>;
  remove(flags: Partial<SetupOptions>): Promise<Written>;
  renew(connection: string, options?: Partial<RenewOptions>): Promise<Written>;
  /** Calls back with what the next run that goes on says of that form. */
  nextLine(form: RegExp, tell: (line: string) => Promise<unknown>): Promise<void>;
  /** Whether the app gets a token. */
  hasToken(app: Pick<AppOptions, 'clientId' | 'credential'>): Promise<boolean>;
}

export interface Terminal {
  /** One after each question. */
  readonly typed: readonly string[];
}

export interface Written {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const administrator = 'admin@contoso.com';

export async function startSetupRunner(): Promise<SetupRunner> {
  const folder = await mkdtemp(join(tmpdir(), 'graphpost-setup-'));
  const clock = createClock();
  const sandbox = await createSandbox({ now: () => clock.now(), keepBodies: true });
  sandbox.signIns.as(administrator, 'An administrator');
  const { authority, graph, ca } = sandbox;
  const machine = { platform: 'linux' as const, hostname: 'mx' };
  const io = { ...machine, clock, randomBytes, ca, cwd: folder, env: {} };
  const plain: SetupOptions = {
    name: 'Graphpost',
    cloud: 'global',
    authority,
    graph,
    device: false,
    browser: false,
    print: false,
    force: false,
    yes: false,
    json: false,
  };
  let latest: Collected | undefined;
  async function run(
    command: (io: SetupIo) => Promise<number>,
    terminal?: Terminal,
  ): Promise<Written> {
    const streams = createStreams(terminal);
    latest = streams.stderr;
    const login = (connection: string) => {
      streams.stdout.write(`[login ${connection}]\n`);
      return Promise.resolve(0);
    };
    const code = await command({ ...io, ...streams, login });
    return { code, stdout: streams.stdout.text(), stderr: streams.stderr.text() };
  }
  const agent = createAgent({ ca, connections: 4, env: {} });
  return {
    sandbox,
    folder,
    clock,
    setup: ({ hostname, ...flags }, terminal) =>
      run(
        (given) =>
          runSetupCommand({ ...plain, ...flags }, { ...given, ...(hostname && { hostname }) }),
        terminal,
      ),
    remove: (flags) => run((given) => runRemovalCommand({ ...plain, yes: true, ...flags }, given)),
    renew: (connection, options) =>
      run((given) =>
        runRenew({ days: 365, keepOld: false, json: false, ...options, connection }, given),
      ),
    async nextLine(form, tell) {
      await until(() => form.test(latest?.text() ?? ''));
      await tell(form.exec(latest?.text() ?? '')?.[0] ?? '');
    },
    async hasToken(app) {
      const tenant = sandbox.tenant;
      const client = new AppClient({ ...app, authority, graph, tenant, dispatcher: agent, clock });
      return (await client.acquire()).kind === 'token';
    },
    async [Symbol.asyncDispose]() {
      const { violations } = sandbox;
      if (violations.length > 0) throw new Error(`Microsoft would object: ${violations.join()}`);
      await agent[Symbol.asyncDispose]();
      await sandbox[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** Deadlines of requests never come; any other wait is over at once, and the clock has moved on. */
function createClock(): Clock {
  let passedMs = 0;
  return {
    now: () => Date.now() + passedMs,
    async wait(delayMs, { signal }) {
      if (delayMs < 15_000) passedMs += delayMs;
      else if (!signal.aborted) await once(signal, 'abort');
    },
  };
}

/** Standard input, output and error; `screen()` is what somebody at the terminal has seen. */
export function createStreams(terminal?: Terminal) {
  const isTTY = terminal !== undefined;
  const typed = [...(terminal?.typed ?? [])];
  const stdin = Object.assign(new PassThrough(), { isTTY });
  let screen = '';
  const show = (text: string) => (screen += text);
  const stdout = Object.assign(new Collected(show), { isTTY });
  const answer = (text: string) => {
    show(text);
    // What is asked ends without a line break.
    if (!/(: |\] )$/.test(text)) return;
    const next = typed.shift();
    if (next === undefined) stdin.end();
    else stdin.write(`${next}\n`);
  };
  const stderr = Object.assign(new Collected(answer), { isTTY });
  return { stdin, stdout, stderr, screen: () => asShown(screen) };
}

/** Without what moves the cursor, and without lines that others took the place of. */
function asShown(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/\r[^\r\n]*…\r/g, '')
    .replaceAll('\r', '');
}

class Collected extends Writable {
  #text = '';
  readonly #onText: (text: string) => void;

  constructor(onText: (text: string) => void) {
    super();
    this.#onText = onText;
  }

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.#text += piece.toString();
    done();
    this.#onText(piece.toString());
  }

  text(): string {
    return this.#text;
  }
}
