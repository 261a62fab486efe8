// Tells senders how their mail ended, where they are to be told: each end that is due becomes a message in the queue, once.
import { retryDelayMs, type RetrySchedule } from '../core/schedule.ts';
import { makeReport, type MadeReport, type MakeReportParts } from './make-report.ts';
import { StoreError, type Clock, type DueReport, type Store } from './ports.ts';

export interface ReporterParts extends Omit<MakeReportParts, 'id' | 'now'> {
  readonly store: Pick<Store, 'createBody' | 'commit' | 'dueReports' | 'dismissReport'>;
  readonly clock: Clock;
  readonly createId: () => string;
  readonly schedule: () => RetrySchedule;
  /** 0 to 1. */
  readonly chance: () => number;
  /** Called when a report waits in the queue. */
  readonly onMade: () => void;
}

/** Of reports that can be made, this many at once. */
const portion = 20;
/** The longest sleep: ends that other processes left are found this soon. */
const longestIdleMs = 60_000;
/** Wait after the store has failed. */
const storeTroubleMs = 5_000;

/** A report that could not be made. */
interface Trouble {
  readonly times: number;
  /** Epoch ms. */
  readonly againAt: number;
}

export class Reporter {
  readonly #parts: ReporterParts;
  /** By id of the delivery. */
  readonly #troubles = new Map<string, Trouble>();
  #wake = Promise.withResolvers<void>();

  constructor(parts: ReporterParts) {
    this.#parts = parts;
  }

  /** An end may be due. */
  nudge(): void {
    this.#wake.resolve();
  }

  /** Reports until `signal` is aborted. Never rejects. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers();
      const waitMs = await this.#reportPortion(signal);
      if (waitMs > 0) await this.#rest(waitMs, signal);
    }
  }

  /** Returns how long nothing is to be done. */
  async #reportPortion(signal: AbortSignal): Promise<number> {
    try {
      const ripe = await this.#ripe();
      for (const due of ripe) if (!signal.aborted) await this.#report(due);
      return ripe.length > 0 ? 0 : this.#idleMs();
    } catch (error) {
      this.#parts.events.fault({ where: 'store', error });
      return storeTroubleMs;
    }
  }

  /** Those that could not be made stay among the oldest: as many more are asked for, so that they keep no other from its turn. */
  async #ripe(): Promise<readonly DueReport[]> {
    const { store, clock } = this.#parts;
    const due = await store.dueReports({ limit: portion + this.#troubles.size });
    this.#forgetOthers(due);
    const now = clock.now();
    return due.filter(({ delivery }) => (this.#troubles.get(delivery.id)?.againAt ?? 0) <= now);
  }

  /** Ends that an operator removed, or that others reported. */
  #forgetOthers(due: readonly DueReport[]): void {
    const ids = new Set(due.map(({ delivery }) => delivery.id));
    for (const id of this.#troubles.keys()) if (!ids.has(id)) this.#troubles.delete(id);
  }

  #idleMs(): number {
    const now = this.#parts.clock.now();
    const nexts = [...this.#troubles.values()].map(({ againAt }) => againAt - now);
    return Math.max(1, Math.min(longestIdleMs, ...nexts));
  }

  async #rest(waitMs: number, signal: AbortSignal): Promise<void> {
    const asleep = new AbortController();
    void this.#wake.promise.then(() => asleep.abort());
    await this.#parts.clock.wait(waitMs, { signal: AbortSignal.any([signal, asleep.signal]) });
    asleep.abort();
  }

  /** One that cannot be made waits, and the next has its turn. Throws where the store itself is in trouble. */
  async #report(due: DueReport): Promise<void> {
    const { id } = due.delivery;
    try {
      await report(due, this.#parts);
      this.#troubles.delete(id);
    } catch (error) {
      if (error instanceof StoreError && error.fault !== 'corrupt') throw error;
      this.#parts.events.fault({ where: 'report', error, id: due.message.id });
      this.#putOff(id);
    }
  }

  #putOff(id: string): void {
    const { clock, schedule, chance } = this.#parts;
    const times = (this.#troubles.get(id)?.times ?? 0) + 1;
    const againAt = clock.now() + retryDelayMs(schedule(), times, chance());
    this.#troubles.set(id, { times, againAt });
  }
}

async function report(due: DueReport, parts: ReporterParts): Promise<void> {
  const { store, events, clock, createId } = parts;
  const made = await makeReport(due, { ...parts, id: createId(), now: clock.now() });
  const { message, delivery } = due;
  const end = { id: message.id, delivery: delivery.id };
  if (made === undefined) {
    await store.dismissReport(delivery.id);
    return events.reported({ ...end, result: 'dismissed' });
  }
  if (!(await commit(made, delivery.id, store))) return;
  const { reversePath, action } = made;
  events.reported({ ...end, result: action, report: made.message.id, reversePath });
  parts.onMade();
}

/**
 * Before it resolves, nothing of the report exists and it is due; after that it is in the queue, and is not. False: another
 * process was quicker, or an operator let the delivery go on.
 */
async function commit(
  { message, delivery, header, body }: MadeReport,
  reportOf: string,
  store: ReporterParts['store'],
): Promise<boolean> {
  const writer = store.createBody(message.id);
  try {
    await writer.write(header);
    await writer.write(body);
    return await store.commit(message, [delivery], writer, { reportOf });
  } finally {
    await writer.discard();
  }
}
