// The gateway as a process of its own, as an operator runs it; its Entra and Graph stay in the test.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { freePort } from './free-port.ts';
import { writeConfig, type Blocks } from './gateway.ts';
import { until } from './until.ts';

export const mainFile = join(import.meta.dirname, '../../src/main.ts');

export interface GatewayProcess extends AsyncDisposable {
  readonly smtpPort: number;
  readonly telemetryPort: number;
  readonly configFile: string;
  /** What it wrote to standard output and standard error. */
  readonly output: () => string;
  /** Where its configuration and its queue lie. */
  readonly folder: string;
  /** Starts it, and waits until it can accept. */
  start(options?: StartOptions): Promise<void>;
  /** Starts it, and does not wait. */
  spawn(options?: StartOptions): ChildProcess;
  /** Of the process that was started last. */
  readonly pid: () => number;
  /** Resolves when the process that was started last has ended. */
  ended(): Promise<void>;
  /** Sends the signal, and does not wait. */
  signal(signal: NodeJS.Signals): void;
  /** Sends the signal and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
  /** Kills it and removes its files. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface StartOptions {
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface GatewayProcessOptions {
  readonly changes?: Blocks;
  /** What goes before the command line of the gateway, such as a command that enters another name space. */
  readonly launcher?: readonly string[];
  /** PEM. Absent: the sandbox's client secret, from the environment. */
  readonly certificate?: { readonly certPem: string; readonly keyPem: string };
}

/** A gateway whose only connection is a custom cloud: the sandbox that is given. */
export async function createGatewayProcess(
  sandbox: Sandbox,
  { changes = {}, certificate, launcher = [] }: GatewayProcessOptions = {},
): Promise<GatewayProcess> {
  const [smtpPort, telemetryPort] = [await freePort(), await freePort()];
  const { file, folder } = await writeConfig({
    listeners: `listeners: [{ name: apps, address: "127.0.0.1:${smtpPort}" }]`,
    http: `http: { telemetry: "127.0.0.1:${telemetryPort}", admin: false }`,
    connections: cloudConnection(
      sandbox,
      certificate && '{ certificate: { cert: app.crt, key: app.key } }',
    ),
    ...changes,
  });
  const caFile = join(folder, 'ca.pem');
  await writeFile(caFile, sandbox.ca);
  await writeFile(join(folder, 'app.crt'), certificate?.certPem ?? '');
  await writeFile(join(folder, 'app.key'), certificate?.keyPem ?? '');
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: caFile, GRAPH_SECRET: sandbox.clientSecret };
  let child: ChildProcess | undefined;
  let output = '';

  const gateway: GatewayProcess = {
    smtpPort,
    telemetryPort,
    configFile: file,
    output: () => output,
    folder,
    async start(options) {
      const started = gateway.spawn(options);
      const isUp = async () => hasEnded(started) || (await isReady(telemetryPort));
      await until(isUp, { withinMs: 60_000 }).catch((cause: unknown) => {
        throw new Error(`The gateway does not get ready: ${output.slice(-4_000)}`, { cause });
      });
      if (hasEnded(started)) throw new Error(`The gateway ended: ${output.slice(-4_000)}`);
    },
    spawn(options = {}) {
      const commandLine = [...launcher, process.execPath, mainFile, 'serve', '--config', file];
      const [command = '', ...args] = commandLine;
      const started = spawn(command, args, { env: { ...env, ...options.env } });
      started.stdout.on('data', (text) => (output += String(text)));
      started.stderr.on('data', (text) => (output += String(text)));
      child = started;
      return started;
    },
    pid: () => child?.pid ?? 0,
    async ended() {
      if (child && !hasEnded(child)) await once(child, 'exit');
    },
    signal(signal) {
      child?.kill(signal);
    },
    async stop(signal) {
      if (!child || hasEnded(child)) return child?.exitCode ?? null;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
      return child.exitCode;
    },
    async [Symbol.asyncDispose]() {
      await gateway.stop('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
  return gateway;
}

/** By itself or by a signal. */
function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** The block of connections, to whose end more keys of `main` may be added. */
export function cloudConnection(
  sandbox: Sandbox,
  credential = '{ secret: "${GRAPH_SECRET}" }',
): string {
  return `connections:
  main:
    type: graph
    cloud: { authority: "${sandbox.authority}", graph: "${sandbox.graph}" }
    tenant: ${sandbox.tenant}
    clientId: ${sandbox.clientId}
    credential: ${credential}`;
}

async function isReady(port: number): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}/readyz`).then(
    (response) => response.ok,
    () => false,
  );
}
