import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Quotas } from './quotas.ts';

const address = (ip: string) => ({ kind: 'address', ip }) as const;

describe('Quotas', () => {
  test('counts connections of each holder and over all', () => {
    const quotas = new Quotas();
    const client = { kind: 'client', name: '10.0.0.1' } as const;
    quotas.enter(client);
    quotas.enter(client);
    quotas.enter(address('10.0.0.1'));
    expect(quotas.connectionsOf(client)).toBe(2);
    expect(quotas.connectionsOf(address('10.0.0.1'))).toBe(1);
    expect(quotas.connections).toBe(3);
    quotas.leave(client);
    quotas.leave(address('10.0.0.1'));
    expect(quotas.connectionsOf(client)).toBe(1);
    expect(quotas.connectionsOf(address('10.0.0.1'))).toBe(0);
    expect(quotas.connections).toBe(1);
  });

  test.each([
    ['2001:db8:0:1::1', '2001:db8:0:1:ffff::2', true],
    ['2001:db8::1', '2001:db8:0:0:5:6:7:8', true],
    ['::1', '::2', true],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
    ['10.0.0.1', '10.0.0.2', false],
  ])('takes %s and %s for one site: %s', (one, other, isOne) => {
    const quotas = new Quotas();
    quotas.enter(address(one));
    expect(quotas.connectionsOf(address(other))).toBe(isOne ? 1 : 0);
  });
});

describe('Quotas.takeMessage()', () => {
  test('lets so many through in any minute, and says when the next may come', () => {
    const quotas = new Quotas();
    const take = (now: number) => quotas.takeMessage('shop', { most: 2, now });
    expect([take(0), take(10_000), take(20_000), take(59_999)]).toEqual([0, 0, 40_000, 1]);
    expect([take(60_000), take(60_000), take(70_000)]).toEqual([0, 10_000, 0]);
  });

  test('counts clients apart', () => {
    const quotas = new Quotas();
    expect(quotas.takeMessage('a', { most: 1, now: 0 })).toBe(0);
    expect(quotas.takeMessage('b', { most: 1, now: 0 })).toBe(0);
    expect(quotas.takeMessage('a', { most: 1, now: 0 })).toBe(60_000);
  });

  test('never lets more through in a minute, and always keeps its word', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), steps, (most, delays) => {
        const quotas = new Quotas();
        const taken: number[] = [];
        let now = 0;
        for (const delay of delays) {
          now += delay;
          const waitMs = quotas.takeMessage('a', { most, now });
          now += waitMs;
          const hasKeptItsWord = waitMs === 0 || quotas.takeMessage('a', { most, now }) === 0;
          expect(hasKeptItsWord).toBe(true);
          taken.push(now);
          expect(taken.filter((at) => now - at < 60_000).length).toBeLessThanOrEqual(most);
        }
      }),
    );
  });
});
