// The gateway under test: built as it is shipped, configured as an operator would, in a process of its own.
import { once } from 'node:events';
import { copyFile, mkdir, open, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stop, type Children } from './children.ts';
import type { Endpoint } from './load/smtp-session.ts';
import { freePort, greets } from './ports.ts';
import type { SimulatorEndpoints } from './simulator/protocol.ts';

const repository = join(import.meta.dirname, '..');

export interface GatewayOptions {
  readonly mainFile: string;
  /** Empty; the queue, the configuration and the log go there. */
  readonly folder: string;
  readonly simulator: SimulatorEndpoints;
  /** Where V8's CPU profiles go, when they are wanted. */
  readonly profileFolder?: string | undefined;
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
  const { mainFile, folder, simulator, profileFolder } = options;
  await mkdir(folder, { recursive: true });
  const endpoint = { host: '127.0.0.1', port: await freePort() };
  const configFile = join(folder, 'graphpost.yaml');
  const caFile = join(folder, 'ca.pem');
  const logFile = join(folder, 'log.jsonl');
  await writeFile(configFile, formatConfig(endpoint, simulator));
  await writeFile(caFile, simulator.ca);
  await using log = await open(logFile, 'w');
  const startedAt = performance.now();
  const profiling = profileFolder ? ['--cpu-prof', '--cpu-prof-dir', profileFolder] : [];
  const child = children.spawn(
    process.execPath,
    [...profiling, mainFile, 'serve', '--config', configFile],
    {
      stdio: ['ignore', log.fd, log.fd],
      env: {
        ...process.env,
        NODE_EXTRA_CA_CERTS: caFile,
        BENCH_CLIENT_SECRET: simulator.clientSecret,
      },
    },
  );
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
function formatConfig({ host, port }: Endpoint, simulator: SimulatorEndpoints): string {
  return `hostname: gateway.bench.example
listeners: [{ name: bench, address: '${host}:${port}' }]
limits: { connections: 20000 }
connections:
  simulator:
    type: graph
    cloud: { authority: '${simulator.authority}', graph: '${simulator.graph}' }
    tenant: ${simulator.tenant}
    clientId: ${simulator.clientId}
    credential: { secret: '\${BENCH_CLIENT_SECRET}' }
default: { send: { via: simulator } }
queue:
  store: sqlite:data/queue.db
  full: { messages: 100000000, bytes: 1000GB, freeDisk: 1% }
http: { telemetry: '127.0.0.1:0', admin: '127.0.0.1:0' }
log: { level: info, format: json }
`;
}

function troublesIn(log: string): readonly string[] {
  return log
    .split('\n')
    .filter((line) => line !== '' && !/"level":"?(info|debug|trace)/.test(line));
}
