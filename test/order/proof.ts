// The order in which a 250 may come: the message is written to the log of the database, that is synced, and then the client is told.
import type { SystemCall } from './strace.ts';

export interface OrderProof {
  /** Queue ids for which a 250 was written. */
  readonly told: readonly string[];
  /** Those of them that were not on the disk when it was. */
  readonly tooSoon: readonly string[];
}

/** As it goes to a client; a log names its text in other words. */
const told = /^\d+<(?:socket|TCP).*"250 2\.0\.0 queued as (\w+)\\r\\n/;

export function proveOrder(calls: readonly SystemCall[]): OrderProof {
  const replies = calls.flatMap(({ args, begunAt }) => {
    const [, id] = told.exec(args) ?? [];
    return id === undefined ? [] : [{ id, begunAt }];
  });
  const log = calls.filter(({ args, result }) => args.includes('.db-wal>') && result !== '?');
  const writes = log.filter(({ name }) => name.startsWith('pwrite'));
  const syncs = log.filter(({ name, result }) => /^f(data)?sync$/.test(name) && result === '0');
  const isDurable = (reply: { readonly id: string; readonly begunAt: number }) => {
    const written = writes.find(({ args }) => args.includes(documentOf(reply.id)))?.endedAt;
    if (written === undefined) return false;
    return syncs.some(({ begunAt, endedAt }) => begunAt > written && endedAt < reply.begunAt);
  };
  return {
    told: replies.map(({ id }) => id),
    tooSoon: replies.filter((reply) => !isDurable(reply)).map(({ id }) => id),
  };
}

/** How the row of a message begins, which is written with its COMMIT; chunks of its body may be older. As strace quotes it. */
function documentOf(id: string): string {
  return String.raw`{\"id\":\"${id}\"`;
}
