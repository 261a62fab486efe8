// Opens the queue file for this process alone, with the settings under which a COMMIT that returned is on the disk.
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../../relay/ports.ts';
import { migrate } from './schema.ts';
import { isLocked, isNotADatabase } from './trouble.ts';

/**
 * The order matters: the lock before WAL, so that there is no file of shared memory; page size and auto_vacuum before the
 * first table, because they cannot be changed after it. A transaction of a few messages writes a dozen pages of tables and
 * indexes, however little changes in each, so pages are small. The log is emptied every 2500 pages, 10 MB: each time costs
 * two fsyncs, and holds up one commit for a few milliseconds. The pages of a body that was sent meanwhile hold another one by
 * then, and are copied once.
 */
const settings = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA page_size = 4096;
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA wal_autocheckpoint = 2500;
  PRAGMA journal_size_limit = 16777216;
  PRAGMA cache_size = -16000;
  PRAGMA temp_store = MEMORY;
`;

export interface DatabaseOptions {
  readonly file: string;
  /** A quota on the file, in pages of 4 KiB. */
  readonly maxPages?: number | undefined;
  /** How long another process may still hold the file. Default: not at all. */
  readonly lockWaitMs?: number | undefined;
  /** Default: this thread stands still. */
  readonly pause?: (ms: number) => void;
}

/** How soon it is noticed that the file was let go of. */
const lockPollMs = 100;

/** @throws StoreError `away` when another process holds the file, it is no queue, or its schema is too new */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const { file, lockWaitMs = 0, pause = standStill } = options;
  for (let waitedMs = 0; ; waitedMs += lockPollMs) {
    try {
      return openForThisProcess(options);
    } catch (error) {
      if (!isLocked(error) || waitedMs >= lockWaitMs) throw explain(error, file);
    }
    pause(lockPollMs);
  }
}

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function openForThisProcess({ file, maxPages }: DatabaseOptions): DatabaseSync {
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  try {
    db.exec(settings);
    if (maxPages !== undefined) db.exec(`PRAGMA max_page_count = ${maxPages}`);
    migrate(db, file);
    // A write takes the lock even where there was nothing to migrate, and locking_mode keeps it.
    db.exec('BEGIN IMMEDIATE; COMMIT');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function explain(error: unknown, file: string): unknown {
  if (isLocked(error)) {
    return new StoreError(
      'away',
      `Another gateway, or "graphpost queue", holds the queue file "${file}": stop that one, or give this one a file of its own`,
      { cause: error },
    );
  }
  if (isNotADatabase(error)) {
    return new StoreError(
      'away',
      `The file "${file}" is no queue file: give queue.store another path`,
      {
        cause: error,
      },
    );
  }
  return error;
}
