// Functions inside PostgreSQL for what each message goes through: one question and one transaction each.
import { settings } from './lane-functions.ts';

/** A claim counts and takes in statements of their own, behind the lock of the lane: in one they would see what was before it. */
export const mailFunctions = `
  -- 'accepted', 'known' (a message with this id is here), 'gone' (its chunks are not), 'notDue' (its report), 'reported'
  -- (it is here, and its report is not due: perhaps since this very message was accepted).
  -- The INSERT waits for another that has the same id under way: its answer is decisive.
  CREATE FUNCTION accept(p_message jsonb, p_tail bytea) RETURNS text
  LANGUAGE plpgsql ${settings} AS $$
  DECLARE
    body bigint := coalesce((p_message->>'body')::bigint, nextval('body_number'));
    chunks integer := (p_message->>'chunksStored')::integer;
    states text[];
  BEGIN
    INSERT INTO message (number, id, size_bytes, document, given_id_key, body_digest)
      VALUES (body, p_message->>'id', (p_message->>'sizeBytes')::bigint, p_message->>'document',
        (p_message->>'givenIdKey')::bigint, p_message->>'bodyDigest')
      ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
      RETURN CASE WHEN p_message ? 'reportOf' AND NOT EXISTS
        (SELECT FROM delivery WHERE id = p_message->>'reportOf' AND report_due) THEN 'reported' ELSE 'known' END;
    END IF;
    IF p_message ? 'reportOf' THEN
      UPDATE delivery SET report_due = false WHERE id = p_message->>'reportOf' AND report_due;
      IF NOT FOUND THEN
        DELETE FROM message WHERE number = body;
        RETURN 'notDue';
      END IF;
    END IF;
    IF chunks > 0 THEN
      DELETE FROM incoming_body WHERE number = body;
      -- Everything that was done so far must be undone with it.
      IF NOT FOUND THEN RAISE EXCEPTION 'The body % is not in the queue any more', body USING ERRCODE = 'GP001'; END IF;
    END IF;
    IF length(p_tail) > 0 THEN
      INSERT INTO chunk VALUES (body, chunks, (p_message->>'crc32')::bigint, p_tail);
    END IF;
    states := enrol(body, (p_message->>'receivedAt')::bigint, NULL, p_message->'deliveries');
    PERFORM count_shift('{}', states, (p_message->>'sizeBytes')::bigint);
    RETURN 'accepted';
  END $$;

  -- A clock that was ahead and was set back leaves times behind that would hold up mail as long. What is not due within
  -- a week (times-ahead.ts) is due now, and a lease of that kind ends.
  CREATE FUNCTION bring_back(p_now bigint) RETURNS void
  LANGUAGE plpgsql AS $$
  DECLARE
    latest bigint := p_now + 604800000;
    each integer;
  BEGIN
    FOR each IN SELECT number FROM lane WHERE due_at > latest LIMIT 100 FOR NO KEY UPDATE SKIP LOCKED LOOP
      UPDATE lane SET paused_until = p_now WHERE number = each AND paused_until > latest;
      UPDATE delivery SET due_at = p_now WHERE id IN (
        SELECT id FROM delivery WHERE lane = each AND due_at > latest
            AND state IN ('ready', 'unsure', 'deferred') FOR UPDATE SKIP LOCKED);
      UPDATE delivery SET due_at = p_now WHERE id IN (
        SELECT id FROM delivery WHERE lane = each AND due_at > latest
            AND state = 'sending' FOR UPDATE SKIP LOCKED);
      PERFORM settle_lane(each, p_now, false);
    END LOOP;
  END $$;

  CREATE FUNCTION claim(p_limit integer, p_now bigint, p_lease_ms bigint, p_instance text, p_claim integer)
  RETURNS SETOF delivery_row
  LANGUAGE plpgsql ${settings} AS $$
  DECLARE
    first_turn bigint := nextval('lane_turn');
    l record;
    room integer;
    urgency smallint;
    ids text[];
    states text[];
    taken text[] := '{}';
    counted_from text[] := '{}';
    counted_to text[] := '{}';
  BEGIN
    PERFORM bring_back(p_now);
    WHILE cardinality(taken) < p_limit LOOP
      SELECT number, concurrency, paused_until INTO l FROM lane
        WHERE due_at <= p_now AND turn < first_turn
        ORDER BY due_at, turn LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
      EXIT WHEN NOT FOUND;
      -- A lease that ended makes room, and its delivery unsure. One that is being written just now is left alone.
      WITH lapsed AS (
        UPDATE delivery SET state = 'unsure', in_doubt = true WHERE id IN (
          SELECT id FROM delivery WHERE lane = l.number AND state = 'sending' AND due_at <= p_now
            FOR UPDATE SKIP LOCKED)
        RETURNING id)
      SELECT array_agg('sending'::text) INTO states FROM lapsed;
      counted_from := counted_from || coalesce(states, '{}');
      counted_to := counted_to || array_fill('unsure'::text, ARRAY[coalesce(cardinality(states), 0)]);
      room := least(
        l.concurrency - (SELECT count(*) FROM delivery WHERE lane = l.number AND state = 'sending'),
        p_limit - cardinality(taken));
      FOREACH urgency IN ARRAY ARRAY[0, 1] LOOP
        EXIT WHEN room <= 0 OR l.paused_until > p_now;
        WITH due AS (
          SELECT id, state FROM delivery
           WHERE lane = l.number AND priority = urgency AND state IN ('ready', 'unsure', 'deferred')
             AND due_at <= p_now
           ORDER BY due_at, id LIMIT room FOR UPDATE SKIP LOCKED),
        started AS (
          UPDATE delivery SET state = 'sending', attempts = attempts + 1, fence = fence + 1,
              due_at = p_now + p_lease_ms, claimed_by = p_instance, claim = p_claim
            FROM due WHERE delivery.id = due.id RETURNING delivery.id)
        SELECT array_agg(due.id), array_agg(due.state) INTO ids, states FROM due;
        CONTINUE WHEN ids IS NULL;
        taken := taken || ids;
        counted_from := counted_from || states;
        counted_to := counted_to || array_fill('sending'::text, ARRAY[cardinality(ids)]);
        room := room - cardinality(ids);
      END LOOP;
      PERFORM settle_lane(l.number, p_now, true);
    END LOOP;
    IF cardinality(counted_from) = 0 THEN RETURN; END IF;
    PERFORM count_shift(counted_from, counted_to, 0);
    RETURN QUERY SELECT * FROM delivery_row AS v WHERE v.id = ANY (taken) ORDER BY array_position(taken, v.id);
  END $$;

  -- Of a message whose deliveries need its body no more. Returns the bytes that are kept no more.
  CREATE FUNCTION drop_body(p_message bigint) RETURNS bigint
  LANGUAGE plpgsql AS $$
  DECLARE
    bytes bigint := (SELECT size_bytes FROM message WHERE number = p_message);
  BEGIN
    DELETE FROM chunk WHERE body = p_message AND sequence = 0;
    IF NOT FOUND THEN RETURN 0; END IF;
    -- The rest of a large one is deleted in steps.
    IF bytes > 262144 THEN INSERT INTO dropped_body VALUES (p_message); END IF;
    RETURN bytes;
  END $$;

  -- p_again: the same question was asked before, and its answer was lost.
  CREATE FUNCTION record(p_id text, p_fence bigint, p_again boolean, p_keep_bodies boolean, p_attempt text, p_change jsonb)
  RETURNS boolean
  LANGUAGE plpgsql ${settings} AS $$
  DECLARE
    d delivery;
    ended_at_ms bigint := (p_change->>'endedAt')::bigint;
    new_state text := p_change->>'state';
    pause bigint := (p_change->>'pauseLaneUntil')::bigint;
    move jsonb := p_change->'move';
    new_lane integer;
    freed bigint := 0;
  BEGIN
    SELECT * INTO d FROM delivery WHERE id = p_id AND fence = p_fence FOR UPDATE;
    IF NOT FOUND OR d.state <> 'sending' THEN
      RETURN p_again AND coalesce(d.recorded_fence = p_fence, false);
    END IF;
    -- The last attempt lies in the row of its delivery; the one before moves to where older ones are.
    IF d.last_attempt IS NOT NULL THEN
      INSERT INTO attempt VALUES (d.id, d.recorded % 64, d.recorded, d.last_attempt)
        ON CONFLICT (delivery, place) DO UPDATE SET recorded = excluded.recorded, document = excluded.document;
    END IF;
    new_lane := d.lane;
    IF move IS NOT NULL AND jsonb_typeof(move) = 'object' THEN
      LOOP
        PERFORM make_lane(move->>'lane', (move->>'laneConcurrency')::integer, ended_at_ms);
        SELECT number INTO new_lane FROM lane WHERE key = move->>'lane';
        PERFORM FROM lane WHERE number IN (d.lane, new_lane) ORDER BY number FOR NO KEY UPDATE;
        EXIT WHEN EXISTS (SELECT FROM lane WHERE number = new_lane);
      END LOOP;
      UPDATE lane SET concurrency = (move->>'laneConcurrency')::integer
        WHERE number = new_lane AND concurrency <> (move->>'laneConcurrency')::integer;
    END IF;
    UPDATE delivery SET
      state = new_state, attempts = (p_change->>'attempts')::integer, ages_from = (p_change->>'agesFrom')::bigint,
      due_at = (p_change->>'dueAt')::bigint,
      ended_at = CASE WHEN new_state IN ('delivered', 'failed') THEN ended_at_ms END,
      hold_scope = p_change->>'hold', look_ups = (p_change->>'lookUps')::integer,
      in_doubt = (p_change->>'mayHaveBeenSent')::boolean, report_due = (p_change->>'reportDue')::boolean,
      connection = coalesce(move->>'connection', connection), lane = new_lane,
      claimed_by = NULL, claim = NULL, recorded_fence = p_fence,
      last_attempt = p_attempt, recorded = recorded + 1
    WHERE id = p_id;
    IF new_state = 'delivered' AND NOT p_keep_bodies THEN
      -- The results of two deliveries of a message must not miss each other.
      IF EXISTS (SELECT FROM delivery WHERE message = d.message AND id <> p_id) THEN
        PERFORM FROM message WHERE number = d.message FOR NO KEY UPDATE;
      END IF;
      IF NOT EXISTS (SELECT FROM delivery WHERE message = d.message AND state <> 'delivered') THEN
        freed := drop_body(d.message);
      END IF;
    END IF;
    IF pause IS NOT NULL THEN
      UPDATE lane SET paused_until = greatest(paused_until, pause) WHERE number = d.lane;
    END IF;
    IF new_lane = d.lane THEN
      PERFORM settle_lane(d.lane, ended_at_ms, false);
    ELSE
      PERFORM settle_lanes(ARRAY[d.lane, new_lane], ended_at_ms);
    END IF;
    PERFORM count_shift(ARRAY['sending'], ARRAY[new_state], -freed);
    RETURN true;
  END $$;

  -- Attempts that this process will not end: all of an instance, or those of one claim whose answer it never got.
  -- Of such a claim nothing was sent; of the others nobody knows.
  CREATE FUNCTION end_claims(p_instance text, p_claim integer) RETURNS integer
  LANGUAGE plpgsql ${settings} AS $$
  DECLARE
    lanes integer[];
    states text[];
  BEGIN
    WITH ours AS (
      SELECT id FROM delivery WHERE state = 'sending' AND claimed_by = p_instance
          AND (p_claim IS NULL OR claim = p_claim) ORDER BY id FOR UPDATE),
    ended AS (
      UPDATE delivery SET
          state = CASE WHEN p_claim IS NULL OR in_doubt THEN 'unsure' ELSE 'ready' END,
          in_doubt = in_doubt OR p_claim IS NULL,
          attempts = CASE WHEN p_claim IS NULL THEN attempts ELSE attempts - 1 END,
          due_at = received_at, claimed_by = NULL, claim = NULL
        WHERE id IN (SELECT id FROM ours) RETURNING lane, state)
    SELECT array_agg(lane), array_agg(state) INTO lanes, states FROM ended;
    IF lanes IS NULL THEN RETURN 0; END IF;
    PERFORM settle_lanes(lanes, 0);
    PERFORM count_shift(array_fill('sending'::text, ARRAY[cardinality(states)]), states, 0);
    RETURN cardinality(states);
  END $$;

  -- A claimed delivery whose row cannot be read waits for an operator.
  CREATE FUNCTION set_aside(p_id text, p_fence bigint) RETURNS void
  LANGUAGE plpgsql ${settings} AS $$
  DECLARE
    in_lane integer;
  BEGIN
    UPDATE delivery SET state = 'held', due_at = NULL, hold_scope = 'message', claimed_by = NULL, claim = NULL
      WHERE id = p_id AND fence = p_fence AND state = 'sending' RETURNING lane INTO in_lane;
    IF NOT FOUND THEN RETURN; END IF;
    PERFORM settle_lane(in_lane, 0, false);
    PERFORM count_shift(ARRAY['sending'], ARRAY['held'], 0);
  END $$;
`;
