import { describe, expect, test } from 'vitest';
import type { Breaker } from '../core/breaker.ts';
import { deferred, delivered } from '../core/outcome.ts';
import { Breakers } from './breakers.ts';
import type { Clock } from './ports.ts';

const credential = deferred('4.7.8', {
  reason: 'credential',
  hold: 'connection',
  diagnostic: 'The secret expired',
});

/** What replicas share. */
class SharedStore {
  readonly saved = new Map<string, Breaker>();
  isAway = false;

  async breakers(): Promise<ReadonlyMap<string, Breaker>> {
    if (this.isAway) throw new Error('away');
    return new Map(this.saved);
  }

  async saveBreaker(connection: string, breaker: Breaker): Promise<void> {
    if (this.isAway) throw new Error('away');
    this.saved.set(connection, breaker);
  }
}

function replica(store: SharedStore, time: { now: number }) {
  const heard: string[] = [];
  const clock: Clock = { now: () => time.now, wait: () => Promise.resolve() };
  const breakers = new Breakers({
    store,
    clock,
    events: {
      breakerChanged: ({ connection, state }) => void heard.push(`${connection} ${state}`),
      fault: ({ where }) => void heard.push(`fault ${where}`),
    },
  });
  return { breakers, heard };
}

describe('Breakers', () => {
  test('let one probe pass when their time is over, and close when it was delivered', () => {
    const time = { now: 0 };
    const { breakers, heard } = replica(new SharedStore(), time);
    expect(breakers.isOpen('main')).toBe(false);
    breakers.end('main', credential);
    expect(breakers.isOpen('main')).toBe(true);
    time.now = 30_000;
    expect(breakers.isOpen('main')).toBe(false);
    breakers.begin('main');
    expect(breakers.isOpen('main')).toBe(true);
    breakers.end('main', delivered('2.0.0'));
    expect(breakers.isOpen('main')).toBe(false);
    expect(heard).toEqual(['main open', 'main closed']);
  });

  test('tell other replicas, and hear of them', async () => {
    const time = { now: 0 };
    const store = new SharedStore();
    const [one, other] = [replica(store, time), replica(store, time)];
    one.breakers.end('main', credential);
    await other.breakers.read();
    expect(other.breakers.isOpen('main')).toBe(true);
    time.now = 30_000;
    other.breakers.begin('main');
    await one.breakers.read();
    expect(one.breakers.isOpen('main')).toBe(true);
    other.breakers.end('main', delivered('2.0.0'));
    await one.breakers.read();
    expect(one.breakers.isOpen('main')).toBe(false);
    expect(one.heard).toEqual(['main open', 'main closed']);
    expect(other.heard).toEqual(['main open', 'main closed']);
  });

  test('tell others that a fault has opened them, and that trouble has', async () => {
    const time = { now: 0 };
    const store = new SharedStore();
    const [one, other] = [replica(store, time).breakers, replica(store, time).breakers];
    one.end('main', credential);
    await other.read();
    expect(other.isFault('main')).toBe(true);
    one.end('main', deferred('4.4.1', { reason: 'network', diagnostic: 'No answer' }));
    await other.read();
    expect([other.isOpen('main'), other.isFault('main')]).toEqual([true, false]);
  });

  test('let a probe pass after a clock that was ahead was set back, also in another process', async () => {
    const time = { now: 30 * 86_400_000 };
    const store = new SharedStore();
    const { breakers } = replica(store, time);
    breakers.end('main', credential);
    time.now = 0;
    const next = replica(store, time).breakers;
    await next.read();
    expect([breakers.isOpen('main'), next.isOpen('main')]).toEqual([false, false]);
    next.begin('main');
    expect(next.isOpen('main')).toBe(true);
  });

  test('work on without the store, and say so', async () => {
    const store = new SharedStore();
    store.isAway = true;
    const { breakers, heard } = replica(store, { now: 0 });
    breakers.end('main', credential);
    await breakers.read();
    expect(breakers.isOpen('main')).toBe(true);
    expect(heard).toEqual(['main open', 'fault breaker', 'fault breaker']);
  });
});
