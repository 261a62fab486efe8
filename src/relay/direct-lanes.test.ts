import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import { laneOf } from '../core/lane.ts';
import { DirectLanes, type Entry } from './direct-lanes.ts';
import type { Clock } from './ports.ts';

const lane = laneOf({ kind: 'connection', name: 'one' }, address('a@example.com'));
const never = new AbortController().signal;

/** Stands still until it is set; then those whose time has come go on. */
class SetClock implements Clock {
  #now = 0;
  readonly #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  async wait(delayMs: number): Promise<void> {
    await new Promise<void>((wake) => this.#sleepers.push({ at: this.#now + delayMs, wake }));
  }

  /** As timers do, it wakes whose time is a millisecond away, and whoever sleeps no later where it is set back. */
  set(now: number): void {
    const backMs = Math.max(this.#now - now, 0);
    this.#now = now;
    for (const { at, wake } of this.#sleepers.splice(0)) {
      if (at - backMs <= now + 1) wake();
      else this.#sleepers.push({ at: at - backMs, wake });
    }
  }
}

function createLanes() {
  const clock = new SetClock();
  const lanes = new DirectLanes(clock);
  const order: string[] = [];
  async function enter(
    name: string,
    { priority = 'normal' as 'high' | 'normal', until = 60_000, signal = never } = {},
  ): Promise<Entry> {
    const entry = await lanes.enter(lane, { concurrency: 1, priority, until, signal });
    order.push(`${name} ${entry.kind}`);
    return entry;
  }
  return { clock, lanes, enter, order };
}

function leave(entry: Entry): void {
  if (entry.kind === 'place') entry[Symbol.dispose]();
}

/** Until all that can go on has gone on. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('DirectLanes', () => {
  test('lets no more in than the lane takes, high priority first, else in order', async () => {
    const { enter, order } = createLanes();
    const first = await enter('first');
    const waiting = [
      enter('second'),
      enter('third'),
      enter('urgent', { priority: 'high' }),
      enter('urgent too', { priority: 'high' }),
    ];
    await settle();
    expect(order).toEqual(['first place']);
    leave(first);
    for (const entry of [waiting[2], waiting[3], waiting[0], waiting[1]]) {
      if (entry) leave(await entry);
    }
    const names = ['first', 'urgent', 'urgent too', 'second', 'third'];
    expect(order).toEqual(names.map((name) => `${name} place`));
  });

  test('gives one place back once', async () => {
    const { enter, order } = createLanes();
    const first = await enter('first');
    leave(first);
    leave(first);
    await enter('second');
    void enter('third');
    await settle();
    expect(order).toEqual(['first place', 'second place']);
  });

  test('lets nobody in during a pause, also when its timer fires early', async () => {
    const { clock, lanes, enter, order } = createLanes();
    lanes.pause(lane, 1_000);
    void enter('one');
    clock.set(999);
    await settle();
    expect(order).toEqual([]);
    clock.set(1_000);
    await settle();
    expect(order).toEqual(['one place']);
  });

  test('dismisses at once who cannot wait out the pause', async () => {
    const { lanes, enter } = createLanes();
    const first = await enter('first');
    const second = enter('second', { until: 500 });
    lanes.pause(lane, 1_000);
    expect(await second).toEqual({ kind: 'paused', pausedUntil: 1_000 });
    expect(await enter('third', { until: 1_000 })).toMatchObject({ kind: 'paused' });
    leave(first);
  });

  test('makes a pause no longer where the clock is set back', async () => {
    const { clock, lanes, enter, order } = createLanes();
    clock.set(86_400_000);
    lanes.pause(lane, 86_401_000);
    clock.set(5);
    expect(await enter('hasty', { until: 900 })).toEqual({ kind: 'paused', pausedUntil: 1_005 });
    void enter('patient');
    clock.set(1_005);
    await settle();
    expect(order).toEqual(['hasty paused', 'patient place']);
  });

  test('dismisses who gives up, and his place goes to the next', async () => {
    const { enter, order } = createLanes();
    const first = await enter('first');
    const leaving = new AbortController();
    const second = enter('second', { signal: leaving.signal });
    void enter('third');
    leaving.abort();
    expect(await second).toEqual({ kind: 'full' });
    leave(first);
    await settle();
    expect(order).toEqual(['first place', 'second full', 'third place']);
    expect(await enter('late', { signal: leaving.signal })).toEqual({ kind: 'full' });
  });
});
