// A whole gateway in this process, on ports that the system chooses, with its sandbox at hand.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { loadConfig } from '../../src/config/load.ts';
import { formatFault } from '../../src/config/fault.ts';
import { startGateway, type Gateway } from '../../src/gateway.ts';
import type { SandboxMessage, SandboxMessageSummary } from '../../src/relay/ports.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { until } from './until.ts';

export interface TestGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly sandbox: Sandbox;
  readonly smtpPort: number;
  readonly adminUrl: string;
  readonly telemetryUrl: string;
  /** Everything that it logged, as parsed lines. */
  readonly log: readonly Record<string, unknown>[];
  /** Waits for a line of the log. */
  until(isWanted: (line: Record<string, unknown>) => boolean): Promise<void>;
  /** Sends by nodemailer. */
  send(mail: SendMailOptions): Promise<void>;
  /** Waits until the sandbox has that many messages, and gives them back, oldest first. */
  sent(count: number): Promise<readonly SandboxMessage[]>;
}

/** What every test's configuration has; a test adds to it or replaces its blocks. */
const blocks = {
  hostname: 'hostname: relay.example.com',
  listeners: 'listeners: [{ name: apps, address: "127.0.0.1:0" }]',
  connections: 'connections: { main: { type: sandbox } }',
  default: 'default: { send: { via: main } }',
  queue:
    'queue: { store: "sqlite:graphpost.db", lookupAfter: 100ms, retry: { first: 100ms, longest: 1s, giveUpAfter: 1h }, full: { freeDisk: 0% } }',
  http: 'http: { telemetry: "127.0.0.1:0", admin: "127.0.0.1:0" }',
  log: 'log: { level: debug, format: json }',
} as const;

/** Top-level blocks of the YAML file, by key; each text includes its key. */
export type Blocks = Readonly<Record<string, string>>;

/** Writes a configuration file into a new folder under the system's temporary one. */
export async function writeConfig(changes: Blocks = {}): Promise<{ file: string; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'graphpost-test-'));
  const file = join(folder, 'graphpost.yaml');
  await writeFile(file, Object.values({ ...blocks, ...changes }).join('\n') + '\n');
  return { file, folder };
}

export async function startTestGateway(changes: Blocks = {}): Promise<TestGateway> {
  const { file, folder } = await writeConfig(changes);
  const loaded = loadConfig(file, { env: {} });
  if (loaded.kind === 'faulty') throw new Error(loaded.faults.map(formatFault).join('\n'));
  const log: Record<string, unknown>[] = [];
  const gateway = await startGateway({
    ...loaded,
    env: {},
    version: '0.0.0',
    isTerminal: false,
    logStream: { write: (line: string) => void log.push(JSON.parse(line)) },
  });
  const sandbox = gateway.sandbox;
  if (!sandbox) throw new Error('The test configuration has no sandbox connection');
  const smtpPort = gateway.listeners[0]?.port ?? 0;
  const transport = createTransport({ host: '127.0.0.1', port: smtpPort, ignoreTLS: true });
  return {
    gateway,
    sandbox,
    smtpPort,
    adminUrl: urlOf(gateway.admin),
    telemetryUrl: urlOf(gateway.telemetry),
    log,
    async until(isWanted) {
      await until(() => log.some(isWanted));
    },
    async send(mail) {
      await transport.sendMail(mail);
    },
    async sent(count) {
      await until(() => sandbox.mailbox.list().length >= count);
      return await Promise.all(
        oldestFirst(sandbox.mailbox.list()).map(({ id }) => read(sandbox, id)),
      );
    },
    async [Symbol.asyncDispose]() {
      transport.close();
      await gateway[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function urlOf(endpoint: { readonly host: string; readonly port: number } | undefined): string {
  return endpoint ? `http://${endpoint.host}:${endpoint.port}` : '';
}

function oldestFirst(list: readonly SandboxMessageSummary[]): readonly SandboxMessageSummary[] {
  return [...list].reverse();
}

async function read(sandbox: Sandbox, id: string): Promise<SandboxMessage> {
  const message = await sandbox.mailbox.get(id);
  if (!message) throw new Error(`The sandbox has no message "${id}"`);
  return message;
}
