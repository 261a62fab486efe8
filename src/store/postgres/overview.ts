// What PostgreSQL says of the queue: figures, lanes, one message, and what is still to be reported.
import type { Breaker } from '../../core/breaker.ts';
import type { DeliveryState } from '../../core/delivery.ts';
import {
  StoreError,
  troubledStates,
  type Content,
  type DueReport,
  type Events,
  type LaneSummary,
  type LanesOptions,
  type MessageRecord,
  type QueueFigures,
} from '../../relay/ports.ts';
import { toAttempt, toBreaker, toDelivery, toLaneKey, toMessage, toRecord } from '../documents.ts';
import { givenIdKey } from '../given-id.ts';
import type { Bodies } from './bodies.ts';
import type { Database } from './database.ts';
import { integer, integerOrNull, text, textOrNull, toDeliveryRow, type Row } from './row.ts';
import { StoredContent } from './stored-content.ts';

const waiting = `state IN ('ready', 'unsure', 'deferred')`;
/** By one row of an index each: ids are in order of time. */
const oldestByState = troubledStates
  .map(
    (state) => `(SELECT received_at FROM graphpost.delivery WHERE state = '${state}'
                  ORDER BY id LIMIT 1) AS oldest_${state}`,
  )
  .join(', ');
const maxLanes = 1000;
const maxCounted = 1000;

export interface OverviewOptions {
  readonly database: Database;
  readonly bodies: Bodies;
  readonly events: Pick<Events, 'fault'>;
}

export class Overview {
  readonly #database: Database;
  readonly #bodies: Bodies;
  readonly #events: OverviewOptions['events'];

  constructor({ database, bodies, events }: OverviewOptions) {
    this.#database = database;
    this.#bodies = bodies;
    this.#events = events;
  }

