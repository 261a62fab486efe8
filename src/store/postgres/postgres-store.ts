// The durable queue of several replicas: a PostgreSQL database that all of them share.
import type { Breaker } from '../../core/breaker.ts';
import type { Attempt, DeliveryChange } from '../../core/delivery.ts';
import {
  StoreError,
  type BodyWriter,
  type Claim,
  type ClaimOptions,
  type DeliveryFilter,
  type DeliveryPage,
  type DeliveryRecord,
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
  type RateCount,
  type Store,
  type StoredMessage,
} from '../../relay/ports.ts';
import { Bodies, chunkBytes } from './bodies.ts';
import { Body } from './body.ts';
import { Claims } from './claims.ts';
import { Database, type DatabaseOptions } from './database.ts';
import { Instance } from './instance.ts';
import { Intake, toNewDeliveryRows } from './intake.ts';
import { Ledgers } from './ledgers.ts';
import { openQueue } from './open-queue.ts';
import { Overview } from './overview.ts';
import { Rates } from './rates.ts';
import { flag, integer } from './row.ts';
import { Search } from './search.ts';

export interface PostgresStoreOptions extends Pick<
  DatabaseOptions,
  'clientClass' | 'maxConnections'
> {
  /** `postgres://user:password@host:port/database`; the parameters of `pg`, such as `sslmode`, may follow. */
  readonly url: string;
  /** Of this process, another one in each start. */
  readonly instance: string;
  /** Bodies of delivered messages stay until `sweep` forgets the messages. */
  readonly keepBodies: boolean;
  /** Epoch ms: the clock whose times the store is given. */
  readonly now: () => number;
  /** Resolves after so many ms. */
  readonly wait: (ms: number) => Promise<void>;
  readonly events: Pick<Events, 'storeCommitted' | 'fault' | 'notice'>;
}

/**
 * Opens the queue, and makes or migrates its tables where they are missing or older.
 * @throws StoreError when PostgreSQL cannot be reached, its queue is of a newer version, or may not be made
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  const { events } = options;
  const fault = (error: StoreError) => events.fault({ where: 'store', error });
  const database = new Database({ ...options, fault });
  const store = new PostgresStore(database, options);
  try {
    await openQueue(database, { events });
    await store.begin();
    return store;
  } catch (error) {
    await store.abandon();
    throw error;
  }
}

/** From the first of the last questions to the end. */
const closeTimeoutMs = 5_000;

/**
 * Times in the queue are those that the callers give: clocks of replicas that differ by seconds shift a retry by seconds.
 * A lease is the exception that could do harm, so `claim` refuses where the clock is too far off (`Instance`).
 */
export class PostgresStore implements Store {
  readonly #options: PostgresStoreOptions;
  readonly #database: Database;
  readonly #bodies: Bodies;
  readonly #intake: Intake;
  readonly #claims: Claims;
  readonly #overview: Overview;
  readonly #search: Search;
  readonly #instance: Instance;
  readonly #rates: Rates;
  readonly #ledgers: Ledgers;
  #closed: Promise<void> | undefined;

