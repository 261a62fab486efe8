// One process among others on the same queue: says that it lives, and whether its clock can be trusted with leases.
import { StoreError, type Events } from '../../relay/ports.ts';
import type { Database } from './database.ts';
import { integer } from './row.ts';

export interface InstanceOptions {
  readonly database: Database;
  /** Another in each process and each start. */
  readonly id: string;
  /** The clock whose times `claim` and `renew` are given, epoch ms. */
  readonly now: () => number;
  readonly events: Pick<Events, 'fault'>;
}

const beatMs = 20_000;
/** What a process was receiving is deleted once it has not been heard of for this long. */
const deadAfterMs = 600_000;
/**
 * Leases are written and judged by the clocks of the replicas. With leases of a minute, renewed every 20 s, two clocks
 * that are each this far off still leave a live lease 20 s.
 */
const maxSkewMs = 10_000;

export class Instance {
  readonly #options: InstanceOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #onBeat: () => Promise<void>;
  #skew: StoreError | undefined;

  /** @param onBeat what else is to be done now and then; never rejects */
  constructor(options: InstanceOptions, onBeat: () => Promise<void>) {
    this.#options = options;
    this.#onBeat = onBeat;
    this.#timer = setInterval(() => void this.#beatAgain(), beatMs).unref();
  }

  /** @throws StoreError when the clock of this machine is too far from the database's to judge leases */
  checkClock(): void {
    if (this.#skew !== undefined) throw this.#skew;
  }

  async beat(): Promise<void> {
    const { database, id, now } = this.#options;
    const before = now();
    const [row] = await database.ask({
      name: 'beat',
      text: 'SELECT graphpost.beat($1, $2) AS now',
      values: [id, deadAfterMs],
    });
    const databaseNow = integer(row ?? {}, 'now');
    // The database looked at its clock somewhere between.
    const behindMs = databaseNow - now();
    const aheadMs = before - databaseNow;
    this.#skew = Math.max(behindMs, aheadMs) > maxSkewMs ? clockOff(behindMs > 0) : undefined;
  }

  /** What it was receiving is nobody's. Throws as `Database.askLast` does. */
  async end(): Promise<void> {
    const { database, id } = this.#options;
    const text = 'SELECT graphpost.end_instance($1)';
    await database.askLast({ name: 'end_instance', text, values: [id] });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #beatAgain(): Promise<void> {
    try {
      await this.beat();
      await this.#onBeat();
    } catch (error) {
      this.#options.events.fault({ where: 'store', error });
    }
  }
}

function clockOff(isBehind: boolean): StoreError {
  const how = isBehind ? 'behind' : 'ahead of';
  return new StoreError(
    'away',
    `The clock of this machine is more than ${maxSkewMs / 1000} s ${how} the clock of PostgreSQL, so nothing is sent from here: set both by NTP`,
  );
}
