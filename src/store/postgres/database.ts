// Connections to PostgreSQL: each question is one transaction, takes a connection that works, and gives up in time.
import { Pool, type ClientBase, type PoolClient } from 'pg';
import { StoreError } from '../../relay/ports.ts';
import type { Row } from './row.ts';
import { isConflict, isConnectionLost, toNoConnection, toStoreError } from './trouble.ts';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** What becomes of errors of connections that nobody uses just now. */
  readonly fault: (error: StoreError) => void;
  /** At once. Default: 16. */
  readonly maxConnections?: number;
  /** Default: that of `pg`. */
  readonly clientClass?: new () => ClientBase;
}

export interface Question {
  /** Of the prepared statement: the same for the same text. */
  readonly name: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

export type Ask = (text: string) => Promise<readonly Row[]>;

/** PostgreSQL makes one fsync for many commits that come at once: these are enough for thousands a second. */
const enoughConnections = 16;
const connectTimeoutMs = 5_000;
/** Of a connection that nobody needs. */
const idleMs = 60_000;
const lockTimeoutMs = 5_000;
/** In the server; the other one is for a server that does not answer at all. */
const statementTimeoutMs = 20_000;
const answerTimeoutMs = 25_000;
/** After a deadlock; one in ten thousand, in practice none. */
const maxTries = 5;

export class Database {
  readonly #pool: Pool;
  readonly #running = new Set<Promise<unknown>>();
  #closed: StoreError | undefined;

  constructor({ url, fault, maxConnections, clientClass }: DatabaseOptions) {
    this.#pool = new Pool({
      connectionString: url,
      application_name: 'graphpost',
      max: maxConnections ?? enoughConnections,
      connectionTimeoutMillis: connectTimeoutMs,
      idleTimeoutMillis: idleMs,
      statement_timeout: statementTimeoutMs,
      query_timeout: answerTimeoutMs,
      lock_timeout: lockTimeoutMs,
      idle_in_transaction_session_timeout: statementTimeoutMs,
      keepAlive: true,
      ...(clientClass && { Client: clientClass }),
    });
    const report = (error: unknown) => fault(toStoreError(error));
    this.#pool.on('error', report);
    // The pool listens to idle clients alone: one that is lost while somebody has it would end the process.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /**
   * The rows that a statement gives; it is a transaction by itself.
   * @throws AnswerLost when it may have been carried out all the same; any other StoreError when it was not
   */
  async ask(question: Question): Promise<readonly Row[]> {
    return await this.#run((client) => query(client, question));
  }

  /** What `work` returns, once its transaction is committed. Throws as `ask` does. */
  async transaction(work: (ask: Ask) => Promise<void>): Promise<void> {
    await this.#run(async (client) => {
      const ask: Ask = async (text) => (await client.query<Record<string, unknown>>(text)).rows;
      await ask('BEGIN');
      try {
        await work(ask);
        await ask('COMMIT');
      } catch (error) {
        await ask('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
  }

  /** Later questions are refused; resolves when those that were asked before are answered. */
  async close(refusal: StoreError): Promise<void> {
    this.#closed ??= refusal;
    await Promise.allSettled([...this.#running]);
  }

  /** Ends all connections. Never throws. */
  async end(): Promise<void> {
    await this.close(new StoreError('away', 'The queue is closed'));
    await this.#pool.end().catch(() => undefined);
  }

  /** As `ask`, also after `close`. */
  async askLast(question: Question): Promise<readonly Row[]> {
    return await this.#tryOften((client) => query(client, question));
  }

  async #run<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw this.#closed;
    const running = this.#tryOften(work);
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #tryOften<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#tryOnce(work);
      } catch (error) {
        if (!isConflict(error) || tries === maxTries) throw toStoreError(error);
      }
    }
  }

  async #tryOnce<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw toNoConnection(error);
    });
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      // A connection in an unknown state is nobody's any more.
      client.release(isConnectionLost(error));
      throw error;
    }
  }
}

async function query(client: ClientBase, question: Question): Promise<readonly Row[]> {
  const { name, text, values = [] } = question;
  // As text, also bytes: what comes with "binary: true" has been decoded as UTF-8 by the library, and is damaged.
  return (await client.query<Record<string, unknown>>({ name, text, values: [...values] })).rows;
}
