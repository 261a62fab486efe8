// `graphpost explain --replay`: what a changed configuration would do differently with messages that are there already.
import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { loadOrReport, type LoadedConfig } from './loaded-config.ts';
import { ApiProblem, Unreachable, UnreadableToken } from './queue-api.ts';
import type { QueueIo } from './queue.ts';
import {
  messagesOfFolder,
  messagesOfQueue,
  UnreadableMail,
  type Replayed,
} from './replayed-messages.ts';
import { fatesOf, type Fate } from '../trial/fates.ts';
import { printable, printableLine } from '../trial/printable.ts';
import { Trial, type TrialSession } from '../trial/trial.ts';
import { withPatience } from './terminal.ts';

export interface ReplayOptions {
  /** The changed configuration. */
  readonly config?: string | undefined;
  /** The one in force; also says where the queue is. Default: as found without `config`. */
  readonly against?: string | undefined;
  /** Of `.eml` files, which then come from `client`. Default: the messages of the queue. */
  readonly folder?: string | undefined;
  readonly client?: string | undefined;
  readonly json: boolean;
  readonly version: string;
}

interface Difference {
  readonly message: string;
  readonly recipient: string;
  readonly now: Fate;
  readonly changed: Fate;
}

/** Returns the exit code: 0 nothing would differ, 1 something would, 2 usage or configuration, 4 the queue cannot be read. */
export async function runReplay(options: ReplayOptions, io: QueueIo): Promise<number> {
  const running = loadOrReport(options.against, io);
  const changed = running && loadOrReport(options.config, io);
  if (!running || !changed) return 2;
  const fault = await clientFault(options, running.config);
  if (fault !== undefined) {
    io.stderr.write(`${fault}\n`);
    return 2;
  }
  try {
    const messages = messagesOf(options, { running, io });
    const work = () => compare(messages, [running.config, changed.config]);
    return report(await withPatience(io, work), { options, io });
  } catch (error) {
    const isFault =
      error instanceof Unreachable ||
      error instanceof ApiProblem ||
      error instanceof UnreadableToken ||
      error instanceof UnreadableMail;
    if (!isFault) throw error;
    io.stderr.write(`${error.message}\n`);
    return error instanceof Unreachable ? 4 : 2;
  }
}

/** An unknown client would be refused by both configurations, and nothing would seem to differ. */
async function clientFault(
  { folder, client }: ReplayOptions,
  running: Config,
): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  if (client === undefined) {
    return 'A folder of messages does not say who sent them: give --client';
  }
  await using trial = new Trial(running);
  return trial.checkClient(client);
}

interface Comparison {
  readonly replayed: number;
  readonly withoutBody: number;
  readonly differences: readonly Difference[];
}

async function compare(
  messages: AsyncIterable<Replayed>,
  [running, wanted]: readonly [Config, Config],
): Promise<Comparison> {
  await using before = new Trial(running);
  await using after = new Trial(wanted);
  const differences: Difference[] = [];
  let [replayed, withoutBody] = [0, 0];
  for await (const { name, session, raw } of messages) {
    if (raw === undefined) {
      withoutBody += 1;
      continue;
    }
    replayed += 1;
    const [now, changed] = [await tryOn(before, session, raw), await tryOn(after, session, raw)];
    for (const recipient of new Set([...now.keys(), ...changed.keys()])) {
      const fates = {
        now: now.get(recipient) ?? nothing,
        changed: changed.get(recipient) ?? nothing,
      };
      if (fates.now === fates.changed) continue;
      differences.push({ message: name, recipient, ...fates });
    }
  }
  return { replayed, withoutBody, differences };
}

const nothing: Fate = 'gets nothing';

/** A client that the configuration does not know any more is looked for by its address. */
async function tryOn(
  trial: Trial,
  session: TrialSession,
  raw: Uint8Array,
): Promise<ReadonlyMap<string, Fate>> {
  const { client, address = client } = session;
  const isKnown = trial.checkClient(client) === undefined;
  return fatesOf(await trial.run({ ...session, client: isKnown ? client : address }, raw), session);
}

function messagesOf(
  { folder, client = '', version }: ReplayOptions,
  { running, io }: { readonly running: LoadedConfig; readonly io: QueueIo },
): AsyncIterable<Replayed> {
  return folder === undefined
    ? messagesOfQueue({ ...running, version })
    : messagesOfFolder(resolve(io.cwd, folder), client);
}

function report(
  comparison: Comparison,
  { options, io }: { readonly options: ReplayOptions; readonly io: QueueIo },
): number {
  io.stdout.write(
    options.json ? `${JSON.stringify(comparison, null, 2)}\n` : formatComparison(comparison),
  );
  return comparison.differences.length === 0 ? 0 : 1;
}

function formatComparison({ replayed, withoutBody, differences }: Comparison): string {
  const byMessage = Map.groupBy(differences, ({ message }) => message);
  const lines = [...byMessage].flatMap(([message, each]) => [
    printable(message),
    ...each.map(({ recipient, now, changed }) =>
      printableLine(`  ${recipient}: ${now} → ${changed}`),
    ),
  ]);
  const gone = withoutBody > 0 ? `, ${withoutBody} without a body are left out` : '';
  const messages = replayed === 1 ? 'message' : 'messages';
  const verdict = `${replayed} ${messages} replayed, ${byMessage.size} would go elsewhere${gone}`;
  return [...lines, verdict, ''].join('\n');
}