  constructor(database: Database, options: PostgresStoreOptions) {
    const { instance, keepBodies, events } = options;
    this.#options = options;
    this.#database = database;
    this.#bodies = new Bodies(database, instance);
    this.#intake = new Intake(database, options);
    this.#claims = new Claims({ database, bodies: this.#bodies, instance, keepBodies, events });
    this.#overview = new Overview({ database, bodies: this.#bodies, events });
    this.#rates = new Rates(database, instance);
    this.#ledgers = new Ledgers(database);
    this.#search = new Search({ database, keepBodies, events });
    this.#instance = new Instance({ ...options, database, id: instance }, async () => {
      await this.#intake.settle();
      await this.#bodies.deleteDropped();
    });
  }

  /** Says that this process lives, and takes over what dead ones left. */
  async begin(): Promise<void> {
    await this.#instance.beat();
    void this.#bodies.deleteDropped();
  }

  createBody(messageId: string): BodyWriter {
    return new Body(this.#bodies, messageId);
  }

  async commit(
    message: StoredMessage,
    deliveries: readonly NewDelivery[],
    body: BodyWriter,
    { reportOf }: { readonly reportOf?: string } = {},
  ): Promise<boolean> {
    if (!(body instanceof Body)) throw new StoreError('away', 'The body is of another store');
    const finished = body.finish();
    const startedAt = performance.now();
    try {
      const isWritten = await this.#intake.accept({
        message,
        deliveries,
        body: finished,
        reportOf,
      });
      if (!isWritten) {
        await body.abandon();
        return false;
      }
    } catch (error) {
      await body.abandon();
      throw error;
    }
    const durationMs = performance.now() - startedAt;
    this.#options.events.storeCommitted({ messages: 1, durationMs });
    return true;
  }

  async claim(options: ClaimOptions): Promise<readonly Claim[]> {
    this.#instance.checkClock();
    await this.#intake.settle();
    return await this.#claims.claim(options);
  }

  renew(claim: Claim, leaseUntil: number): Promise<boolean> {
    return this.#claims.renew(claim, leaseUntil);
  }

  async record(claim: Claim, attempt: Attempt, change: DeliveryChange): Promise<boolean> {
    const isWritten = await this.#claims.record(claim, attempt, change);
    const isLarge = claim.content.sizeBytes > chunkBytes;
    if (isLarge && change.state === 'delivered') void this.#bodies.deleteDropped();
    return isWritten;
  }

  nextDueAt(): Promise<number | undefined> {
    return this.#overview.nextDueAt();
  }

  figures(): Promise<QueueFigures> {
    return this.#overview.figures();
  }

  list(options: ListOptions): Promise<DeliveryPage> {
    return this.#search.list(options);
  }

  find(id: string): Promise<MessageRecord | undefined> {
    return this.#overview.find(id);
  }

  async act(action: QueueAction, filter: DeliveryFilter): Promise<number> {
    const changed = await this.#search.act(action, filter);
    if (action.kind === 'remove') await this.#bodies.deleteDropped();
    return changed;
  }

  async replace(
    deliveryId: string,
    deliveries: readonly NewDelivery[],
    { fence, state }: Pick<DeliveryRecord, 'fence' | 'state'>,
  ): Promise<boolean> {
    const [row] = await this.#database.ask({
      name: 'replace',
      text: 'SELECT graphpost.replace_delivery($1, $2::jsonb, $3, $4) AS is_replaced',
      values: [deliveryId, JSON.stringify(toNewDeliveryRows(deliveries)), fence, state],
    });
    return flag(row ?? {}, 'is_replaced');
  }

  lanes(options: LanesOptions): Promise<readonly LaneSummary[]> {
    return this.#overview.lanes(options);
  }

  bodyDigestsOf(messageId: string): Promise<readonly string[]> {
    return this.#overview.bodyDigestsOf(messageId);
  }

  dueReports(options: { readonly limit: number }): Promise<readonly DueReport[]> {
    return this.#overview.dueReports(options);
  }

  dismissReport(deliveryId: string): Promise<void> {
    return this.#overview.dismissReport(deliveryId);
  }

  shareRates(
    own: readonly RateCount[],
    options: { readonly now: number },
  ): Promise<readonly RateCount[]> {
    return this.#rates.share(own, options);
  }

  writeLedgers(
    ledgers: readonly KeptLedger[],
    options: { readonly now: number },
  ): Promise<readonly KeptLedger[]> {
    return this.#ledgers.write(ledgers, options);
  }

  breakers(): Promise<ReadonlyMap<string, Breaker>> {
    return this.#overview.breakers();
  }

  saveBreaker(connection: string, breaker: Breaker): Promise<void> {
    return this.#overview.saveBreaker(connection, breaker);
  }

  backup(): Promise<void> {
    const sentence =
      'A queue in PostgreSQL is not copied by Graphpost: use pg_dump --schema=graphpost, or the backup of your server';
    return Promise.reject(new StoreError('away', sentence));
  }

  async sweep(options: { deliveredBefore: number; failedBefore: number }): Promise<number> {
    const { deliveredBefore, failedBefore } = options;
    let messages = 0;
    for (let deliveredFrom = 0; ;) {
      const [row = {}] = await this.#database.ask({
        name: 'sweep',
        text: 'SELECT messages, more, delivered_from FROM graphpost.sweep($1, $2, $3, $4)',
        values: [deliveredFrom, deliveredBefore, failedBefore, this.#options.keepBodies],
      });
      messages += integer(row, 'messages');
      if (!flag(row, 'more')) break;
      deliveredFrom = integer(row, 'delivered_from');
    }
    await this.#ledgers.forget(Math.min(deliveredBefore, failedBefore));
    await this.#bodies.deleteDropped();
    return messages;
  }

  /** Finishes what was asked before. What this process had claimed may have been sent, and is due for the others. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#inTime(this.#close());
    return this.#closed;
  }

  /** Closes without a word to the database. */
  async abandon(): Promise<void> {
    this.#instance.stop();
    this.#closed ??= this.#inTime(this.#database.end());
    await this.#closed;
  }

  async #close(): Promise<void> {
    this.#instance.stop();
    await this.#intake.settle();
    await this.#database.close(new StoreError('away', 'The queue is closed'));
    await twice(() => this.#claims.endAll());
    await twice(() => this.#instance.end());
    await this.#bodies.deleteLast();
    await this.#database.end();
  }

  /** A database that is away must not keep the process. */
  async #inTime(work: Promise<void>): Promise<void> {
    await Promise.race([work, this.#options.wait(closeTimeoutMs)]);
  }
}

/** Where the second time fails too, others find out by themselves when leases and instances have ended. */
async function twice(work: () => Promise<void>): Promise<void> {
  await work()
    .catch(work)
    .catch(() => undefined);
}
