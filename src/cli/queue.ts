// `graphpost queue …`: looks into the queue and acts on it, by way of the gateway that runs or else on the file itself.
import { resolve } from 'node:path';
import { formatBytes, formatCount } from '../http/words.ts';
import { createAuditLog } from './audit-log.ts';
import { loadOrReport, type ConfigIo } from './loaded-config.ts';
import {
  ApiProblem,
  QueueApi,
  Unreachable,
  UnreadableToken,
  type ManyAction,
  type Meant,
} from './queue-api.ts';
import { exportMessages } from './queue-export.ts';
import { readFields, readMeant, type FilterOptions } from './queue-filter.ts';
import { openQueueLink } from './queue-link.ts';
import { confirm, sayStopped, withPatience, type TerminalIo } from './terminal.ts';
import {
  formatEntry,
  formatMessage,
  formatRerouting,
  formatStats,
  type TextOptions,
} from './queue-text.ts';

export interface QueueIo extends Omit<ConfigIo, 'stderr'>, TerminalIo {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly now: () => number;
}

export interface QueueOptions {
  readonly config?: string;
  readonly version: string;
  readonly json?: boolean;
}

export type MeantOptions = QueueOptions & FilterOptions & { readonly all?: boolean };

export interface ListOptions extends QueueOptions, FilterOptions {
  readonly limit: number;
}

export interface Session {
  readonly api: QueueApi;
  readonly io: QueueIo;
  readonly text: TextOptions;
}

type Run = (session: Session) => Promise<number>;

/** Exit code 0: done; 1: what was asked failed; 2: usage, configuration or token; 4: neither gateway nor queue is there. */
export async function withQueue(options: QueueOptions, io: QueueIo, run: Run): Promise<number> {
  const loaded = loadOrReport(options.config, io);
  if (!loaded) return 2;
  try {
    const audit = createAuditLog(loaded.config.log, io);
    await using link = await openQueueLink({ ...loaded, version: options.version, audit });
    return await run({ api: new QueueApi(link.ask), io, text: textOptionsOf(io) });
  } catch (error) {
    return fail(error, io);
  }
}

/** Says what went wrong, and returns the exit code; throws what is nobody's trouble but ours. */
export function fail(error: unknown, { stderr }: Pick<QueueIo, 'stderr'>): number {
  if (error instanceof Unreachable) {
    stderr.write(`${error.message}\n`);
    return 4;
  }
  if (error instanceof UnreadableToken) return usage(error.message, { stderr });
  if (isOfSystem(error)) {
    stderr.write(`${error.message}\n`);
    return 1;
  }
  if (!(error instanceof ApiProblem)) throw error;
  if (error.status === 401) {
    stderr.write(
      'The gateway does not take the admin token that http.adminToken, or the file "admin-token" beside the queue, has: was it changed while the gateway runs?\n',
    );
    return 2;
  }
  stderr.write(`${error.message}\n`);
  return error.status === 400 ? 2 : 1;
}

/** Of a file or a pipe of the operator's. */
function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

function textOptionsOf({ stdout, env, now }: QueueIo): TextOptions {
  const isTerminal = stdout.isTTY === true;
  return {
    now: now(),
    columns: isTerminal ? Math.max(60, stdout.columns ?? 80) : 120,
    isColoured: isTerminal && (env['NO_COLOR'] ?? '') === '',
  };
}

export async function runQueueList(options: ListOptions, io: QueueIo): Promise<number> {
  const fields = readFields(options, io.now());
  if (typeof fields === 'string') return usage(fields, io);
  return await withQueue(options, io, async ({ api, text }) => {
    const found = [];
    let isMore = false;
    for await (const delivery of api.list(fields)) {
      isMore = found.length === options.limit;
      if (isMore) break;
      found.push(delivery);
      if (!options.json) io.stdout.write(formatEntry(delivery, text));
    }
    if (options.json) writeJson(found, io);
    else if (found.length === 0) io.stderr.write(`${nothingFor(fields)}\n`);
    if (isMore)
      io.stderr.write(`There are more: --limit, or --until ${found.at(-1)?.receivedAt}\n`);
    return 0;
  });
}

function nothingFor(fields: object): string {
  return Object.keys(fields).length === 0 ? 'The queue is empty' : 'Nothing is like that';
}

export async function runQueueShow(id: string, options: QueueOptions, io: QueueIo) {
  return await withQueue(options, io, async ({ api, text }) => {
    const message = await api.show(id);
    if (options.json) writeJson(message, io);
    else io.stdout.write(formatMessage(message, text));
    return 0;
  });
}

export interface ActOptions extends MeantOptions {
  /** Nothing is asked. */
  readonly yes?: boolean;
}

const doneWords: Readonly<Record<ManyAction, string>> = {
  retry: 'tried now',
  hold: 'held',
  release: 'released',
  remove: 'deleted',
};

