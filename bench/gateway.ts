// The gateway under test: built as it is shipped, configured as an operator would, in a process of its own.
import { once } from 'node:events';
import { copyFile, mkdir, open, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stop, type Children } from './children.ts';
import type { Endpoint } from './load/smtp-session.ts';
import { freePort } from '../test/support/free-port.ts';
import { greets } from './ports.ts';
import type { SimulatorEndpoints } from './simulator/protocol.ts';
import type { Certificate } from '../test/support/https-server.ts';
import { shippedEnvironment, shippedFlags } from '../test/support/shipped-start.ts';

const repository = join(import.meta.dirname, '..');

export interface GatewayOptions {
  readonly mainFile: string;
  /** The queue, the configuration and the log go there. */
  readonly folder: string;
  readonly simulator: SimulatorEndpoints;
  /** Where V8's CPU profiles go, when they are wanted. */
  readonly profileFolder?: string | undefined;
  readonly setting?: GatewaySetting;
}

/** What differs between workloads. */
export interface GatewaySetting {
  /** Default: queued. */
  readonly mode?: 'queued' | 'direct';
  /** URL of the queue. Default: SQLite in the folder of the gateway. */
  readonly store?: string;
  /** For STARTTLS. Absent: none is offered. */
  readonly certificate?: Certificate | undefined;
}

export interface RunningGateway extends AsyncDisposable {
  readonly pid: number;
  readonly endpoint: Endpoint;
  /** From the start of the process to its greeting. */
  readonly startMs: number;
  /** What it logged at level warn or above. */
  troubles(): Promise<readonly string[]>;
}

/** Compiles `src` into `folder`, as a package would have it. Resolves with the file to run. */
export async function buildGateway(folder: string, children: Children): Promise<string> {
  const outDir = join(folder, 'dist');
  const compiler = join(repository, 'node_modules/typescript/bin/tsc');
  const args = [compiler, '-p', join(repository, 'tsconfig.build.json'), '--outDir', outDir];
  const child = children.spawn(process.execPath, args, { stdio: ['ignore', 2, 2] });
  await once(child, 'exit');
  if (child.exitCode !== 0) throw new Error('The gateway does not compile: see above');
  await copyFile(join(repository, 'package.json'), join(folder, 'package.json'));
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  return join(outDir, 'main.js');
}

/** The gateway as it lies there: its profiles name the lines of the source. */
export const sourceFile = join(repository, 'src/main.ts');

export async function startGateway(
  options: GatewayOptions,
  children: Children,
): Promise<RunningGateway> {
  const { mainFile, folder, simulator, profileFolder, setting = {} } = options;
  await mkdir(folder, { recursive: true });
  const endpoint = await freeEndpoint(setting);
  const configFile = join(folder, 'graphpost.yaml');
  const caFile = join(folder, 'ca.pem');
  await writeFile(configFile, formatConfig(endpoint, { simulator, setting }));
  await writeFile(caFile, simulator.ca);
  await writeFile(join(folder, 'tls.crt'), setting.certificate?.certPem ?? '');
  await writeFile(join(folder, 'tls.key'), setting.certificate?.keyPem ?? '');
  const profiling = profileFolder ? ['--cpu-prof', '--cpu-prof-dir', profileFolder] : [];
  const node = [process.execPath, ...shippedFlags, ...profiling];
  const command = [...node, mainFile, 'serve', '--config', configFile];
  const env = {
    ...shippedEnvironment,
    NODE_EXTRA_CA_CERTS: caFile,
    BENCH_CLIENT_SECRET: simulator.clientSecret,
  };
  return await launch({ command, env, folder, endpoint }, children);
}

async function freeEndpoint({ certificate }: GatewaySetting): Promise<Endpoint> {
  const endpoint = { host: '127.0.0.1', port: await freePort() };
  return certificate ? { ...endpoint, startTls: { ca: certificate.certPem } } : endpoint;
}

export interface Launch {
  readonly command: readonly string[];
  /** Beside that of this process. */
  readonly env: Readonly<Record<string, string>>;
  /** Where its log goes. */
  readonly folder: string;
  /** Where it will listen. */
  readonly endpoint: Endpoint;
}

/** Resolves when it has greeted a client. */
export async function launch(
  { command, env, folder, endpoint }: Launch,
  children: Children,
): Promise<RunningGateway> {
  const logFile = join(folder, 'log.jsonl');
  await using log = await open(logFile, 'w');
  const startedAt = performance.now();
  const [program = '', ...args] = command;
  const child = children.spawn(program, args, {
    stdio: ['ignore', log.fd, log.fd],
    env: { ...process.env, ...env },
  });
  const read = () => readFile(logFile, 'utf8');
  while (!(await greets(endpoint))) {
    if (child.exitCode !== null) throw new Error(`The gateway ended: ${await read()}`);
    await delay(2);
  }
  if (child.pid === undefined) throw new Error('The gateway did not start');
  return {
    pid: child.pid,
    endpoint,
    startMs: performance.now() - startedAt,
    troubles: async () => troublesIn(await read()),
    [Symbol.asyncDispose]: () => stop(child),
  };
}

/** As much of a production's configuration as has a price: log, metrics and page are on; but the queue takes any number. */
function formatConfig(
  { host, port }: Endpoint,
  { simulator, setting }: { simulator: SimulatorEndpoints; setting: GatewaySetting },
): string {
  const { mode = 'queued', store = 'sqlite:data/queue.db', certificate } = setting;
  const tls = certificate ? ', tls: optional, certificate: { cert: tls.crt, key: tls.key }' : '';
  return `hostname: gateway.bench.example
listeners: [{ name: bench, address: '${host}:${port}', mode: ${mode}${tls} }]
limits: { connections: 20000 }
connections:
  simulator:
    type: graph
    cloud: { authority: '${simulator.authority}', graph: '${simulator.graph}' }
    tenant: ${simulator.tenant}
    clientId: ${simulator.clientId}
    credential: { secret: '\${BENCH_CLIENT_SECRET}' }
default: { send: { via: simulator } }
${mode === 'queued' ? formatQueue(store) : ''}http: { telemetry: '127.0.0.1:0', admin: '127.0.0.1:0' }
log: { level: info, format: json }
`;
}

function formatQueue(store: string): string {
  return `queue:
  store: '${store}'
  full: { messages: 100000000, bytes: 1000GB, freeDisk: 1% }
`;
}

function troublesIn(log: string): readonly string[] {
  return log
    .split('\n')
    .filter((line) => line !== '' && !/"level":"?(info|debug|trace)/.test(line));
}
