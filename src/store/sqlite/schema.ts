// The tables of the queue, and the numbered steps that lead to them from any older file.
import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../../relay/ports.ts';
import { integer } from './row.ts';

/**
 * Step n leads from version n to n + 1. A step that has been released never changes.
 *
 * A body is a number with chunks under it. That number stands in exactly one of three tables:
 * `incoming_body` while it arrives, `message` once it is committed, `dropped_body` until its chunks are deleted.
 */
const steps: readonly string[] = [
  `
  -- given_id_key: hash of the Message-ID that the client gave (given-id.ts); NULL where it gave none
  CREATE TABLE message (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    document TEXT NOT NULL,
    given_id_key INTEGER,
    body_digest TEXT
  ) STRICT;
  CREATE INDEX message_given_id ON message (given_id_key, body_digest)
    WHERE given_id_key IS NOT NULL;

  -- place: number of the body * 65536 + sequence of the chunk (place.ts)
  CREATE TABLE chunk (
    place INTEGER PRIMARY KEY,
    crc32 INTEGER NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE TABLE incoming_body (number INTEGER PRIMARY KEY) STRICT;
  CREATE TABLE dropped_body (number INTEGER PRIMARY KEY) STRICT;

  -- due_at: when a claim should look at it, its pause included; NULL when it is idle
  -- turn: grows with each look, so that lanes due at the same time take turns
  CREATE TABLE lane (
    number INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    concurrency INTEGER NOT NULL,
    due_at INTEGER,
    turn INTEGER NOT NULL,
    paused_until INTEGER NOT NULL DEFAULT 0,
    used_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX lane_due ON lane (due_at, turn) WHERE due_at IS NOT NULL;
  CREATE INDEX lane_idle ON lane (used_at) WHERE due_at IS NULL;

  -- number: number of the message * 65536 + position among its deliveries (place.ts)
  -- priority: 0 goes before 1
  -- due_at: when it may be claimed; for state 'sending' the end of its lease
  -- in_doubt: 1 when an earlier attempt may have sent it, and nothing has told since
  -- report_due: 1 while its sender is still to be told of its end
  -- recorded: results written so far; all but the last are in attempt
  CREATE TABLE delivery (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    message INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    fence INTEGER NOT NULL DEFAULT 0,
    received_at INTEGER NOT NULL,
    ages_from INTEGER NOT NULL,
    due_at INTEGER,
    ended_at INTEGER,
    connection TEXT NOT NULL,
    route TEXT NOT NULL,
    hold_scope TEXT,
    in_doubt INTEGER NOT NULL DEFAULT 0,
    look_ups INTEGER NOT NULL DEFAULT 0,
    report_due INTEGER NOT NULL DEFAULT 0,
    recorded INTEGER NOT NULL DEFAULT 0,
    last_attempt TEXT
  ) STRICT;
  CREATE INDEX delivery_waiting ON delivery (lane, priority, due_at)
    WHERE state IN ('ready', 'unsure', 'deferred');
  CREATE INDEX delivery_sending ON delivery (lane, due_at) WHERE state = 'sending';
  CREATE INDEX delivery_resting ON delivery (lane)
    WHERE state IN ('held', 'failed') OR report_due = 1;
  CREATE INDEX delivery_open ON delivery (received_at)
    WHERE state IN ('ready', 'sending', 'unsure', 'deferred', 'held');
  CREATE INDEX delivery_of_state ON delivery (state, id)
    WHERE state IN ('unsure', 'deferred', 'held', 'failed');
  CREATE INDEX delivery_ended ON delivery (state, ended_at) WHERE ended_at IS NOT NULL;
  CREATE INDEX delivery_report ON delivery (ended_at, number) WHERE report_due = 1;

  CREATE TABLE attempt (
    delivery INTEGER NOT NULL,
    place INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (delivery, place)
  ) STRICT, WITHOUT ROWID;

  -- used_at: when it was written last
  CREATE TABLE pace_ledger (
    lane TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    ledger TEXT NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE breaker (connection TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID;

  -- deliveries by state, and the bytes of the bodies that are kept
  CREATE TABLE figures (
    number INTEGER PRIMARY KEY,
    ready INTEGER NOT NULL,
    sending INTEGER NOT NULL,
    unsure INTEGER NOT NULL,
    deferred INTEGER NOT NULL,
    held INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    body_bytes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO figures VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0);
  `,
];

export const schemaVersion = steps.length;

/**
 * Brings the tables up to `schemaVersion`. A crash leaves the version before, whole.
 * @throws StoreError when the file is of a newer version
 */
export function migrate(db: DatabaseSync, file: string): void {
  const found = versionOf(db);
  if (found > schemaVersion) {
    throw new StoreError(
      'away',
      `The queue file "${file}" was written by a newer Graphpost (schema ${found}, this one knows ${schemaVersion}): start that version again`,
    );
  }
  steps.slice(found).forEach((step, index) => {
    db.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${found + index + 1}; COMMIT`);
  });
}

function versionOf(db: DatabaseSync): number {
  const row = db.prepare('PRAGMA user_version').get();
  return row === undefined ? 0 : integer(row, 'user_version');
}
