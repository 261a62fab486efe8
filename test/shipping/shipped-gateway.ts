// A gateway as it is shipped, as a process of its own; its Entra and Graph stay in the test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { freePort } from '../support/free-port.ts';
import { writeConfig } from '../support/gateway.ts';
import { until } from '../support/until.ts';

export interface ShippedConfig {
  readonly folder: string;
  readonly file: string;
  /** PEM of the authority to trust. */
  readonly caFile: string;
  readonly smtpPort: number;
  readonly telemetryPort: number;
}

export interface ShippedConfigOptions {
  readonly queue?: 'beside the file' | 'in STATE_DIRECTORY';
  /** As the file has it. */
  readonly secret?: string;
}

/** It takes both threads to handle mail under it: one for the queue, one to look into messages. */
export async function writeShippedConfig(
  sandbox: Sandbox,
  { queue = 'beside the file', secret = sandbox.clientSecret }: ShippedConfigOptions = {},
): Promise<ShippedConfig> {
  const [smtpPort, telemetryPort] = [await freePort(), await freePort()];
  const cloud = `{ authority: "${sandbox.authority}", graph: "${sandbox.graph}" }`;
  const app = `tenant: ${sandbox.tenant}, clientId: ${sandbox.clientId}`;
  const credential = `{ secret: "${secret}" }`;
  const store = queue === 'beside the file' ? 'store: "sqlite:graphpost.db", ' : '';
  const config = await writeConfig({
    listeners: `listeners: [{ name: apps, address: "127.0.0.1:${smtpPort}" }]`,
    http: `http: { telemetry: "127.0.0.1:${telemetryPort}", admin: false }`,
    queue: `queue: { ${store}full: { freeDisk: 0% } }`,
    connections: `connections: { main: { type: graph, cloud: ${cloud}, ${app}, credential: ${credential} } }`,
    routes: 'routes: [{ name: junk, when: { body: { contains: lottery } }, drop: true }]',
  });
  const caFile = join(config.folder, 'ca.pem');
  await writeFile(caFile, sandbox.ca);
  return { ...config, caFile, smtpPort, telemetryPort };
}

export interface Trial {
  readonly exitCode: number | null;
  /** Standard output and standard error. */
  readonly output: string;
}

/** Starts it, sends a message to drop and one to pass on, waits until the sandbox has it, and stops it by SIGTERM. */
export async function tryMail(
  [command = '', ...args]: readonly string[],
  options: {
    readonly config: ShippedConfig;
    readonly sandbox: Sandbox;
    readonly env?: Readonly<Record<string, string>>;
    /** Called when the mail has arrived, before the gateway is stopped. */
    readonly look?: () => Promise<void>;
  },
): Promise<Trial> {
  const { config, sandbox, env, look } = options;
  const gateway = spawn(command, args, { env: { ...process.env, ...env } });
  let output = '';
  gateway.stdout.on('data', (text) => (output += String(text)));
  gateway.stderr.on('data', (text) => (output += String(text)));
  try {
    await until(() => {
      if (gateway.exitCode !== null) throw new Error(`The gateway ended: ${output}`);
      return output.includes('"event":"started"');
    });
    await send(config.smtpPort);
    await until(() => sandbox.mailbox.list().length === 1);
    await look?.();
    const ended = once(gateway, 'exit');
    gateway.kill('SIGTERM');
    await ended;
  } catch (cause) {
    throw new Error(`No mail went through: ${output.slice(-4_000)}`, { cause });
  } finally {
    gateway.kill('SIGKILL');
  }
  return { exitCode: gateway.exitCode, output };
}

async function send(port: number): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  const mail = { from: 'app@contoso.com', to: 'ann@example.com' };
  await transport.sendMail({ ...mail, subject: 'Dropped', text: 'You have won the lottery' });
  await transport.sendMail({ ...mail, subject: 'Shipped', text: 'It works' });
}

/** Runs it to its end. */
export async function runShipped(
  [command = '', ...args]: readonly string[],
  { env, cwd }: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<Trial> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, cwd });
  let output = '';
  child.stdout.on('data', (text) => (output += String(text)));
  child.stderr.on('data', (text) => (output += String(text)));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { exitCode, output };
}
