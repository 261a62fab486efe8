// `graphpost serve`: runs the gateway until it is told to stop.
import { formatFault } from '../config/fault.ts';
import { findConfigFile, formatMissing } from '../config/find-config.ts';
import { loadConfig, type Loading } from '../config/load.ts';
import { startGateway, type Gateway } from '../gateway.ts';
import { followChanges, warnOf } from './follow-config.ts';
import { formatWelcome } from './welcome.ts';

export interface ServeOptions {
  readonly config?: string;
  readonly version: string;
}

/** Returns the exit code: 0 after a clean stop, 1 when a part could not start, 2 for a faulty configuration. */
export async function runServe(options: ServeOptions): Promise<number> {
  const stopped = waitForSignal();
  const loaded = load(options);
  if (!loaded) return 2;
  let gateway: Gateway;
  try {
    gateway = await start(loaded, options);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
  dieWithLog(gateway);
  announce(gateway, loaded);
  followChanges(gateway, loaded);
  const signal = await stopped;
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

function load({ config }: ServeOptions): Loaded | undefined {
  const { env } = process;
  const found = findConfigFile({ flag: config, env, cwd: process.cwd() });
  if (found.kind === 'missing') {
    process.stderr.write(`${formatMissing(found.places)}\n`);
    return undefined;
  }
  const loading = loadConfig(found.file, { env });
  if (loading.kind === 'loaded') return loading;
  for (const fault of loading.faults) process.stderr.write(`${formatFault(fault)}\n`);
  return undefined;
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

function announce(gateway: Gateway, { config, warnings }: Loaded): void {
  warnOf(warnings, gateway);
  if (process.stdout.isTTY) process.stdout.write(formatWelcome(gateway));
  const where = gateway.listeners.map(({ name, host, port }) => `${name} at ${host}:${port}`);
  const text = `Accepting mail: ${where.join(', ')}; configuration ${config.file}`;
  gateway.events.notice({ level: 'info', event: 'started', text });
}
