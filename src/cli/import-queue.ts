// `graphpost import smtp2graph-queue`: hands the mail that SMTP2Graph left in its folder to a gateway.
import { readFile, rename } from 'node:fs/promises';
import { basename, relative, resolve } from 'node:path';
import { withoutAddedFields } from '../setup/import-queue-mail.ts';
import { envelopeOf } from '../trial/envelope.ts';
import { withCrlf } from '../trial/trial.ts';
import type { HandedOver, HandOverOptions } from '../smarthost/hand-over.ts';
import { handOverToAll } from './hand-over-to-all.ts';
import { foldersOf, type Folder } from './import-queue-folders.ts';
import { serverOf, type ServerChoice } from './import-queue-server.ts';
import type { ConfigIo } from './loaded-config.ts';

export interface QueueImportOptions extends ServerChoice {
  /** `mailroot`, or its `queue`. */
  readonly folder: string;
  /** Also what SMTP2Graph gave up, and what it never finished. */
  readonly failed: boolean;
  readonly temp: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

export interface QueueImportIo extends ConfigIo {
  readonly stdout: { write(text: string): unknown };
}

/** What a file is called once a gateway has its message: SMTP2Graph takes up `*.eml` alone. */
const handedOverSuffix = '.handed-over';

type FileOutcome =
  'taken' | 'wouldGo' | 'refused' | 'later' | 'unreachable' | 'broken' | 'unreadable';

interface FileReport {
  readonly file: string;
  readonly mailFrom?: string;
  readonly rcpt?: readonly string[];
  readonly outcome: FileOutcome;
  readonly text: string;
  /** Nobody is missing, and the file is put aside. */
  readonly isDone: boolean;
  /** It would be the same with all that follow. */
  readonly isLast?: boolean;
}

/** Exit code: 0 all was handed over, 1 something was not, 2 usage or configuration, 4 nobody listens there. */
export async function runQueueImport(
  options: QueueImportOptions,
  io: QueueImportIo,
): Promise<number> {
  const server = serverOf(options, io);
  if (server === undefined) return 2;
  const folders = await foldersOf(resolve(io.cwd, options.folder), options);
  if (folders.taken.length === 0) {
    io.stderr.write(`"${options.folder}" has no folder queue, and no *.eml file\n`);
    return 2;
  }
  const reports: FileReport[] = [];
  for (const file of folders.taken.flatMap(({ files }) => files)) {
    const report = await importFile(file, { ...options, server, cwd: io.cwd });
    reports.push(report);
    if (!options.json) io.stdout.write(`${formatReport(report)}\n`);
    if (report.isLast === true) break;
  }
  if (options.json) io.stdout.write(`${JSON.stringify({ files: reports }, null, 2)}\n`);
  else io.stdout.write(`${summaryOf(reports, folders.left)}\n`);
  if (reports.some(({ outcome }) => outcome === 'unreachable')) return 4;
  return reports.every(({ isDone }) => isDone) ? 0 : 1;
}

interface Importing extends Pick<QueueImportOptions, 'dryRun'> {
  readonly server: HandOverOptions;
  readonly cwd: string;
}

async function importFile(path: string, { server, cwd, dryRun }: Importing): Promise<FileReport> {
  const file = relative(cwd, path);
  const mail = await readMail(path).catch((error: unknown) => String(error));
  if (typeof mail === 'string') return { file, outcome: 'unreadable', text: mail, isDone: false };
  const { mailFrom, rcpt } = mail;
  const known = { file, mailFrom, rcpt, isDone: false };
  if (rcpt.length === 0) {
    return { ...known, outcome: 'unreadable', text: 'it names nobody in To, Cc and Bcc' };
  }
  if (dryRun) return { ...known, outcome: 'wouldGo', text: '', isDone: true };
  const message = { reversePath: mailFrom || null, forwardPaths: rcpt, pieces: [mail.raw] };
  const answer = await handOverToAll(message, server);
  if (answer.kind === 'taken') {
    return { ...known, outcome: 'taken', ...(await putAside(path, answer)) };
  }
  const outcome = outcomeOf(answer);
  const isLast = outcome === 'unreachable' || answer.stage === 'login';
  return { ...known, outcome, text: answer.text, isLast };
}

/** Without a reply it is not known whether the message was taken. */
function outcomeOf({ stage, code }: Extract<HandedOver, { kind: 'refused' }>): FileOutcome {
  if (code === undefined) return stage === 'connect' ? 'unreachable' : 'broken';
  return code < 500 ? 'later' : 'refused';
}

interface Mail {
  readonly mailFrom: string;
  readonly rcpt: readonly string[];
  readonly raw: Uint8Array;
}

/** SMTP2Graph keeps no envelope: it wrote who stood in no To and Cc into Bcc. */
async function readMail(file: string): Promise<Mail> {
  const raw = await withoutAddedFields(withCrlf(await readFile(file)));
  return { raw, ...envelopeOf({}, raw) };
}

/** Only now, and never deleted: a crash before this leaves the file, and the message may go twice. */
async function putAside(
  file: string,
  { reply, refused }: Extract<HandedOver, { kind: 'taken' }>,
): Promise<Pick<FileReport, 'text' | 'isDone'>> {
  const missing = refused.map(({ forwardPath }) => forwardPath).join(', ');
  const text = missing === '' ? reply : `${reply}, but not for ${missing}`;
  try {
    await rename(file, `${file}${handedOverSuffix}`);
    return { text, isDone: refused.length === 0 };
  } catch (error) {
    return { text: `${text}, but the file stays: ${String(error)}`, isDone: false };
  }
}

const verbs: Readonly<Record<FileOutcome, string>> = {
  taken: 'handed over',
  wouldGo: 'would go',
  refused: 'refused',
  later: 'not taken now',
  unreachable: 'nobody listens there',
  broken: 'broke off, may have been taken',
  unreadable: 'not sent',
};

function formatReport({ file, mailFrom, rcpt, outcome, text }: FileReport): string {
  const envelope = rcpt === undefined ? '' : ` (<${mailFrom}> to ${rcpt.join(', ')})`;
  return `${file}: ${verbs[outcome]}${envelope}${text === '' ? '' : `: ${text}`}`;
}

function summaryOf(reports: readonly FileReport[], left: readonly Folder[]): string {
  const done = reports.filter(({ isDone }) => isDone).length;
  const others = left.map(
    ({ path, files }) => `${files.length} in ${basename(path)} (--${basename(path)})`,
  );
  const counted = `${done} of ${reports.length} messages`;
  return others.length === 0 ? counted : `${counted}; left alone: ${others.join(', ')}`;
}
