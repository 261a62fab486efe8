// What is left of a crash run to be judged: the messages that the simulator has, and the lines of the log.
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { bodyDigestOf } from './mail.ts';
import type { Copy } from './verdict.ts';

export type Log = readonly Record<string, unknown>[];

/** What arrived. */
export async function copiesIn({ mailbox }: Sandbox): Promise<readonly Copy[]> {
  return await Promise.all(
    mailbox.list().map(async ({ id, subject, recipients }) => {
      const raw = (await mailbox.get(id))?.raw ?? new Uint8Array();
      const [, messageId = ''] =
        /^Message-ID: (\S+)/im.exec(Buffer.from(raw).toString('latin1')) ?? [];
      return { id: subject, messageId, recipients, bodyDigest: bodyDigestOf(raw) };
    }),
  );
}

/** The JSON lines; a line that a kill has cut is left out, and so is what is no log. */
export function readLog(output: string): Log {
  return output.split('\n').flatMap((line) => {
    try {
      const parsed: unknown = JSON.parse(line);
      return typeof parsed === 'object' && parsed !== null ? [{ ...parsed }] : [];
    } catch {
      return [];
    }
  });
}

/** Faults that the log tells of, and how often. */
export function countFaults(log: Log): ReadonlyMap<string, number> {
  const texts = log.flatMap(({ level, event, ...rest }) => {
    if (event !== 'fault' && level !== 'fatal') return [];
    return [`${String(event)}: ${JSON.stringify(rest['error'] ?? rest).slice(0, 200)}`];
  });
  const counted = Map.groupBy(texts, (text) => text);
  return new Map([...counted].map(([text, { length }]) => [text, length]));
}

/** Message-IDs of the sends that the log calls possible duplicates, one for each such line. */
export function possibleDuplicatesIn(log: Log): readonly string[] {
  return log.flatMap(({ event, messageId }) =>
    event === 'delivery.possibleDuplicate' ? [String(messageId)] : [],
  );
}
