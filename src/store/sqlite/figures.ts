// Counts deliveries and bytes inside the transactions that change them, so that no figure needs a scan.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { deliveryStates, type DeliveryState } from '../../core/delivery.ts';
import { troubledStates, type QueueFigures, type TroubledState } from '../../relay/ports.ts';
import { ofState } from './of-state.ts';
import { integer, type Row } from './row.ts';

const columns = [...deliveryStates, 'body_bytes'] as const;
type Column = (typeof columns)[number];
type Counts = ReadonlyMap<Column, number>;

export class Figures {
  readonly #store: StatementSync;
  readonly #oldest: StatementSync;
  readonly #oldestByState: readonly (readonly [TroubledState, StatementSync])[];
  /** As of the last COMMIT. */
  #committed: Counts;
  /** With the changes of the transaction under way. */
  #counts: Map<Column, number>;
  #isChanged = false;

  constructor(db: DatabaseSync) {
    this.#store = db.prepare(
      `UPDATE figures SET ${columns.map((column) => `${column} = ?`).join(', ')} WHERE number = 1`,
    );
    this.#oldest = db.prepare(
      `SELECT min(received_at) AS received_at FROM delivery
        WHERE state IN ('ready', 'sending', 'unsure', 'deferred', 'held')`,
    );
    this.#oldestByState = troubledStates.map((state) => [
      state,
      db.prepare(`SELECT received_at FROM delivery WHERE ${ofState(state)} ORDER BY id LIMIT 1`),
    ]);
    const row: Row = db.prepare('SELECT * FROM figures WHERE number = 1').get() ?? {};
    this.#counts = new Map(columns.map((column) => [column, integer(row, column)]));
    this.#committed = new Map(this.#counts);
  }

  add(column: Column, amount: number): void {
    this.#counts.set(column, of(this.#counts, column) + amount);
    this.#isChanged = true;
  }

  move(from: DeliveryState, to: DeliveryState, deliveries: number): void {
    this.add(from, -deliveries);
    this.add(to, deliveries);
  }

  /** Belongs before each COMMIT. */
  store(): void {
    if (this.#isChanged) this.#store.run(...columns.map((column) => of(this.#counts, column)));
  }

  /** Belongs after each COMMIT. */
  keep(): void {
    if (this.#isChanged) this.#committed = new Map(this.#counts);
    this.#isChanged = false;
  }

  /** Belongs after each ROLLBACK. */
  forget(): void {
    this.#counts = new Map(this.#committed);
    this.#isChanged = false;
  }

  read(): QueueFigures {
    const counts = this.#committed;
    const oldest = this.#oldest.get()?.['received_at'];
    return {
      deliveries: {
        ready: of(counts, 'ready'),
        sending: of(counts, 'sending'),
        unsure: of(counts, 'unsure'),
        deferred: of(counts, 'deferred'),
        held: of(counts, 'held'),
        failed: of(counts, 'failed'),
        delivered: of(counts, 'delivered'),
      },
      bodyBytes: of(counts, 'body_bytes'),
      ...(typeof oldest === 'number' && { oldestReceivedAt: oldest }),
      oldestByState: this.#readOldestByState(),
    };
  }

  #readOldestByState(): NonNullable<QueueFigures['oldestByState']> {
    const found = this.#oldestByState.map(([state, statement]) => {
      const receivedAt = statement.get()?.['received_at'];
      return [state, typeof receivedAt === 'number' ? receivedAt : undefined] as const;
    });
    return Object.fromEntries(found.filter(([, receivedAt]) => receivedAt !== undefined));
  }
}

function of(counts: Counts, column: Column): number {
  return counts.get(column) ?? 0;
}
