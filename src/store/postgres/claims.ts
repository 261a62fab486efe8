// Claims and their results in PostgreSQL, also where an answer is lost: a claim is then given back, a result asked about.
import type { Attempt, DeliveryChange } from '../../core/delivery.ts';
import type { Claim, ClaimOptions, Events } from '../../relay/ports.ts';
import { toDelivery, toMessage } from '../documents.ts';
import { chunkBytes, type Bodies } from './bodies.ts';
import type { Database } from './database.ts';
import { flag, integer, text, toDeliveryRow, type Row } from './row.ts';
import { StoredContent } from './stored-content.ts';
import { AnswerLost } from './trouble.ts';

export interface ClaimsOptions {
  readonly database: Database;
  readonly bodies: Bodies;
  readonly instance: string;
  readonly keepBodies: boolean;
  readonly events: Pick<Events, 'fault'>;
}

/** Bodies of one chunk come with their claims, up to this many bytes per question. */
const maxBytesSent = 4 * 1_048_576;

export class Claims {
  readonly #options: ClaimsOptions;
  #lastClaim = 0;
  /** Claims whose answer was lost: what they took is given back before the next one. */
  readonly #lost = new Set<number>();
  /** Claims whose result may have been written. */
  readonly #recordInDoubt = new WeakSet<Claim>();

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  async claim(options: ClaimOptions): Promise<readonly Claim[]> {
    await this.#giveBackLost();
    const rows = await this.#take(options);
    const small = await this.#smallBodies(rows);
    const claims = await Promise.all(rows.map((row) => this.#toClaim(row, small)));
    return claims.flat();
  }

  /** Prolongs a lease, which is safe to be asked twice. */
  async renew({ delivery, fence }: Claim, leaseUntil: number): Promise<boolean> {
    const rows = await this.#options.database.ask({
      name: 'renew',
      text: `UPDATE graphpost.delivery SET due_at = $3
              WHERE id = $1 AND fence = $2 AND state = 'sending' RETURNING id`,
      values: [delivery.id, fence, leaseUntil],
    });
    return rows.length > 0;
  }

  /** After a lost answer it is asked again: the row says by its fence whether it was this claim's result. */
  async record(claim: Claim, attempt: Attempt, change: DeliveryChange): Promise<boolean> {
    try {
      return await this.#write(claim, attempt, change);
    } catch (error) {
      if (!(error instanceof AnswerLost)) throw error;
      this.#recordInDoubt.add(claim);
      return await this.#write(claim, attempt, change);
    }
  }

  /**
   * Ends what this process had claimed and will not end any more: nobody knows what became of it.
   * Throws as `Database.askLast` does.
   */
  async endAll(): Promise<void> {
    const { database, instance } = this.#options;
    for (const claim of [...this.#lost, null]) {
      await database.askLast(endClaims(instance, claim));
      if (claim !== null) this.#lost.delete(claim);
    }
  }

  async #giveBackLost(): Promise<void> {
    const { database, instance } = this.#options;
    for (const claim of [...this.#lost]) {
      await database.ask(endClaims(instance, claim));
      this.#lost.delete(claim);
    }
  }

  async #take({ limit, now, leaseMs }: ClaimOptions): Promise<readonly Row[]> {
    const { database, instance } = this.#options;
    this.#lastClaim += 1;
    const claim = this.#lastClaim;
    try {
      return await database.ask({
        name: 'claim',
        text: `SELECT id, message, lane_key, state, attempts, fence, ages_from, due_at, connection, route,
                  look_ups, hold_scope, in_doubt, NULL AS last_attempt, size_bytes, document
                 FROM graphpost.claim($1, $2, $3, $4, $5)`,
        values: [limit, now, leaseMs, instance, claim],
      });
    } catch (error) {
      if (error instanceof AnswerLost) this.#lost.add(claim);
      throw error;
    }
  }

  /** Without them each body is read when it is needed: trouble with them ends no claim. */
  async #smallBodies(rows: readonly Row[]): Promise<ReadonlyMap<number, Uint8Array>> {
    let bytesLeft = maxBytesSent;
    const wanted = rows.flatMap((row) => {
      const sizeBytes = integer(row, 'size_bytes');
      if (sizeBytes === 0 || sizeBytes > Math.min(chunkBytes, bytesLeft)) return [];
      bytesLeft -= sizeBytes;
      return [integer(row, 'message')];
    });
    return await this.#options.bodies.readFirst(wanted).catch(() => new Map());
  }

  /** A row that cannot be read is set aside: else it would be claimed, and fail, for ever. */
  async #toClaim(row: Row, small: ReadonlyMap<number, Uint8Array>): Promise<Claim[]> {
    const id = text(row, 'id');
    const fence = integer(row, 'fence');
    try {
      const message = toMessage(text(row, 'document'), id);
      const delivery = toDelivery(toDeliveryRow(row), message.id);
      const content = this.#contentOf(row, small);
      return [{ delivery, message, content, fence, mayHaveBeenSent: flag(row, 'in_doubt') }];
    } catch (error) {
      this.#options.events.fault({ where: 'store', error, id });
      await this.#setAside(id, fence);
      return [];
    }
  }

  async #setAside(id: string, fence: number): Promise<void> {
    const { database, events } = this.#options;
    const text = 'SELECT graphpost.set_aside($1, $2)';
    try {
      await database.ask({ name: 'set_aside', text, values: [id, fence] });
    } catch (error) {
      events.fault({ where: 'store', error, id });
    }
  }

  #contentOf(row: Row, small: ReadonlyMap<number, Uint8Array>): StoredContent {
    const body = integer(row, 'message');
    const sizeBytes = integer(row, 'size_bytes');
    const bytes = sizeBytes === 0 ? new Uint8Array(0) : small.get(body);
    const isWhole = bytes?.length === sizeBytes;
    return new StoredContent({
      bodies: this.#options.bodies,
      body,
      sizeBytes,
      bytes: isWhole ? bytes : undefined,
    });
  }

  async #write(claim: Claim, attempt: Attempt, change: DeliveryChange): Promise<boolean> {
    const { database, keepBodies } = this.#options;
    const values = [
      claim.delivery.id,
      claim.fence,
      this.#recordInDoubt.has(claim),
      keepBodies,
      JSON.stringify(attempt),
      JSON.stringify(toResult(change, attempt.endedAt)),
    ];
    const [row] = await database.ask({
      name: 'record',
      text: 'SELECT graphpost.record($1, $2, $3, $4, $5, $6::jsonb) AS is_written',
      values,
    });
    this.#recordInDoubt.delete(claim);
    return flag(row ?? {}, 'is_written');
  }
}

function endClaims(instance: string, claim: number | null) {
  const text = 'SELECT graphpost.end_claims($1, $2)';
  return { name: 'end_claims', text, values: [instance, claim] };
}

/** As the function `record` reads it. Held and ended deliveries are never due; any other is, at once without a time. */
function toResult(change: DeliveryChange, endedAt: number): object {
  const { state, attempts, agesFrom, pauseLaneUntil, hold, lookUps, move } = change;
  const isIdle = state === 'delivered' || state === 'failed' || state === 'held';
  return {
    state,
    attempts,
    agesFrom,
    endedAt,
    ...(!isIdle && { dueAt: change.dueAt ?? endedAt }),
    ...(pauseLaneUntil !== undefined && { pauseLaneUntil }),
    ...(hold !== undefined && { hold }),
    lookUps: lookUps ?? 0,
    mayHaveBeenSent: change.mayHaveBeenSent ?? state === 'unsure',
    reportDue: change.reportDue ?? false,
    ...(move && { move: { ...move } }),
  };
}
