// Functions inside PostgreSQL for what is done to the queue as a whole: bodies given up, operators' actions, the sweep.
import { settings } from './lane-functions.ts';

export const queueFunctions = `
  -- False: the body was given up, or its instance was taken for dead. The lock keeps it from being so meanwhile.
  CREATE FUNCTION put_chunk(p_instance text, p_body bigint, p_sequence integer, p_crc32 bigint, p_bytes bytea)
  RETURNS boolean
  LANGUAGE plpgsql ${settings} AS $$
  BEGIN
    IF p_sequence = 0 THEN
      INSERT INTO incoming_body VALUES (p_body, p_instance) ON CONFLICT (number) DO NOTHING;
    END IF;
    PERFORM FROM incoming_body WHERE number = p_body FOR KEY SHARE;
    IF NOT FOUND THEN RETURN false; END IF;
    INSERT INTO chunk VALUES (p_body, p_sequence, p_crc32, p_bytes);
    RETURN true;
  END $$;

  -- Gives up a body that was not committed. Nothing happens to any other.
  CREATE FUNCTION discard_body(p_body bigint) RETURNS void
  LANGUAGE plpgsql ${settings} AS $$
  BEGIN
    DELETE FROM incoming_body WHERE number = p_body;
    IF FOUND THEN DELETE FROM chunk WHERE body = p_body; END IF;
  END $$;

  -- Deletes some chunks of a dropped body. False when there is none that no other process is at.
  CREATE FUNCTION delete_dropped() RETURNS boolean
  LANGUAGE plpgsql ${settings} AS $$
  DECLARE
    dropped bigint;
    deleted integer;
  BEGIN
    SELECT number INTO dropped FROM dropped_body LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN RETURN false; END IF;
    DELETE FROM chunk WHERE body = dropped AND sequence IN
      (SELECT sequence FROM chunk WHERE body = dropped ORDER BY sequence LIMIT 64);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    IF deleted < 64 THEN DELETE FROM dropped_body WHERE number = dropped; END IF;
    RETURN true;
  END $$;

  -- Says that an instance lives, and forgets those that do not: what they were receiving is nobody's.
  -- Returns the database's time, epoch ms.
  CREATE FUNCTION beat(p_instance text, p_dead_after_ms bigint) RETURNS bigint
  LANGUAGE plpgsql ${settings} AS $$
  DECLARE
    dead timestamptz := clock_timestamp() - p_dead_after_ms * interval '1 millisecond';
  BEGIN
    INSERT INTO instance VALUES (p_instance, clock_timestamp())
      ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at;
    DELETE FROM instance WHERE id IN (SELECT id FROM instance WHERE seen_at < dead FOR UPDATE SKIP LOCKED);
    WITH gone AS (
      DELETE FROM incoming_body WHERE number IN (
        SELECT number FROM incoming_body
         WHERE NOT EXISTS (SELECT FROM instance WHERE id = incoming_body.instance) FOR UPDATE SKIP LOCKED)
      RETURNING number)
    INSERT INTO dropped_body SELECT number FROM gone;
    RETURN extract(epoch FROM clock_timestamp()) * 1000;
  END $$;

  -- An instance ends: nobody will commit what it was receiving.
  CREATE FUNCTION end_instance(p_instance text) RETURNS void
  LANGUAGE plpgsql ${settings} AS $$
  BEGIN
    WITH gone AS (DELETE FROM incoming_body WHERE instance = p_instance RETURNING number)
    INSERT INTO dropped_body SELECT number FROM gone;
    DELETE FROM instance WHERE id = p_instance;
  END $$;

  -- Forgets deliveries that the caller has locked, and the messages that have none left. Returns how many messages.
  -- The lanes of deliveries that were still to go are settled at p_at.
  CREATE FUNCTION forget(p_ids text[], p_keep_bodies boolean, p_lanes integer[], p_at bigint) RETURNS integer
  LANGUAGE plpgsql AS $$
  DECLARE
    messages bigint[];
    states text[];
    each bigint;
    all_left integer;
    undelivered integer;
    freed bigint := 0;
    forgotten integer := 0;
  BEGIN
    DELETE FROM attempt WHERE delivery = ANY (p_ids);
    WITH gone AS (DELETE FROM delivery WHERE id = ANY (p_ids) RETURNING message, state)
    SELECT array_agg(message), array_agg(state) INTO messages, states FROM gone;
    IF messages IS NULL THEN RETURN 0; END IF;
    FOR each IN SELECT DISTINCT number FROM unnest(messages) AS number ORDER BY number LOOP
      -- Two that forget the last deliveries of a message must not miss each other.
      PERFORM FROM message WHERE number = each FOR UPDATE;
      SELECT count(*), count(*) FILTER (WHERE state <> 'delivered') INTO all_left, undelivered
        FROM delivery WHERE message = each;
      IF all_left = 0 OR (undelivered = 0 AND NOT p_keep_bodies) THEN freed := freed + drop_body(each); END IF;
      IF all_left = 0 THEN
        DELETE FROM message WHERE number = each;
        forgotten := forgotten + 1;
      END IF;
    END LOOP;
    PERFORM settle_lanes(p_lanes, p_at);
    PERFORM count_shift(states, '{}', -freed);
    RETURN forgotten;
  END $$;

  -- One step of a sweep. What has failed goes first: with it may go the last that kept what was delivered. What was
  -- delivered before p_delivered_from was looked at by the step before.
  CREATE FUNCTION sweep(p_delivered_from bigint, p_delivered_before bigint, p_failed_before bigint, p_keep_bodies boolean,
    OUT messages integer, OUT more boolean, OUT delivered_from bigint)
  LANGUAGE plpgsql ${settings} AS $$
  DECLARE
    per_step constant integer := 100;
    ids text[];
    each integer;
  BEGIN
    delivered_from := p_delivered_from;
    ids := ARRAY(SELECT id FROM delivery WHERE state = 'failed' AND ended_at < p_failed_before AND NOT report_due
      ORDER BY ended_at LIMIT per_step FOR UPDATE SKIP LOCKED);
    IF cardinality(ids) = 0 THEN
      ids := ARRAY(SELECT id FROM delivery AS d
        WHERE state = 'delivered' AND ended_at >= p_delivered_from AND ended_at < p_delivered_before AND NOT report_due
          AND NOT EXISTS (SELECT FROM delivery WHERE message = d.message AND state <> 'delivered')
        ORDER BY ended_at LIMIT per_step FOR UPDATE SKIP LOCKED);
      delivered_from := coalesce((SELECT max(ended_at) FROM delivery WHERE id = ANY (ids)), p_delivered_from);
    END IF;
    messages := forget(ids, p_keep_bodies, '{}', 0);
    more := cardinality(ids) > 0;
    IF more THEN RETURN; END IF;
    FOR each IN SELECT number FROM lane
      WHERE due_at IS NULL AND used_at < least(p_delivered_before, p_failed_before)
      ORDER BY used_at LIMIT per_step FOR UPDATE SKIP LOCKED
    LOOP
      -- A commit that has just found the lane holds the lock that is asked for here.
      CONTINUE WHEN NOT pg_try_advisory_xact_lock(lane_lock_class(), each);
      DELETE FROM lane WHERE number = each AND due_at IS NULL AND NOT EXISTS
        (SELECT FROM delivery WHERE lane = each AND (state IN ('held', 'failed') OR report_due));
    END LOOP;
  END $$;

  -- What an operator does with these deliveries. Returns how many it changed. One that is due already is let go already.
  CREATE FUNCTION act(p_kind text, p_ids text[], p_now bigint, p_keep_bodies boolean) RETURNS integer
  LANGUAGE plpgsql ${settings} AS $$
  DECLARE
    lets_go boolean := p_kind IN ('retry', 'release');
    allowed text[] := CASE p_kind
      WHEN 'retry' THEN ARRAY['ready', 'deferred', 'unsure', 'failed']
      WHEN 'hold' THEN ARRAY['ready', 'deferred', 'unsure']
      WHEN 'release' THEN ARRAY['held']
      ELSE ARRAY['ready', 'deferred', 'unsure', 'held', 'failed', 'delivered'] END;
    ids text[];
    lanes integer[];
    before text[];
    after text[];
  BEGIN
    WITH meant AS (
      SELECT id, lane, state FROM delivery
       WHERE id = ANY (p_ids) AND state = ANY (allowed)
         AND NOT (lets_go AND state IN ('ready', 'unsure') AND due_at <= p_now)
       ORDER BY id FOR UPDATE)
    SELECT array_agg(id), array_agg(lane), array_agg(state) INTO ids, lanes, before FROM meant;
    IF ids IS NULL THEN RETURN 0; END IF;
    IF p_kind = 'remove' THEN
      PERFORM forget(ids, p_keep_bodies, lanes, 0);
      RETURN cardinality(ids);
    END IF;
    UPDATE delivery SET
      state = CASE WHEN NOT lets_go THEN 'held' WHEN in_doubt THEN 'unsure' ELSE 'ready' END,
      due_at = CASE WHEN lets_go THEN p_now END,
      attempts = CASE WHEN state = 'failed' THEN 0 ELSE attempts END,
      ages_from = CASE WHEN state IN ('failed', 'held') THEN p_now ELSE ages_from END,
      ended_at = NULL, report_due = false, hold_scope = NULL
    WHERE id = ANY (ids);
    after := ARRAY(SELECT state FROM delivery WHERE id = ANY (ids));
    PERFORM settle_lanes(lanes, p_now);
    PERFORM count_shift(before, after, 0);
    RETURN cardinality(ids);
  END $$;

  -- Puts others of the same message into the place of a delivery. False: it is not there to be replaced, or not as it was
  -- when they were planned.
  CREATE FUNCTION replace_delivery(p_id text, p_deliveries jsonb, p_fence bigint, p_state text) RETURNS boolean
  LANGUAGE plpgsql ${settings} AS $$
  DECLARE
    d delivery;
    states text[];
  BEGIN
    SELECT * INTO d FROM delivery WHERE id = p_id AND state NOT IN ('sending', 'delivered')
        AND fence = p_fence AND state = p_state FOR UPDATE;
    IF NOT FOUND THEN RETURN false; END IF;
    DELETE FROM attempt WHERE delivery = p_id;
    DELETE FROM delivery WHERE id = p_id;
    PERFORM FROM message WHERE number = d.message FOR NO KEY UPDATE;
    states := enrol(d.message, d.received_at, d.fence, p_deliveries);
    PERFORM settle_lane(d.lane, 0, false);
    PERFORM count_shift(ARRAY[d.state], states, 0);
    RETURN true;
  END $$;

  -- A message whose commit got no answer in time, and whose client was told no: it must not be sent.
  -- 'absent', 'removed', or 'begun' where an attempt was quicker.
  CREATE FUNCTION revoke(p_id text) RETURNS text
  LANGUAGE plpgsql ${settings} AS $$
  DECLARE
    of_message bigint;
    ids text[];
    lanes integer[];
  BEGIN
    -- Waits for the commit, where that is still under way.
    INSERT INTO message (number, id, size_bytes, document) VALUES (nextval('body_number'), p_id, 0, '')
      ON CONFLICT (id) DO NOTHING RETURNING number INTO of_message;
    IF FOUND THEN
      DELETE FROM message WHERE number = of_message;
      RETURN 'absent';
    END IF;
    SELECT number INTO of_message FROM message WHERE id = p_id;
    WITH ours AS (SELECT id, lane FROM delivery WHERE message = of_message ORDER BY id FOR UPDATE)
    SELECT array_agg(id), array_agg(lane) INTO ids, lanes FROM ours;
    IF EXISTS (SELECT FROM delivery WHERE message = of_message AND fence > 0) THEN RETURN 'begun'; END IF;
    PERFORM forget(ids, false, lanes, 0);
    RETURN 'removed';
  END $$;
`;
