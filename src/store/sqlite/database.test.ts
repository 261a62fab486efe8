import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from './database.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-database-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('openDatabase()', () => {
  test('opens for one process, with a COMMIT that waits for the disk', () => {
    using db = openDatabase({ file: join(folder, 'queue.db') });
    const valueOf = (pragma: string) =>
      Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
    expect(valueOf('locking_mode')).toBe('exclusive');
    expect(valueOf('journal_mode')).toBe('wal');
    // FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
    expect(valueOf('synchronous')).toBe(2);
    // INCREMENTAL: https://www.sqlite.org/pragma.html#pragma_auto_vacuum
    expect(valueOf('auto_vacuum')).toBe(2);
  });

  test('refuses a file that is open already, and names it', () => {
    const file = join(folder, 'queue.db');
    using db = openDatabase({ file });
    expect(() => openDatabase({ file })).toThrow(
      `Another gateway, or "graphpost queue", holds the queue file "${file}"`,
    );
    expect(db.isOpen).toBe(true);
  });

  test('waits for a file that is let go of, and not for longer than it may', () => {
    const file = join(folder, 'queue.db');
    const holder = openDatabase({ file });
    const pauses: number[] = [];
    const waitOnly = (ms: number) => pauses.push(ms);
    expect(() => openDatabase({ file, lockWaitMs: 300, pause: waitOnly })).toThrow('holds');
    expect(pauses).toEqual([100, 100, 100]);
    using db = openDatabase({ file, lockWaitMs: 100, pause: () => holder.close() });
    expect(db.isOpen).toBe(true);
  });
});
