// Claims: which deliveries this process may attempt now. The limits of a lane are kept here and nowhere else.
import type { DatabaseSync } from 'node:sqlite';
import { chunkBytes, type Chunks } from './chunks.ts';
import { stateOf } from './delivery-row.ts';
import type { DueLane } from './lanes.ts';
import type { Ask, ClaimedRow } from './operations.ts';
import type { QueueParts } from './queue-parts.ts';
import { prepareBringBack } from './times-ahead.ts';
import { integer, text, type Row } from './row.ts';
import { toTrouble } from './trouble.ts';

/** Bodies of one chunk travel with their claim, up to this many bytes per question. */
const maxBytesSent = 4 * 1_048_576;

type Claim = (ask: Ask<'claim'>) => ClaimedRow[];

export function prepareClaim(db: DatabaseSync, { chunks, figures, lanes }: QueueParts): Claim {
  // SQLite plans a statement with `LIMIT ?` anew each time that it is run, which takes ten times as long as to run it.
  const selectDue = db.prepare(
    `SELECT delivery.number, delivery.id, message, priority, state, attempts, fence, ages_from,
            look_ups, in_doubt, connection, route, size_bytes, document
       FROM delivery JOIN message ON message.number = delivery.message
      WHERE lane = ? AND priority IN (0, 1) AND state IN ('ready', 'unsure', 'deferred')
        AND due_at <= ?
      ORDER BY priority, due_at LIMIT ? + 0`,
  );
  const startAttempt = db.prepare(
    `UPDATE delivery SET state = 'sending', attempts = attempts + 1, fence = fence + 1, due_at = ?
      WHERE number = ?`,
  );
  const endLeases = db.prepare(
    `UPDATE delivery SET state = 'unsure', in_doubt = 1, look_ups = 0
      WHERE lane = ? AND state = 'sending' AND due_at <= ?`,
  );

  const bringBack = prepareBringBack(db, lanes);

  /** How many more of the lane may be in flight. A lease that ended makes room, and its delivery unsure. */
  function roomIn(lane: DueLane, now: number): number {
    const { live, ended } = lanes.leases(lane.number, now);
    if (ended > 0) {
      endLeases.run(lane.number, now);
      figures.move('sending', 'unsure', ended);
    }
    return lane.concurrency - live;
  }

  function dueIn(lane: DueLane, options: { room: number; now: number }): Row[] {
    return options.room > 0 ? selectDue.all(lane.number, options.now, options.room) : [];
  }

  function start(row: Row, leaseUntil: number): void {
    startAttempt.run(leaseUntil, integer(row, 'number'));
    figures.add(stateOf(row), -1);
    figures.add('sending', 1);
  }

  return ({ limit, now, leaseMs }) => {
    lanes.settle();
    bringBack(now);
    const firstTurn = lanes.turn;
    const leaseUntil = now + leaseMs;
    const claimed: ClaimedRow[] = [];
    let bytesLeft = maxBytesSent;
    while (claimed.length < limit) {
      const lane = lanes.firstDue(now);
      if (lane === undefined || lane.turn >= firstTurn) break;
      const room = Math.min(roomIn(lane, now), limit - claimed.length);
      for (const row of dueIn(lane, { room, now })) {
        start(row, leaseUntil);
        const bytes = bytesOf(row, bytesLeft, chunks);
        bytesLeft -= bytes?.length ?? 0;
        claimed.push(toClaimedRow(row, { lane: lane.key, leaseUntil, bytes }));
      }
      lanes.rest(lane.number, now);
    }
    return claimed;
  };
}

/** The body where it is small and whole. A damaged one is left out, so that reading it says so. */
function bytesOf(row: Row, bytesLeft: number, chunks: Chunks): Uint8Array | undefined {
  const sizeBytes = integer(row, 'size_bytes');
  if (sizeBytes > Math.min(chunkBytes, bytesLeft)) return undefined;
  if (sizeBytes === 0) return new Uint8Array(0);
  try {
    const bytes = chunks.read({ body: integer(row, 'message'), sequence: 0 });
    return bytes?.length === sizeBytes ? bytes : undefined;
  } catch (error) {
    // Any other trouble may have ended the transaction; a damaged page has not.
    if (toTrouble(error).fault === 'corrupt') return undefined;
    throw error;
  }
}

function toClaimedRow(
  row: Row,
  claim: { lane: string; leaseUntil: number; bytes: Uint8Array | undefined },
): ClaimedRow {
  return {
    id: text(row, 'id'),
    body: integer(row, 'message'),
    sizeBytes: integer(row, 'size_bytes'),
    document: text(row, 'document'),
    route: text(row, 'route'),
    connection: text(row, 'connection'),
    lane: claim.lane,
    attempts: integer(row, 'attempts') + 1,
    agesFrom: integer(row, 'ages_from'),
    lookUps: integer(row, 'look_ups'),
    leaseUntil: claim.leaseUntil,
    fence: integer(row, 'fence') + 1,
    mayHaveBeenSent: integer(row, 'in_doubt') === 1,
    ...(claim.bytes && { bytes: claim.bytes }),
  };
}
