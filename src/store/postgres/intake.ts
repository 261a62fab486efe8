// Commits new messages, also where the answer to a commit is lost: then it is asked again until the answer is decisive.
import { crc32 } from 'node:zlib';
import {
  StoreError,
  type Events,
  type NewDelivery,
  type StoredMessage,
} from '../../relay/ports.ts';
import { givenIdOf } from '../given-id.ts';
import { asBuffer } from './bodies.ts';
import type { FinishedBody } from './body.ts';
import type { Database } from './database.ts';
import { text } from './row.ts';
import { AnswerLost } from './trouble.ts';

export interface NewMail {
  readonly message: StoredMessage;
  readonly deliveries: readonly NewDelivery[];
  readonly body: FinishedBody;
  readonly reportOf?: string | undefined;
}

export interface IntakeOptions {
  readonly events: Pick<Events, 'fault'>;
  /** Epoch ms. */
  readonly now: () => number;
  /** Resolves after so many ms. */
  readonly wait: (ms: number) => Promise<void>;
}

/** A client waits for its 250 meanwhile. */
const maxTries = 5;
const maxWaitMs = 30_000;
const betweenTriesMs = 200;

export class Intake {
  readonly #database: Database;
  readonly #options: IntakeOptions;
  /** Messages that were refused although they may be here: none of them may be sent. */
  readonly #refused = new Set<string>();

  constructor(database: Database, options: IntakeOptions) {
    this.#database = database;
    this.#options = options;
  }

  /**
   * Makes the message exist. The same message is put in again after a lost answer: PostgreSQL lets that wait for the
   * commit whose answer was lost, and then says whether the message is here.
   * False: nothing was written, because the report was not due.
   */
  async accept(mail: NewMail): Promise<boolean> {
    const values = [JSON.stringify(toDocument(mail)), asBuffer(mail.body.tail)];
    const giveUpAt = this.#options.now() + maxWaitMs;
    let isInDoubt = false;
    for (let tries = 1; ; tries++) {
      try {
        return answered(await this.#ask(values), { mail, isInDoubt });
      } catch (error) {
        // After a lost answer, no later trouble says what became of the first question.
        isInDoubt ||= error instanceof AnswerLost;
        if (!isInDoubt) throw error;
        if (tries === maxTries || this.#options.now() >= giveUpAt) {
          this.#refused.add(mail.message.id);
          throw error;
        }
        await this.#options.wait(betweenTriesMs * tries);
      }
    }
  }

  /** Takes back what was refused. Never throws: what cannot be settled now is at the next call. */
  async settle(): Promise<void> {
    for (const id of [...this.#refused]) {
      try {
        const row = await this.#database.ask({
          name: 'revoke',
          text: 'SELECT graphpost.revoke($1) AS result',
          values: [id],
        });
        this.#refused.delete(id);
        if (text(row[0] ?? {}, 'result') === 'begun') this.#reportBegun(id);
      } catch {
        return;
      }
    }
  }

  async #ask(values: readonly unknown[]): Promise<string> {
    const [row] = await this.#database.ask({
      name: 'accept',
      text: 'SELECT graphpost.accept($1::jsonb, $2::bytea) AS result',
      values,
    });
    return text(row ?? {}, 'result');
  }

  #reportBegun(id: string): void {
    const sentence =
      'Its commit got no answer in time, so its client was told to try again; but it was there, and is being sent: it may arrive twice';
    this.#options.events.fault({ where: 'store', error: new StoreError('away', sentence), id });
  }
}

/** @throws StoreError when another message has its id */
function answered(
  result: string,
  { mail, isInDoubt }: { readonly mail: NewMail; readonly isInDoubt: boolean },
): boolean {
  if (result === 'notDue') return false;
  if (result === 'accepted' || isInDoubt) return true;
  if (result === 'reported') return false;
  throw new StoreError('away', `There is a message with the id "${mail.message.id}" already`);
}

function toDocument({ message, deliveries, body, reportOf }: NewMail): object {
  const { id, receivedAt } = message;
  const given = givenIdOf(message);
  return {
    id,
    receivedAt,
    sizeBytes: body.sizeBytes,
    document: JSON.stringify(message),
    ...(given && { givenIdKey: String(given.key), bodyDigest: given.bodyDigest }),
    body: body.body ?? null,
    chunksStored: body.chunksStored,
    crc32: crc32(body.tail),
    ...(reportOf !== undefined && { reportOf }),
    deliveries: toNewDeliveryRows(deliveries),
  };
}

/** As the function `enrol` reads them; one that is ready without a time is due when its message was received. */
export function toNewDeliveryRows(deliveries: readonly NewDelivery[]): readonly object[] {
  return deliveries.map(({ id, lane, laneConcurrency, state, priority, connection, ...rest }) => ({
    id,
    lane,
    concurrency: laneConcurrency,
    state,
    priority: priority === 'high' ? 0 : 1,
    connection,
    route: JSON.stringify(rest.route),
    mayHaveBeenSent: rest.mayHaveBeenSent ?? state === 'unsure',
    ...(state !== 'held' && rest.dueAt !== undefined && { dueAt: rest.dueAt }),
  }));
}
