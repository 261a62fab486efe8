// The durable queue on one node: a SQLite file on a thread of its own.
import { extname } from 'node:path';
import { Worker, type MessagePort } from 'node:worker_threads';
import type { Breaker } from '../../core/breaker.ts';
import type { Attempt, DeliveryChange } from '../../core/delivery.ts';
import {
  StoreError,
  type BodyWriter,
  type Claim,
  type ClaimOptions,
  type Content,
  type DeliveryFilter,
  type DeliveryPage,
  type DeliveryRecord,
  type DeliverySummary,
  type DueReport,
  type Events,
  type KeptLedger,
  type LaneSummary,
  type LanesOptions,
  type ListOptions,
  type MessageRecord,
  type NewDelivery,
  type QueueAction,
  type QueueFigures,
  type Store,
  type StoredMessage,
} from '../../relay/ports.ts';
import {
  toAttempt,
  toBreaker,
  toDelivery,
  toLaneKey,
  toLedger,
  toMessage,
  toRecord,
  toSummary,
} from '../documents.ts';
import { Body } from './body.ts';
import { ChunkPool } from './chunk-pool.ts';
import { GivenIds } from './given-ids.ts';
import { prepareDatabaseFile } from './database-file.ts';
import { toClaim, toNewDeliveryRow, toNewMessage } from './new-rows.ts';
import type { BodyRow, ClaimedRow, DueReportRow, ListedRow, SweepPlace } from './operations.ts';
import type { Opening, ThreadOptions } from './sqlite-thread.ts';
import { StoredContent } from './stored-content.ts';
import { ThreadLink, toStoreError } from './thread-link.ts';

export interface SqliteStoreOptions {
  /** Path of the queue file. Its folder is made when it is missing; a log and a ballast file lie beside it. */
  readonly file: string;
  /** Bodies of delivered messages stay until `sweep` forgets the messages. */
  readonly keepBodies: boolean;
  readonly events: Pick<Events, 'storeCommitted' | 'fault'>;
  /** Called when the thread has died: nothing will be accepted or sent any more. */
  readonly onLost?: (error: StoreError) => void;
  /** A quota on the file, in pages of 4 KiB. Absent: as large as the disk allows. */
  readonly maxPages?: number;
  /** How long another process may still hold the file. Default: not at all. */
  readonly lockWaitMs?: number;
}

/**
 * Opens the queue and takes over what the process before left: bodies without a message are deleted, attempts without a
 * result become unsure. The thread has begun when this returns, and goes on while the caller keeps the event loop busy.
 * @throws StoreError when another process holds the file, it cannot be used, or lies on a network file system
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { file, keepBodies, maxPages, lockWaitMs } = options;
  prepareDatabaseFile(file);
  const workerData: ThreadOptions = { file, keepBodies, maxPages, lockWaitMs };
  // tsc does not rewrite the extension inside a URL: the thread has the one that this file has.
  const entry = new URL(`./sqlite-thread${extname(import.meta.filename)}`, import.meta.url);
  const thread = new Worker(entry, { name: 'store', workerData });
  const opening = await firstPost(thread);
  if ('trouble' in opening) throw toStoreError(opening.trouble);
  return new SqliteStore(thread, { ...options, nextBody: opening.nextBody });
}

async function firstPost(thread: Worker): Promise<Opening> {
  const { promise, resolve, reject } = Promise.withResolvers<Opening>();
  thread.once('message', resolve).once('error', reject).once('exit', reject);
  try {
    return await promise;
  } catch (cause) {
    throw new StoreError('away', `The thread of the queue did not start: ${String(cause)}`, {
      cause,
    });
  } finally {
    thread.off('error', reject).off('exit', reject);
  }
}

/** Steps of a thousand rows each that one question may take. */
const stepsPerList = 5;
/** Of an action. */
const idsPerStep = 100;
/** Chunks on their way to the disk, of all bodies together: 4 MiB. */
const poolSize = 16;

export class SqliteStore implements Store {
  readonly #thread: MessagePort | Worker;
  readonly #link: ThreadLink;
  readonly #events: Pick<Events, 'storeCommitted' | 'fault'>;
  readonly #pool = new ChunkPool(poolSize);
  readonly #onLost: ((error: StoreError) => void) | undefined;
  readonly #givenIds: GivenIds;
  #nextBody: number;
  #closed: Promise<void> | undefined;

