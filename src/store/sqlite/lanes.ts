// Lanes: when each is to be looked at next, and whose turn it is.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { integer, integerOrNull, text, type Row } from './row.ts';

export interface DueLane {
  readonly number: number;
  readonly key: string;
  readonly concurrency: number;
  readonly turn: number;
}

/** The leases of a lane. */
export interface Leases {
  /** Those that have not ended: what they hold is in flight. */
  readonly live: number;
  readonly ended: number;
  /** Epoch ms at which the first of the live ones ends; null when there are none. */
  readonly firstEndsAt: number | null;
}

const waiting = `state IN ('ready', 'unsure', 'deferred')`;

/** A change inside a lane marks it with `touch`; `settle`, at the end of the transaction, finds its next time once. */
export class Lanes {
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #due: StatementSync;
  readonly #next: StatementSync;
  readonly #leases: StatementSync;
  readonly #earliest: StatementSync;
  readonly #read: StatementSync;
  readonly #pause: StatementSync;
  readonly #rest: StatementSync;
  readonly #deleteIdle: StatementSync;
  readonly #touched = new Map<number, number>();
  #turn: number;

  constructor(db: DatabaseSync) {
    this.#find = db.prepare(
      'SELECT number, concurrency, due_at, paused_until FROM lane WHERE key = ?',
    );
    this.#insert = db.prepare(
      'INSERT INTO lane (key, concurrency, due_at, turn, used_at) VALUES (?, ?, ?, ?, ?)',
    );
    this.#update = db.prepare(
      'UPDATE lane SET concurrency = ?, due_at = ?, used_at = max(used_at, ?) WHERE number = ?',
    );
    this.#due = db.prepare(
      `SELECT number, key, concurrency, turn FROM lane
        WHERE due_at <= ? ORDER BY due_at, turn LIMIT 1`,
    );
    this.#next = db.prepare('SELECT min(due_at) AS due_at FROM lane WHERE due_at IS NOT NULL');
    this.#leases = db.prepare(
      `SELECT count(*) FILTER (WHERE due_at > :now) AS live,
              count(*) FILTER (WHERE due_at <= :now) AS ended,
              min(due_at) FILTER (WHERE due_at > :now) AS first_ends_at
         FROM delivery WHERE lane = :lane AND state = 'sending'`,
    );
    this.#earliest = db.prepare(
      `SELECT min(due_at) AS due_at FROM
        (SELECT min(due_at) AS due_at FROM delivery WHERE lane = :lane AND priority = 0 AND ${waiting}
         UNION ALL
         SELECT min(due_at) FROM delivery WHERE lane = :lane AND priority = 1 AND ${waiting}
         UNION ALL
         SELECT min(due_at) FROM delivery WHERE lane = :lane AND state = 'sending')`,
    );
    this.#read = db.prepare(
      'SELECT concurrency, due_at, turn, paused_until FROM lane WHERE number = ?',
    );
    this.#pause = db.prepare(
      'UPDATE lane SET paused_until = max(paused_until, ?) WHERE number = ?',
    );
    this.#rest = db.prepare(
      'UPDATE lane SET due_at = ?, turn = ?, used_at = max(used_at, ?) WHERE number = ?',
    );
    this.#deleteIdle = db.prepare(
      `DELETE FROM lane WHERE number IN
        (SELECT number FROM lane WHERE due_at IS NULL AND used_at < ?
            AND NOT EXISTS (SELECT 1 FROM delivery WHERE lane = lane.number
                              AND (state IN ('held', 'failed') OR report_due = 1))
          LIMIT 100)`,
    );
    const last = db.prepare('SELECT max(turn) AS turn FROM lane').get();
    this.#turn = last === undefined ? 0 : (integerOrNull(last, 'turn') ?? 0);
  }

  /** The turn that the next look will get: lanes with an older one have not been looked at since. */
  get turn(): number {
    return this.#turn + 1;
  }

  /** The number of a lane, for a new delivery in it; `dueAt` is absent for a held one. */
  enrol(
    key: string,
    delivery: { concurrency: number; dueAt: number | undefined; usedAt: number },
  ): number {
    const { concurrency, dueAt, usedAt } = delivery;
    const row = this.#find.get(key);
    if (row === undefined) {
      const { lastInsertRowid } = this.#insert.run(
        key,
        concurrency,
        dueAt ?? null,
        this.#nextTurn(),
        usedAt,
      );
      return Number(lastInsertRowid);
    }
    const number = integer(row, 'number');
    const before = integerOrNull(row, 'due_at');
    const after = dueAt === undefined ? before : earlier(before, afterPause(row, dueAt));
    // Most commits find their lane as they need it, and write nothing here.
    if (after !== before || concurrency !== integer(row, 'concurrency')) {
      this.#update.run(concurrency, after, usedAt, number);
    }
    return number;
  }

  /** The lane that is due at `now` and has waited longest. */
  firstDue(now: number): DueLane | undefined {
    const row = this.#due.get(now);
    if (row === undefined) return undefined;
    return {
      number: integer(row, 'number'),
      key: text(row, 'key'),
      concurrency: integer(row, 'concurrency'),
      turn: integer(row, 'turn'),
    };
  }

  leases(lane: number, now: number): Leases {
    const row = this.#leases.get({ lane, now }) ?? {};
    return {
      live: integer(row, 'live'),
      ended: integer(row, 'ended'),
      firstEndsAt: integerOrNull(row, 'first_ends_at'),
    };
  }

  /** Nothing of the lane is claimed before `until`. */
  pause(lane: number, until: number): void {
    this.#pause.run(until, lane);
  }

  /** Something in the lane changed at `now`: its next time must be found again. */
  touch(lane: number, now: number): void {
    this.#touched.set(lane, Math.max(now, this.#touched.get(lane) ?? 0));
  }

  /** Finds the next time of every lane that was touched. One that was due already keeps its place. */
  settle(): void {
    for (const [lane, now] of this.#touched) {
      const row = this.#read.get(lane);
      if (row === undefined) continue;
      const before = integerOrNull(row, 'due_at');
      const dueAt = this.#nextTimeOf(lane, { row, now, floor: earlier(before, now) });
      this.#rest.run(dueAt, integer(row, 'turn'), now, lane);
    }
    this.#touched.clear();
  }

  /** Belongs after each ROLLBACK. */
  forgetTouched(): void {
    this.#touched.clear();
  }

  /** Ends the look at a lane: it goes behind all others that are due at `now`. */
  rest(lane: number, now: number): void {
    const row = this.#read.get(lane);
    if (row === undefined) return;
    this.#rest.run(this.#nextTimeOf(lane, { row, now, floor: now }), this.#nextTurn(), now, lane);
  }

  nextDueAt(): number | undefined {
    const dueAt = this.#next.get()?.['due_at'];
    return typeof dueAt === 'number' ? dueAt : undefined;
  }

  /** Forgets some lanes that nothing has used since `before`. Those with a delivery in the queue stay. */
  deleteIdle(before: number): void {
    this.#deleteIdle.run(before);
  }

  /** When the lane is to be looked at next, not before `floor`; null when nothing in it waits or is in flight. */
  #nextTimeOf(lane: number, options: { row: Row; now: number; floor: number }): number | null {
    const { row, now, floor } = options;
    const { live, firstEndsAt } = this.leases(lane, now);
    const hasRoom = live < integer(row, 'concurrency');
    const earliest = hasRoom
      ? integerOrNull(this.#earliest.get({ lane }) ?? {}, 'due_at')
      : firstEndsAt;
    return earliest === null ? null : Math.max(afterPause(row, earliest), floor);
  }

  #nextTurn(): number {
    this.#turn += 1;
    return this.#turn;
  }
}

function afterPause(lane: Row, dueAt: number): number {
  return Math.max(dueAt, integer(lane, 'paused_until'));
}

function earlier(a: number | null, b: number): number {
  return a === null ? b : Math.min(a, b);
}
