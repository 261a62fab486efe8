// `graphpost serve`: runs the gateway until it is told to stop.
import { resolve } from 'node:path';
import { formatFaults } from '../config/fault.ts';
import { findConfigFile, formatMissing } from '../config/find-config.ts';
import type { Loading } from '../config/load.ts';
import { isSandboxAlone } from '../gateway-sandbox.ts';
import { startGateway, type Gateway } from '../gateway.ts';
import { readAdminToken } from '../http/admin-token.ts';
import { catchHangups, followChanges, readConfig, warnOf, type Reading } from './follow-config.ts';
import { clearAtRest } from './memory-at-rest.ts';
import { formatWelcome } from './welcome.ts';

export interface ServeOptions {
  readonly config?: string;
  readonly version: string;
}

/** Returns the exit code: 0 after a clean stop, 1 when a part could not start, 2 for a faulty configuration. */
export async function runServe(options: ServeOptions): Promise<number> {
  const stopped = waitForSignal();
  const hangups = catchHangups();
  const reading = read(options);
  if (reading?.loading.kind !== 'loaded') return 2;
  const loaded = reading.loading;
  let gateway: Gateway;
  try {
    gateway = await start(loaded, options);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  dieWithLog(gateway);
  await announce(gateway, loaded);
  const following = new AbortController();
  const { file } = loaded.config;
  followChanges(gateway, file, { reading, hangups, signal: following.signal });
  clearAtRest(following.signal);
  const signal = await stopped;
  following.abort();
  gateway.events.notice({ level: 'info', event: 'stopping', text: `Stopping: ${signal}` });
  await gateway[Symbol.asyncDispose]();
  return 0;
}

/** Installed before anything else: as process 1 of a container, a process without a handler ignores SIGTERM. */
function waitForSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}

type Loaded = Extract<Loading, { kind: 'loaded' }>;

function read({ config }: ServeOptions): Reading | undefined {
  const found = findConfigFile({ flag: config, env: process.env, cwd: process.cwd() });
  if (found.kind === 'missing') {
    process.stderr.write(`${formatMissing(found.places)}\n`);
    return undefined;
  }
  const reading = readConfig(resolve(found.file));
  const { loading } = reading;
  if (loading.kind === 'faulty') process.stderr.write(formatFaults(loading.faults));
  return reading;
}

async function start({ config, secrets }: Loaded, { version }: ServeOptions): Promise<Gateway> {
  const isTerminal = process.stdout.isTTY;
  // Its end was logged where it happened; a supervisor starts the process again.
  const onLost = () => process.exit(1);
  return await startGateway({
    config,
    secrets,
    version,
    env: process.env,
    isTerminal,
    onLost,
  });
}

/** What nobody caught is a bug, and the process cannot be trusted any more: the store keeps what was accepted. */
function dieWithLog({ events }: Gateway): void {
  const die = (error: unknown): void => {
    events.fault({ where: 'process', error });
    process.exit(1);
  };
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
}

async function announce(gateway: Gateway, loaded: Loaded): Promise<void> {
  const { config, warnings } = loaded;
  warnOf(warnings, gateway);
  if (process.stdout.isTTY) {
    const adminToken = await tokenForTerminal(gateway, loaded);
    process.stdout.write(formatWelcome({ ...gateway, ...(adminToken && { adminToken }) }));
  }
  const where = gateway.listeners.map(({ name, host, port }) => `${name} at ${host}:${port}`);
  const text = `Accepting mail: ${where.join(', ')}; configuration ${config.file}`;
  gateway.events.notice({ level: 'info', event: 'started', text });
}

/** Undefined where none is asked for, and where the terminal is a log: one of JSON, or that of a container. */
async function tokenForTerminal(
  { adminTokenFile }: Gateway,
  { config, secrets }: Loaded,
): Promise<string | undefined> {
  const isContainer = process.pid === 1;
  if (isContainer || config.log.format === 'json' || isSandboxAlone(config)) return undefined;
  if (adminTokenFile === undefined) return secrets.adminToken();
  // The file says where it is: without it nobody is worse off than by the link.
  return await readAdminToken(adminTokenFile).catch(() => undefined);
}