/** With ids, each is done by itself and the first code that is not 0 is returned at the end. */
export async function runQueueAct(
  { action, ids }: { readonly action: ManyAction; readonly ids: readonly string[] },
  options: ActOptions,
  io: QueueIo,
): Promise<number> {
  const meant = readMeant(ids, options, io.now());
  if (typeof meant === 'string') return usage(meant, io);
  if (action === 'remove' && !options.yes) {
    const answer = await confirm(`Delete ${describe(meant)} for good?`, io);
    if (answer === 'nobody') return usage('Without a terminal, say --yes', io);
    if (answer === 'gone') return sayStopped(io);
    if (answer === 'no') return 1;
  }
  return await withQueue(options, io, async (session) => {
    const { deliveries, failures } =
      'ids' in meant
        ? await actOnEach(action, meant.ids, session)
        : { deliveries: await patiently(session, (api) => api.act(action, meant)), failures: 0 };
    if (options.json) writeJson({ deliveries }, io);
    else
      io.stdout.write(
        `${formatCount(deliveries, 'delivery', 'deliveries')} ${doneWords[action]}\n`,
      );
    return failures > 0 ? 1 : 0;
  });
}

async function actOnEach(
  action: ManyAction,
  ids: readonly string[],
  { api, io }: Session,
): Promise<{ readonly deliveries: number; readonly failures: number }> {
  let [deliveries, failures] = [0, 0];
  for (const id of ids) {
    try {
      deliveries += await api.actOnOne(action, id);
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status === 401) throw error;
      failures += 1;
      io.stderr.write(`${id}: ${error.message}\n`);
    }
  }
  return { deliveries, failures };
}

export interface RerouteOptions extends MeantOptions {
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

export async function runQueueReroute(
  ids: readonly string[],
  options: RerouteOptions,
  io: QueueIo,
): Promise<number> {
  const meant = readMeant(ids, options, io.now());
  if (typeof meant === 'string') return usage(meant, io);
  const choices = { dryRun: options.dryRun ?? false, force: options.force ?? false };
  return await withQueue(options, io, async (session) => {
    const report = await patiently(session, (api) => api.reroute(meant, choices));
    if (options.json) writeJson(report, io);
    else io.stdout.write(formatRerouting(report, choices));
    const nothingFound = report.reroutings.length === 0;
    if (nothingFound && 'ids' in meant) io.stderr.write('There is nothing of that name\n');
    return 'ids' in meant && (nothingFound || report.left > 0) ? 1 : 0;
  });
}

export interface ExportOptions extends MeantOptions {
  /** A file, or a folder for several; absent: standard output. */
  readonly output?: string;
}

export async function runQueueExport(
  ids: readonly string[],
  options: ExportOptions,
  io: QueueIo,
): Promise<number> {
  const meant = readMeant(ids, options, io.now());
  if (typeof meant === 'string') return usage(meant, io);
  const isOne = 'ids' in meant && meant.ids.length === 1;
  if (!isOne && options.output === undefined) {
    return usage('Several messages go into a folder: give it with --output', io);
  }
  const output = options.output === undefined ? undefined : resolve(io.cwd, options.output);
  return await withQueue(options, io, async ({ api }) =>
    exportMessages({ meant, ...(output !== undefined && { output }) }, { api, ...io }),
  );
}

export async function runQueueStats(options: QueueOptions, io: QueueIo): Promise<number> {
  return await withQueue(options, io, async ({ api, text }) => {
    const [status, lanes] = [await api.status(), await api.lanes()];
    if (options.json) writeJson({ ...status, lanes }, io);
    else io.stdout.write(formatStats(status, lanes, text));
    return 0;
  });
}

export async function runQueueBackup(
  file: string,
  options: QueueOptions,
  io: QueueIo,
): Promise<number> {
  return await withQueue(options, io, async (session) => {
    const made = await patiently(session, (api) => api.backup(resolve(io.cwd, file)));
    if (options.json) writeJson(made, io);
    else io.stdout.write(`${made.file}: ${formatBytes(made.sizeBytes)}\n`);
    return 0;
  });
}

function patiently<T>({ api, io }: Session, work: (api: QueueApi) => Promise<T>): Promise<T> {
  return withPatience(io, () => work(api));
}

export function usage(message: string, { stderr }: Pick<QueueIo, 'stderr'>): number {
  stderr.write(`${message}\n`);
  return 2;
}

export function writeJson(value: unknown, { stdout }: QueueIo): void {
  stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

function describe(meant: Meant): string {
  if ('ids' in meant)
    return meant.ids.length === 1 ? `${meant.ids[0]}` : formatCount(meant.ids.length, 'message');
  if ('all' in meant) return 'everything in the queue';
  const parts = Object.entries(meant.filter).map(([name, value]) => `${name} ${value}`);
  return `everything with ${parts.join(', ')}`;
}