  /** @param thread where an `Engine` is served, whose `nextBody` is given */
  constructor(
    thread: MessagePort | Worker,
    options: Pick<SqliteStoreOptions, 'events' | 'onLost'> & { readonly nextBody: number },
  ) {
    this.#thread = thread;
    this.#nextBody = options.nextBody;
    this.#events = options.events;
    this.#onLost = options.onLost;
    this.#link = new ThreadLink(thread, {
      committed: (round) => options.events.storeCommitted(round),
      fault: (error) => options.events.fault({ where: 'store', error }),
    });
    this.#givenIds = new GivenIds(this.#link);
    this.#watch();
  }

  createBody(messageId: string): BodyWriter {
    const body = this.#nextBody;
    this.#nextBody += 1;
    return new Body({ link: this.#link, pool: this.#pool, body, messageId });
  }

  async commit(
    message: StoredMessage,
    deliveries: readonly NewDelivery[],
    body: BodyWriter,
    { reportOf }: { readonly reportOf?: string } = {},
  ): Promise<boolean> {
    if (!(body instanceof Body)) throw new StoreError('away', 'The body is of another store');
    const finished = await body.finish();
    const rows = toNewMessage(message, deliveries);
    if (rows.givenId) this.#givenIds.add(rows.givenId);
    const ask = { ...finished, ...rows, ...(reportOf && { reportOf }) };
    try {
      return await this.#link.call('commit', { ask, lent: [finished.tail.buffer] });
    } catch (error) {
      await body.abandon();
      throw error;
    }
  }

  async claim(options: ClaimOptions): Promise<readonly Claim[]> {
    const { limit, now, leaseMs } = options;
    const rows = await this.#link.call('claim', { ask: { limit, now, leaseMs } });
    return rows.flatMap((row) => this.#toClaim(row));
  }

  renew({ delivery, fence }: Claim, leaseUntil: number): Promise<boolean> {
    return this.#link.call('renew', { ask: { id: delivery.id, fence, leaseUntil } });
  }

  record(claim: Claim, attempt: Attempt, change: DeliveryChange): Promise<boolean> {
    const { delivery, fence } = claim;
    const { endedAt } = attempt;
    const ask = { id: delivery.id, fence, attempt: JSON.stringify(attempt), endedAt, change };
    return this.#link.call('record', { ask });
  }

  nextDueAt(): Promise<number | undefined> {
    return this.#link.call('nextDueAt', { ask: undefined });
  }

  figures(): Promise<QueueFigures> {
    return this.#link.call('figures', { ask: undefined });
  }

  async list({ limit, before, ...filter }: ListOptions): Promise<DeliveryPage> {
    const deliveries: DeliverySummary[] = [];
    let next = before;
    for (let step = 0; step < stepsPerList; step++) {
      const ask = { filter, before: next, limit: limit - deliveries.length };
      const page = await this.#link.call('list', { ask });
      deliveries.push(...page.rows.flatMap((row) => this.#toSummary(row)));
      ({ next } = page);
      if (next === undefined || deliveries.length === limit) break;
    }
    return { deliveries, ...(next !== undefined && { next }) };
  }

  async find(id: string): Promise<MessageRecord | undefined> {
    const found = await this.#link.call('find', { ask: { id } });
    if (found === undefined) return undefined;
    const message = toMessage(found.document, found.id);
    return {
      message,
      deliveries: found.deliveries.map((row) => toRecord(row, { message, history: row.history })),
      ...this.#contentOf(found),
    };
  }

  async act(action: QueueAction, filter: DeliveryFilter): Promise<number> {
    let changed = 0;
    for (const part of splitIds(filter)) {
      let before: string | undefined;
      do {
        const step = await this.#link.call('act', { ask: { action, filter: part, before } });
        changed += step.changed;
        before = step.next;
      } while (before !== undefined);
    }
    return changed;
  }

  replace(
    deliveryId: string,
    deliveries: readonly NewDelivery[],
    { fence, state }: Pick<DeliveryRecord, 'fence' | 'state'>,
  ): Promise<boolean> {
    const rows = deliveries.map((delivery) => toNewDeliveryRow(delivery));
    const ask = { id: deliveryId, deliveries: rows, seen: { fence, state } };
    return this.#link.call('replace', { ask });
  }

  lanes(options: LanesOptions): Promise<readonly LaneSummary[]> {
    return this.#link.call('lanes', { ask: options });
  }

  bodyDigestsOf(messageId: string): Promise<readonly string[]> {
    return this.#givenIds.bodyDigestsOf(messageId);
  }

  async dueReports({ limit }: { readonly limit: number }): Promise<readonly DueReport[]> {
    for (;;) {
      const rows = await this.#link.call('dueReports', { ask: { limit } });
      const due = rows.flatMap((row) => this.#toDueReport(row));
      const damaged = rows.filter(
        ({ delivery: { id } }) => !due.some((each) => each.delivery.id === id),
      );
      // They would keep all others from their turn for ever.
      const dismissed = await Promise.all(damaged.map((row) => this.#isDismissed(row.delivery.id)));
      if (!dismissed.includes(true)) return due;
    }
  }

  async #isDismissed(deliveryId: string): Promise<boolean> {
    try {
      await this.dismissReport(deliveryId);
      return true;
    } catch (error) {
      this.#events.fault({ where: 'store', error, id: deliveryId });
      return false;
    }
  }

  dismissReport(deliveryId: string): Promise<void> {
    return this.#link.call('dismissReport', { ask: { id: deliveryId } });
  }

  async writeLedgers(
    ledgers: readonly KeptLedger[],
    { now }: { readonly now: number },
  ): Promise<readonly KeptLedger[]> {
    const rows = ledgers.map((kept) => ({ ...kept, ledger: JSON.stringify(kept.ledger) }));
    const changed = await this.#link.call('writeLedgers', { ask: { ledgers: rows, now } });
    return changed.map(({ lane, version, ledger }) => ({
      lane: toLaneKey(lane),
      version,
      ledger: toLedger(ledger),
    }));
  }

  async breakers(): Promise<ReadonlyMap<string, Breaker>> {
    const rows = await this.#link.call('breakers', { ask: undefined });
    return new Map(
      rows.flatMap(([connection, document]) =>
        this.#readable(connection, (): [string, Breaker] => [
          connection,
          toBreaker(document, connection),
        ]),
      ),
    );
  }

  saveBreaker(connection: string, breaker: Breaker): Promise<void> {
    const ask = { connection, document: JSON.stringify(breaker) };
    return this.#link.call('saveBreaker', { ask });
  }

  backup(file: string): Promise<void> {
    return this.#link.call('backup', { ask: { file } });
  }

  async sweep(options: { deliveredBefore: number; failedBefore: number }): Promise<number> {
    const { deliveredBefore, failedBefore } = options;
    let messages = 0;
    let after: SweepPlace | undefined;
    do {
      const ask = { deliveredBefore, failedBefore, after };
      const step = await this.#link.call('sweep', { ask });
      messages += step.messages;
      after = step.next;
    } while (after !== undefined);
    return messages;
  }

  /** Finishes what was asked before, and closes the file. Later calls fail. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const closed = new StoreError('away', 'The queue is closed');
    const answered = this.#link.call('close', { ask: undefined });
    this.#link.refuse(closed);
    this.#pool.end(closed);
    // A thread that has ended was reported when it did, and has nothing to finish.
    await answered.catch(() => undefined);
  }

  /** A thread that ends takes every call that waits with it. */
  #watch(): void {
    let isOver = false;
    const end = (cause: unknown) => {
      if (isOver) return;
      isOver = true;
      const error = new StoreError('away', `The thread of the queue ended: ${String(cause)}`, {
        cause,
      });
      this.#link.end(error);
      this.#pool.end(error);
      if (this.#closed !== undefined) return;
      this.#events.fault({ where: 'store', error });
      this.#onLost?.(error);
    };
    this.#thread.on('error', end);
    this.#thread.on('exit', (code: number) => end(`exit code ${code}`));
    this.#thread.on('close', () => end('its port was closed'));
  }

  /** A row that cannot be read is set aside: else it would be claimed, and fail, for ever. */
  #toClaim(row: ClaimedRow): Claim[] {
    const { id, fence, body, sizeBytes, bytes } = row;
    const content = new StoredContent({ link: this.#link, body, sizeBytes, bytes });
    try {
      return [toClaim(row, content)];
    } catch (error) {
      this.#events.fault({ where: 'store', error, id });
      this.#link.call('setAside', { ask: { id, fence } }).catch((unwritten: unknown) => {
        this.#events.fault({ where: 'store', error: unwritten, id });
      });
      return [];
    }
  }

  #toSummary(row: ListedRow): DeliverySummary[] {
    return this.#readable(row.id, () => toSummary(row, toMessage(row.document, row.id)));
  }

  #toDueReport(row: DueReportRow): DueReport[] {
    const { id, lastAttempt } = row.delivery;
    return this.#readable(id, () => {
      const message = toMessage(row.document, id);
      const attempt = toAttempt(lastAttempt ?? '', id);
      const delivery = toDelivery(row.delivery, message.id);
      return { message, delivery, attempt, ...this.#contentOf(row) };
    });
  }

  #contentOf({ hasBody, body, sizeBytes }: BodyRow): { readonly content?: Content } {
    if (!hasBody) return {};
    return { content: new StoredContent({ link: this.#link, body, sizeBytes, bytes: undefined }) };
  }

  /** Nothing, and it is told, where a row is damaged. */
  #readable<T>(id: string, read: () => T): T[] {
    try {
      return [read()];
    } catch (error) {
      this.#events.fault({ where: 'store', error, id });
      return [];
    }
  }
}

/** Ids take their rows in one step, so there must not be too many in it. */
function splitIds({ ids, ...filter }: DeliveryFilter): DeliveryFilter[] {
  if (ids === undefined) return [filter];
  const parts = Array.from({ length: Math.ceil(ids.length / idsPerStep) }, (_, index) =>
    ids.slice(index * idsPerStep, (index + 1) * idsPerStep),
  );
  return parts.map((part) => ({ ...filter, ids: part }));
}
