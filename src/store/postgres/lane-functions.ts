// Functions inside PostgreSQL that others call: lanes find their next time, new deliveries their lane, figures their sum.
import { figureShards } from './tables.ts';

/**
 * Of each function that is asked from outside. Whatever the statistics say, there is an index for each question, in the
 * order that it asks for, and few rows are wanted: no other plan costs the same with a hundred thousand messages waiting,
 * and to plan anew for each question would cost more than the answer.
 */
export const settings = `SET search_path = graphpost SET enable_seqscan = off SET enable_bitmapscan = off
    SET enable_hashjoin = off SET enable_mergejoin = off
    SET plan_cache_mode = force_generic_plan SET jit = off`;

/**
 * Order of locks, so that nobody waits for anybody who waits for him: deliveries (by id), messages, lanes (by number),
 * figures. A claim goes the other way, from a lane to its deliveries, but it waits for neither: it skips what is locked.
 *
 * A commit does not lock its lane, because those of one busy lane would then wait for each other's fsync. It leaves the
 * lane's row alone where that is due early enough, and says so by a shared advisory lock. Who makes a lane due later
 * takes that lock alone, and where he does not get it, a commit that he cannot see is under way: the lane stays due.
 */
export const laneFunctions = `
  -- A namespace of our own among the advisory locks of the database; the second key is the number of a lane.
  CREATE FUNCTION lane_lock_class() RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1735226468';

  -- Last in each transaction: whoever holds a row of figures waits for nothing any more.
  CREATE FUNCTION count_shift(p_from text[], p_to text[], p_bytes bigint) RETURNS void
  LANGUAGE plpgsql AS $$
  BEGIN
    UPDATE figures SET
      ready = ready - cardinality(array_positions(p_from, 'ready')) + cardinality(array_positions(p_to, 'ready')),
      sending = sending - cardinality(array_positions(p_from, 'sending')) + cardinality(array_positions(p_to, 'sending')),
      unsure = unsure - cardinality(array_positions(p_from, 'unsure')) + cardinality(array_positions(p_to, 'unsure')),
      deferred = deferred - cardinality(array_positions(p_from, 'deferred')) + cardinality(array_positions(p_to, 'deferred')),
      held = held - cardinality(array_positions(p_from, 'held')) + cardinality(array_positions(p_to, 'held')),
      failed = failed - cardinality(array_positions(p_from, 'failed')) + cardinality(array_positions(p_to, 'failed')),
      delivered = delivered - cardinality(array_positions(p_from, 'delivered')) + cardinality(array_positions(p_to, 'delivered')),
      body_bytes = body_bytes + p_bytes
    WHERE shard = pg_backend_pid() % ${figureShards};
  END $$;

  -- Finds the next time of a lane in which something changed at p_at: when it may have something to claim; NULL when
  -- nothing in it waits or is in flight. One that was due keeps its place, but for p_rest, the end of a look: then it goes
  -- behind all others that are due.
  CREATE FUNCTION settle_lane(p_lane integer, p_at bigint, p_rest boolean) RETURNS void
  LANGUAGE plpgsql AS $$
  DECLARE
    l lane;
    live integer;
    first_live_end bigint;
    first_end bigint;
    is_full boolean;
    is_locked boolean := false;
    due bigint;
    next_look bigint;
    not_before bigint;
  BEGIN
    SELECT * INTO l FROM lane WHERE number = p_lane FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN; END IF;
    not_before := CASE WHEN p_rest THEN p_at ELSE least(l.due_at, p_at) END;
    LOOP
      SELECT count(*) FILTER (WHERE due_at > p_at), min(due_at) FILTER (WHERE due_at > p_at), min(due_at)
        INTO live, first_live_end, first_end
        FROM delivery WHERE lane = p_lane AND state = 'sending';
      is_full := live >= l.concurrency;
      IF is_full THEN
        due := first_live_end;
      ELSE
        due := least(
          first_end,
          (SELECT min(due_at) FROM delivery
            WHERE lane = p_lane AND priority = 0 AND state IN ('ready', 'unsure', 'deferred')),
          (SELECT min(due_at) FROM delivery
            WHERE lane = p_lane AND priority = 1 AND state IN ('ready', 'unsure', 'deferred')));
      END IF;
      next_look := CASE WHEN due IS NOT NULL THEN greatest(due, l.paused_until, not_before) END;
      -- A full lane needs no care: the end of what it has in flight looks again.
      EXIT WHEN is_locked OR is_full OR l.due_at IS NULL OR next_look <= greatest(l.due_at, p_at);
      is_locked := pg_try_advisory_xact_lock(lane_lock_class(), p_lane);
      IF NOT is_locked THEN
        next_look := greatest(l.paused_until, least(next_look, p_at + 20));
        EXIT;
      END IF;
    END LOOP;
    IF p_rest OR l.due_at IS DISTINCT FROM next_look OR l.used_at < p_at - 60000 THEN
      UPDATE lane SET
        due_at = next_look,
        turn = CASE WHEN p_rest THEN nextval('lane_turn') ELSE turn END,
        used_at = greatest(used_at, p_at)
      WHERE number = p_lane;
    END IF;
  END $$;

  CREATE FUNCTION settle_lanes(p_lanes integer[], p_at bigint) RETURNS void
  LANGUAGE plpgsql AS $$
  DECLARE
    each integer;
  BEGIN
    FOR each IN SELECT DISTINCT number FROM unnest(p_lanes) AS number ORDER BY number LOOP
      PERFORM settle_lane(each, p_at, false);
    END LOOP;
  END $$;

  CREATE FUNCTION make_lane(p_key text, p_concurrency integer, p_at bigint) RETURNS void
  LANGUAGE plpgsql AS $$
  BEGIN
    -- ON CONFLICT alone would use up a number each time.
    IF EXISTS (SELECT FROM lane WHERE key = p_key) THEN RETURN; END IF;
    INSERT INTO lane (key, concurrency, turn, used_at)
      VALUES (p_key, p_concurrency, nextval('lane_turn'), p_at) ON CONFLICT (key) DO NOTHING;
  END $$;

  -- Puts new deliveries of a message into their lanes. p_fence is NULL with a new message. Those that take the place of
  -- another begin with its fence, because one of them may have its id, and have not aged on the way that did not work.
  -- Returns their states.
  CREATE FUNCTION enrol(p_message bigint, p_received_at bigint, p_fence bigint, p_deliveries jsonb) RETURNS text[]
  LANGUAGE plpgsql AS $$
  DECLARE
    keys text[] := ARRAY(
      SELECT DISTINCT lane FROM jsonb_to_recordset(p_deliveries) AS d(lane text) ORDER BY lane);
    numbers integer[];
    each record;
    states text[];
  BEGIN
    LOOP
      numbers := ARRAY(SELECT number FROM lane WHERE key = ANY (keys) ORDER BY number);
      PERFORM pg_advisory_xact_lock_shared(lane_lock_class(), number) FROM unnest(numbers) AS number;
      -- An idle lane may have been forgotten before it was locked, and another made meanwhile; from here on none can be.
      EXIT WHEN (SELECT count(*) FROM lane WHERE key = ANY (keys) AND number = ANY (numbers)) = cardinality(keys);
      PERFORM make_lane(key, 1, p_received_at) FROM unnest(keys) AS key;
    END LOOP;
    WITH added AS (
      INSERT INTO delivery
        (id, message, lane, priority, state, in_doubt, fence, received_at, ages_from, due_at, connection, route)
        SELECT d.id, p_message, (SELECT number FROM lane WHERE key = d.lane), d.priority, d.state,
            coalesce(d."mayHaveBeenSent", false), coalesce(p_fence, 0), p_received_at,
            greatest(p_received_at, CASE WHEN p_fence IS NOT NULL THEN d."dueAt" END),
            CASE WHEN d.state <> 'held' THEN coalesce(d."dueAt", p_received_at) END, d.connection, d.route
          FROM jsonb_to_recordset(p_deliveries) AS d(
            id text, lane text, priority smallint, state text, "mayHaveBeenSent" boolean, "dueAt" bigint,
            connection text, route text)
      RETURNING state)
    SELECT array_agg(state) INTO states FROM added;
    FOR each IN
      SELECT (SELECT number FROM lane WHERE key = d.lane) AS number, max(d.concurrency) AS concurrency,
          min(coalesce(d."dueAt", p_received_at)) FILTER (WHERE d.state <> 'held') AS due,
          max(d."dueAt") AS used
        FROM jsonb_to_recordset(p_deliveries)
          AS d(lane text, state text, concurrency integer, "dueAt" bigint)
       GROUP BY d.lane ORDER BY number
    LOOP
      UPDATE lane SET
        concurrency = each.concurrency,
        due_at = CASE WHEN each.due IS NULL THEN due_at ELSE least(due_at, greatest(each.due, paused_until)) END,
        used_at = greatest(used_at, p_received_at, each.used)
      WHERE number = each.number AND (concurrency <> each.concurrency
        OR (each.due IS NOT NULL AND (due_at IS NULL OR due_at > greatest(each.due, paused_until))));
    END LOOP;
    RETURN states;
  END $$;
`;
