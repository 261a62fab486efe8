// A SQLite database of which one statement fails, as a full or broken disk would make it.
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Result codes of SQLite: https://www.sqlite.org/rescode.html. */
const codes = { full: 13, away: 10 } as const;

export interface FailingDatabase {
  readonly db: DatabaseSync;
  /** Lets the `step`th statement from now on fail, from 0 on. */
  arm(step: number, fault: keyof typeof codes): void;
  hasFailed(): boolean;
}

export function createFailingDatabase(real: DatabaseSync): FailingDatabase {
  let left = Infinity;
  let code: number = codes.away;

  function step(): void {
    left -= 1;
    if (left !== -1) return;
    // As SQLite does it: a full disk has rolled back already when the statement fails.
    if (code === codes.full && real.isTransaction) real.exec('ROLLBACK');
    throw Object.assign(new Error('injected'), { code: 'ERR_SQLITE_ERROR', errcode: code });
  }

  const failing = (statement: StatementSync) =>
    new Proxy(statement, { get: (_, key) => bound(statement, { key, before: step }) });
  const db = new Proxy(real, {
    get(_, key) {
      if (key === 'prepare') return (sql: string) => failing(real.prepare(sql));
      return bound(real, { key, before: key === 'exec' ? step : () => undefined });
    },
  });

  return {
    db,
    arm(steps, fault) {
      left = steps;
      code = codes[fault];
    },
    hasFailed: () => left < 0,
  };
}

/** A property of `target`; if it is a method, one that calls `before` first. */
function bound(
  target: object,
  { key, before }: { readonly key: string | symbol; readonly before: () => void },
): unknown {
  const value: unknown = Reflect.get(target, key, target);
  if (typeof value !== 'function') return value;
  return (...args: unknown[]): unknown => {
    before();
    return Reflect.apply(value, target, args);
  };
}
