// Transactions of the queue file, with the state in memory that must follow each COMMIT and ROLLBACK.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Figures } from './figures.ts';
import type { Lanes } from './lanes.ts';

export class Transactions {
  readonly #db: DatabaseSync;
  readonly #lanes: Lanes;
  readonly #figures: Figures;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;

  constructor(db: DatabaseSync, { lanes, figures }: { lanes: Lanes; figures: Figures }) {
    this.#db = db;
    this.#lanes = lanes;
    this.#figures = figures;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  /** What `work` returns, once it is durable. Throws what stood in the way; then nothing of it was done. */
  run<T>(work: () => T): T {
    this.#rollBack();
    this.#begin.run();
    try {
      const result = work();
      this.#lanes.settle();
      this.#figures.store();
      this.#commit.run();
      this.#figures.keep();
      return result;
    } catch (error) {
      this.#lanes.forgetTouched();
      this.#figures.forget();
      this.#rollBack();
      this.#overwrite();
      throw error;
    }
  }

  /**
   * A COMMIT whose sync failed stands whole in the log, and a crash would bring back what was refused: the next write goes
   * over it. Where that fails too, a later one does it.
   */
  #overwrite(): void {
    try {
      this.#db.exec('BEGIN IMMEDIATE; UPDATE figures SET number = number; COMMIT');
    } catch {
      this.#rollBack();
    }
  }

  /** After SQLITE_FULL SQLite has rolled back by itself, and ROLLBACK would throw: only `isTransaction` knows. */
  #rollBack(): void {
    if (this.#db.isTransaction) this.#rollback.run();
  }
}
