// The durable queue on one node: a SQLite file on a thread of its own.
import { extname } from 'node:path';
import { Worker, type MessagePort } from 'node:worker_threads';
import type { Attempt, DeliveryChange } from '../../core/delivery.ts';
import {
  StoreError,
  type BodyWriter,
  type Claim,
  type ClaimOptions,
  type DeliverySummary,
  type Events,
  type ListOptions,
  type NewDelivery,
  type QueueFigures,
  type Store,
  type StoredMessage,
} from '../../relay/ports.ts';
import { Body } from './body.ts';
import { ChunkPool } from './chunk-pool.ts';
import { prepareDatabaseFile } from './database-file.ts';
import { toAttempt, toClaim, toNewDeliveryRow, toSummary } from './documents.ts';
import type { ClaimedRow, ListedRow } from './operations.ts';
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
  /** A quota on the file, in pages of 16 KiB. Absent: as large as the disk allows. */
  readonly maxPages?: number;
}

/**
 * Opens the queue and takes over what the process before left: bodies without a message are deleted, attempts without a
 * result become unsure.
 * @throws StoreError when another process holds the file, it cannot be used, or lies on a network file system
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { file, keepBodies, maxPages } = options;
  await prepareDatabaseFile(file);
  const workerData: ThreadOptions = { file, keepBodies, maxPages };
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

/** Chunks on their way to the disk, of all bodies together: 4 MiB. */
const poolSize = 16;

export class SqliteStore implements Store {
  readonly #thread: MessagePort | Worker;
  readonly #link: ThreadLink;
  readonly #events: Pick<Events, 'storeCommitted' | 'fault'>;
  readonly #pool = new ChunkPool(poolSize);
  readonly #onLost: ((error: StoreError) => void) | undefined;
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
  ): Promise<void> {
    if (!(body instanceof Body)) throw new StoreError('away', 'The body is of another store');
    const finished = await body.finish();
    const { id, receivedAt } = message;
    const ask = {
      ...finished,
      id,
      receivedAt,
      document: JSON.stringify(message),
      deliveries: deliveries.map((delivery) => toNewDeliveryRow(delivery, receivedAt)),
    };
    try {
      await this.#link.call('commit', { ask, lent: [finished.tail.buffer] });
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

  async list(options: ListOptions): Promise<readonly DeliverySummary[]> {
    const { limit, before, state } = options;
    const rows = await this.#link.call('list', { ask: { limit, before, state } });
    return rows.flatMap((row) => this.#toSummary(row));
  }

  /** What the attempts of a delivery came to, oldest first. Of very many the oldest are gone. */
  async attempts(deliveryId: string): Promise<readonly Attempt[]> {
    const documents = await this.#link.call('attempts', { ask: { id: deliveryId } });
    return documents.map((document) => toAttempt(document, deliveryId));
  }

  async sweep(options: { deliveredBefore: number; failedBefore: number }): Promise<number> {
    let messages = 0;
    for (;;) {
      const step = await this.#link.call('sweep', { ask: options });
      messages += step.messages;
      if (!step.more) return messages;
    }
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
    try {
      return [toSummary(row)];
    } catch (error) {
      this.#events.fault({ where: 'store', error, id: row.id });
      return [];
    }
  }
}
