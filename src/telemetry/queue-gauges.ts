// Fills the gauges of the queue from the store at the time of a scrape, so that they cannot drift from it.
import type { Gauge } from 'prom-client';
import { deliveryStates } from '../core/delivery.ts';
import type { Clock, QueueFigures } from '../relay/ports.ts';
import type { MetricOf } from './metric-definitions.ts';

export interface QueueSource {
  readonly clock: Pick<Clock, 'now'>;
  /** Asked once for each scrape; where it rejects, the gauges of the queue are NaN. */
  figures(): Promise<QueueFigures>;
  /** The store's file system, asked once for each scrape; where it rejects, or nobody knows, NaN. */
  diskSpace(): Promise<{ readonly freeBytes: number; readonly totalBytes: number } | undefined>;
}

/** Sets one gauge; never rejects. */
export type Collect = (gauge: Gauge) => Promise<void>;

export function createQueueGauges(source: QueueSource): ReadonlyMap<MetricOf<'gauge'>, Collect> {
  const figures = shared(() => source.figures());
  const diskSpace = shared(() => source.diskSpace());
  return new Map<MetricOf<'gauge'>, Collect>([
    [
      'queue_messages',
      async (gauge) => {
        const known = await figures().catch(() => undefined);
        for (const state of deliveryStates) gauge.set({ state }, known?.deliveries[state] ?? NaN);
      },
    ],
    ['queue_bytes', collectNumber(async () => (await figures()).bodyBytes)],
    [
      'queue_oldest_message_age_seconds',
      collectNumber(async () => ageSeconds(await figures(), source.clock.now())),
    ],
    ['store_free_bytes', collectNumber(async () => (await diskSpace())?.freeBytes ?? NaN)],
    ['store_size_bytes', collectNumber(async () => (await diskSpace())?.totalBytes ?? NaN)],
  ]);
}

/** Calls that come while one is under way share its result: the gauges of one scrape show one reading. */
function shared<T>(load: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => {
    underWay ??= load().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

function collectNumber(read: () => Promise<number>): Collect {
  return async (gauge) => gauge.set(await read().catch(() => NaN));
}

function ageSeconds({ oldestReceivedAt }: QueueFigures, now: number): number {
  return oldestReceivedAt === undefined ? 0 : Math.max(0, (now - oldestReceivedAt) / 1000);
}