  async nextDueAt(): Promise<number | undefined> {
    const [row] = await this.#database.ask({
      name: 'next_due',
      text: 'SELECT min(due_at) AS due_at FROM graphpost.lane WHERE due_at IS NOT NULL',
    });
    return integerOrNull(row ?? {}, 'due_at') ?? undefined;
  }

  async figures(): Promise<QueueFigures> {
    const [row = {}] = await this.#database.ask({
      name: 'figures',
      text: `SELECT sum(ready)::bigint AS ready, sum(sending)::bigint AS sending, sum(unsure)::bigint AS unsure,
                    sum(deferred)::bigint AS deferred, sum(held)::bigint AS held, sum(failed)::bigint AS failed,
                    sum(delivered)::bigint AS delivered, sum(body_bytes)::bigint AS body_bytes,
                    (SELECT min(received_at) FROM graphpost.delivery
                      WHERE state IN ('ready', 'sending', 'unsure', 'deferred', 'held')) AS oldest,
                    ${oldestByState}
               FROM graphpost.figures`,
    });
    const count = (state: DeliveryState) => integer(row, state);
    const oldestReceivedAt = integerOrNull(row, 'oldest');
    return {
      deliveries: {
        ready: count('ready'),
        sending: count('sending'),
        unsure: count('unsure'),
        deferred: count('deferred'),
        held: count('held'),
        failed: count('failed'),
        delivered: count('delivered'),
      },
      bodyBytes: integer(row, 'body_bytes'),
      ...(oldestReceivedAt !== null && { oldestReceivedAt }),
      oldestByState: Object.fromEntries(
        troubledStates.flatMap((state) => {
          const receivedAt = integerOrNull(row, `oldest_${state}`);
          return receivedAt === null ? [] : [[state, receivedAt]];
        }),
      ),
    };
  }

  async lanes({ now, countTo = maxCounted }: LanesOptions): Promise<readonly LaneSummary[]> {
    const rows = await this.#database.ask({
      name: 'lanes',
      text: `SELECT key, concurrency, CASE WHEN paused_until > $1 THEN paused_until END AS paused_until,
                (SELECT count(*) FROM graphpost.delivery
                  WHERE lane = lane.number AND state = 'sending') AS sending,
                (SELECT count(*) FROM (SELECT FROM graphpost.delivery
                  WHERE lane = lane.number AND ${waiting} LIMIT $2) AS counted) AS waiting
               FROM graphpost.lane AS lane WHERE due_at IS NOT NULL
              ORDER BY lane.paused_until DESC, number LIMIT ${maxLanes}`,
      values: [now, countTo],
    });
    return rows.map(toLaneSummary);
  }

  async find(id: string): Promise<MessageRecord | undefined> {
    const rows = await this.#database.ask({
      name: 'find',
      text: `SELECT * FROM graphpost.delivery_row WHERE message = coalesce(
               (SELECT number FROM graphpost.message WHERE id = $1),
               (SELECT message FROM graphpost.delivery WHERE id = $1)) ORDER BY id`,
      values: [id],
    });
    const [first] = rows;
    if (first === undefined) return undefined;
    const message = toMessage(text(first, 'document'), id);
    const content = await this.#contentOf(first);
    const deliveries = await Promise.all(
      rows.map(async (row) =>
        toRecord(toDeliveryRow(row), { message, history: await this.#history(row) }),
      ),
    );
    return { message, deliveries, ...(content && { content }) };
  }

  async bodyDigestsOf(messageId: string): Promise<readonly string[]> {
    const rows = await this.#database.ask({
      name: 'body_digests',
      text: 'SELECT DISTINCT body_digest FROM graphpost.message WHERE given_id_key = $1',
      values: [String(givenIdKey(messageId))],
    });
    return rows.map((row) => text(row, 'body_digest'));
  }

  /** Those that cannot be read would keep all others from their turn for ever. */
  async dueReports({ limit }: { readonly limit: number }): Promise<readonly DueReport[]> {
    for (;;) {
      const rows = await this.#database.ask({
        name: 'due_reports',
        text: 'SELECT * FROM graphpost.delivery_row WHERE report_due ORDER BY ended_at, id LIMIT $1',
        values: [limit],
      });
      const reports = await Promise.all(rows.map((row) => this.#toDueReport(row)));
      const due = reports.flatMap((report) => report ?? []);
      if (due.length === rows.length) return due;
      const damaged = rows.filter((_, index) => reports[index] === undefined);
      for (const row of damaged) await this.dismissReport(text(row, 'id'));
    }
  }

  async dismissReport(deliveryId: string): Promise<void> {
    await this.#database.ask({
      name: 'dismiss_report',
      text: 'UPDATE graphpost.delivery SET report_due = false WHERE id = $1 AND report_due',
      values: [deliveryId],
    });
  }

  async breakers(): Promise<ReadonlyMap<string, Breaker>> {
    const text = 'SELECT connection, document FROM graphpost.breaker';
    const rows = await this.#database.ask({ name: 'breakers', text });
    return new Map(rows.flatMap(toBreakerEntry));
  }

  async saveBreaker(connection: string, breaker: Breaker): Promise<void> {
    await this.#database.ask({
      name: 'save_breaker',
      text: `INSERT INTO graphpost.breaker VALUES ($1, $2)
             ON CONFLICT (connection) DO UPDATE SET document = excluded.document`,
      values: [connection, JSON.stringify(breaker)],
    });
  }

  /** Undefined, and it is told, where the row is damaged. */
  async #toDueReport(row: Row): Promise<DueReport | undefined> {
    const content = await this.#contentOf(row);
    const id = text(row, 'id');
    try {
      const message = toMessage(text(row, 'document'), id);
      const delivery = toDelivery(toDeliveryRow(row), message.id);
      const attempt = toAttempt(textOrNull(row, 'last_attempt') ?? '', id);
      return { message, delivery, attempt, ...(content && { content }) };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#events.fault({ where: 'store', error, id });
      return undefined;
    }
  }

  async #history(row: Row): Promise<readonly string[]> {
    const older = await this.#database.ask({
      name: 'older_attempts',
      text: 'SELECT document FROM graphpost.attempt WHERE delivery = $1 ORDER BY recorded',
      values: [text(row, 'id')],
    });
    const last = textOrNull(row, 'last_attempt');
    return [...older.map((each) => text(each, 'document')), ...(last === null ? [] : [last])];
  }

  /** Undefined where the body was dropped. */
  async #contentOf(row: Row): Promise<Content | undefined> {
    const body = integer(row, 'message');
    const sizeBytes = integer(row, 'size_bytes');
    if (sizeBytes > 0 && !(await this.#bodies.has(body))) return undefined;
    return new StoredContent({ bodies: this.#bodies, body, sizeBytes });
  }
}

function toLaneSummary(row: Row): LaneSummary {
  const pausedUntil = integerOrNull(row, 'paused_until');
  return {
    lane: toLaneKey(text(row, 'key')),
    concurrency: integer(row, 'concurrency'),
    sending: integer(row, 'sending'),
    waiting: integer(row, 'waiting'),
    ...(pausedUntil !== null && { pausedUntil }),
  };
}

/** None of one that cannot be read: it is closed then. */
function toBreakerEntry(row: Row): [string, Breaker][] {
  const connection = text(row, 'connection');
  try {
    return [[connection, toBreaker(text(row, 'document'), connection)]];
  } catch (error) {
    if (error instanceof StoreError) return [];
    throw error;
  }
}
