// `graphpost explain`: what would become of a message, and why; nothing is sent.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { envelopeOf } from '../trial/envelope.ts';
import { createReport, type ExplainReport } from '../trial/report.ts';
import { formatReport } from '../trial/report-text.ts';
import { loadOrReport, type ConfigIo } from './loaded-config.ts';
import { sessionFault } from '../trial/session-fault.ts';
import { Trial, withCrlf } from '../trial/trial.ts';

export interface ExplainOptions {
  /** Path of the message; `-` is standard input. */
  readonly mail: string;
  readonly config?: string | undefined;
  /** Default: the only one that the configuration has. */
  readonly client?: string | undefined;
  readonly address?: string | undefined;
  readonly listener?: string | undefined;
  readonly ehlo?: string | undefined;
  /** Default: the address in From. */
  readonly mailFrom?: string | undefined;
  /** Default: everybody in To, Cc and Bcc. */
  readonly rcpt?: readonly string[] | undefined;
  readonly json: boolean;
}

export interface ExplainIo extends ConfigIo {
  readonly stdout: { write(text: string): unknown };
}

/** Returns the exit code: 0 sent, 2 usage or configuration, 3 when a recipient's copy is dropped, refused or held. */
export async function runExplain(options: ExplainOptions, io: ExplainIo): Promise<number> {
  const loaded = loadOrReport(options.config, io);
  if (!loaded) return 2;
  const raw = readMail(options.mail, io);
  if (!raw) return 2;
  const client = options.client ?? onlyClientOf(loaded.config);
  if (client === undefined) return usage(whichClient(loaded.config), io);
  await using trial = new Trial(loaded.config);
  const session = { ...options, client, ...envelopeOf(options, raw) };
  const fault =
    trial.checkClient(session.client) ??
    sessionFault(session, loaded.config) ??
    (session.rcpt.length === 0 ? nobody : undefined);
  if (fault !== undefined) return usage(fault, io);
  const report = await createReport(await trial.run(session, raw), raw);
  io.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
  return exitCodeOf(report);
}

function usage(text: string, { stderr }: Pick<ConfigIo, 'stderr'>): number {
  stderr.write(`${text}\n`);
  return 2;
}

function onlyClientOf({ clients }: Pick<Config, 'clients'>): string | undefined {
  return clients.length === 1 ? clients[0]?.name : undefined;
}

function whichClient({ clients }: Pick<Config, 'clients'>): string {
  return `Say by --client who hands it over; clients are: ${clients.map(({ name }) => name).join(', ')}`;
}

const nobody = 'Nobody to send to: give --rcpt, or a message with a To';

function exitCodeOf({ outcome }: ExplainReport): number {
  return outcome === 'sent' ? 0 : 3;
}

function readMail(mail: string, { cwd, stderr }: ConfigIo): Uint8Array | undefined {
  try {
    return withCrlf(readFileSync(mail === '-' ? 0 : resolve(cwd, mail)));
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    stderr.write(`Cannot read "${mail}": ${cause}\n`);
    return undefined;
  }
}
