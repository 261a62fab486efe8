import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { migrate, schemaVersion } from './schema.ts';

function versionOf(db: DatabaseSync): unknown {
  return db.prepare('PRAGMA user_version').get()?.['user_version'];
}

describe('migrate()', () => {
  test('leads from an empty file to the newest version, and then does nothing', () => {
    using db = new DatabaseSync(':memory:');
    migrate(db, 'queue.db');
    expect(versionOf(db)).toBe(schemaVersion);
    db.exec(`INSERT INTO message (number, id, size_bytes, document) VALUES (1, 'a', 0, '{}')`);
    migrate(db, 'queue.db');
    expect(versionOf(db)).toBe(schemaVersion);
    expect(db.prepare('SELECT count(*) AS count FROM message').get()).toEqual({ count: 1 });
  });

  test('refuses a newer version, and says which file and what to do', () => {
    using db = new DatabaseSync(':memory:');
    db.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
    expect(() => migrate(db, '/data/queue.db')).toThrow(
      `The queue file "/data/queue.db" was written by a newer Graphpost (schema ${schemaVersion + 1}, this one knows ${schemaVersion}): start that version again`,
    );
  });

  test('a step that fails leaves the version before', () => {
    using db = new DatabaseSync(':memory:');
    db.exec('CREATE TABLE figures (other TEXT)');
    expect(() => migrate(db, 'queue.db')).toThrow('figures');
    if (db.isTransaction) db.exec('ROLLBACK');
    expect(versionOf(db)).toBe(0);
    expect(db.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'figures' }]);
  });
});
