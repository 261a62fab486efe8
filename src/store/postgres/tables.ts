// The tables of the queue in PostgreSQL: the first step of the schema.

/** Rows of figures: connections seldom meet in one. */
export const figureShards = 256;

/**
 * All in the schema `graphpost`. Times are epoch ms by the clocks of the replicas, but for `instance.seen_at`, which is
 * the database's own. Ids are compared byte by byte, so that they are in the order of time.
 *
 * A body is a number with chunks under it. That number stands in exactly one of three tables: `incoming_body` while it
 * arrives, `message` once it is committed, `dropped_body` until its chunks are deleted.
 */
export const tables = `
  -- given_id_key: hash of the Message-ID that the client gave (given-id.ts); NULL where it gave none
  CREATE TABLE message (
    number bigint PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    size_bytes bigint NOT NULL,
    document text NOT NULL,
    given_id_key bigint,
    body_digest text
  );
  CREATE INDEX message_given_id ON message (given_id_key) WHERE given_id_key IS NOT NULL;

  CREATE SEQUENCE body_number;
  CREATE TABLE chunk (
    body bigint NOT NULL,
    sequence integer NOT NULL,
    crc32 bigint NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (body, sequence)
  ) WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05);
  -- Mail does not compress well enough to be worth the time. Small bodies stay in their row.
  ALTER TABLE chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;
  CREATE TABLE incoming_body (number bigint PRIMARY KEY, instance text NOT NULL);
  CREATE TABLE dropped_body (number bigint PRIMARY KEY);
  -- One row per process: bodies that one was receiving are nobody's once it is not seen any more.
  CREATE TABLE instance (id text PRIMARY KEY, seen_at timestamptz NOT NULL);

  -- What came to each process by the second since 1970, for limits by the minute. Lost with the server, as it may be.
  CREATE UNLOGGED TABLE rate (
    instance text NOT NULL,
    key text NOT NULL,
    second bigint NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (instance, key, second)
  );

  -- What lanes have used of their limits; lost with the server, too: Graph says so when it was too much.
  -- used_at: when it was written last
  CREATE UNLOGGED TABLE pace_ledger (
    lane text COLLATE "C" PRIMARY KEY,
    version bigint NOT NULL,
    ledger text NOT NULL,
    used_at bigint NOT NULL
  ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

  CREATE TABLE breaker (connection text PRIMARY KEY, document text NOT NULL);

  CREATE SEQUENCE lane_turn;
  -- due_at: when a claim should look at it, its pause included; NULL when it is idle
  -- turn: grows with each look, so that lanes due at the same time take turns
  CREATE TABLE lane (
    number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text COLLATE "C" NOT NULL UNIQUE,
    concurrency integer NOT NULL,
    due_at bigint,
    turn bigint NOT NULL,
    paused_until bigint NOT NULL DEFAULT 0,
    used_at bigint NOT NULL
  ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
  CREATE INDEX lane_due ON lane (due_at, turn) WHERE due_at IS NOT NULL;
  CREATE INDEX lane_idle ON lane (used_at) WHERE due_at IS NULL;

  -- priority: 0 goes before 1
  -- due_at: when it may be claimed; for state 'sending' the end of its lease
  -- in_doubt: an earlier attempt may have sent it, and nothing has told since
  -- claimed_by, claim: which instance holds it, and by which of its claims
  -- recorded_fence: the claim whose result was written last
  -- recorded: results written so far; all but the last are in attempt
  CREATE TABLE delivery (
    id text COLLATE "C" PRIMARY KEY,
    message bigint NOT NULL,
    lane integer NOT NULL,
    priority smallint NOT NULL,
    state text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    fence bigint NOT NULL DEFAULT 0,
    received_at bigint NOT NULL,
    ages_from bigint NOT NULL,
    due_at bigint,
    ended_at bigint,
    connection text NOT NULL,
    route text NOT NULL,
    hold_scope text,
    in_doubt boolean NOT NULL DEFAULT false,
    look_ups integer NOT NULL DEFAULT 0,
    report_due boolean NOT NULL DEFAULT false,
    claimed_by text,
    claim integer,
    recorded_fence bigint,
    recorded integer NOT NULL DEFAULT 0,
    last_attempt text
  ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
  CREATE INDEX delivery_message ON delivery (message);
  CREATE INDEX delivery_waiting ON delivery (lane, priority, due_at, id)
    WHERE state IN ('ready', 'unsure', 'deferred');
  CREATE INDEX delivery_sending ON delivery (lane, due_at) WHERE state = 'sending';
  CREATE INDEX delivery_resting ON delivery (lane) WHERE state IN ('held', 'failed');
  CREATE INDEX delivery_open ON delivery (received_at)
    WHERE state IN ('ready', 'sending', 'unsure', 'deferred', 'held');
  CREATE INDEX delivery_of_state ON delivery (state, id)
    WHERE state IN ('unsure', 'deferred', 'held', 'failed');
  CREATE INDEX delivery_ended ON delivery (state, ended_at) WHERE ended_at IS NOT NULL;
  CREATE INDEX delivery_report ON delivery (ended_at, id) WHERE report_due;

  CREATE TABLE attempt (
    delivery text COLLATE "C" NOT NULL,
    place integer NOT NULL,
    recorded integer NOT NULL,
    document text NOT NULL,
    PRIMARY KEY (delivery, place)
  );

  -- Deliveries by state, and the bytes of the bodies that are kept: the sums over all rows. Each connection has a row
  -- that it seldom shares with another, so that counting holds nobody up.
  CREATE TABLE figures (
    shard integer PRIMARY KEY,
    ready bigint NOT NULL DEFAULT 0,
    sending bigint NOT NULL DEFAULT 0,
    unsure bigint NOT NULL DEFAULT 0,
    deferred bigint NOT NULL DEFAULT 0,
    held bigint NOT NULL DEFAULT 0,
    failed bigint NOT NULL DEFAULT 0,
    delivered bigint NOT NULL DEFAULT 0,
    body_bytes bigint NOT NULL DEFAULT 0
  ) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
  INSERT INTO figures (shard) SELECT generate_series(0, ${figureShards - 1});

  CREATE VIEW delivery_row AS
    SELECT delivery.*, lane.key AS lane_key, message.size_bytes, message.document
      FROM delivery
      JOIN message ON message.number = delivery.message
      LEFT JOIN lane ON lane.number = delivery.lane;
`;
