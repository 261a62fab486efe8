// `graphpost explain`: what would become of a message, and why; nothing is sent.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
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
  readonly client: string;
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
  await using trial = new Trial(loaded.config);
  const session = { ...options, ...envelopeOf(options, raw) };
  const fault =
    trial.checkClient(session.client) ??
    sessionFault(session, loaded.config) ??
    (session.rcpt.length === 0 ? nobody : undefined);
  if (fault !== undefined) {
    io.stderr.write(`${fault}\n`);
    return 2;
  }
  const report = await createReport(await trial.run(session, raw), raw);
  io.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
  return exitCodeOf(report);
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
