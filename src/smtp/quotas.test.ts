import { describe, expect, test } from 'vitest';
import { Quotas, type FlowOf } from './quotas.ts';

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

describe('Quotas.waitMs()', () => {
  test('counts clients, flows, and all clients together apart', () => {
    const quotas = new Quotas();
    quotas.add({ flow: 'messages', client: 'a' }, { amount: 1, now: 0 });
    const wait = (of: FlowOf) => quotas.waitMs(of, { amount: 1, most: 1, now: 0 });
    expect(wait({ flow: 'messages', client: 'a' })).toBe(61_000);
    expect(wait({ flow: 'messages', client: 'b' })).toBe(0);
    expect(wait({ flow: 'recipients', client: 'a' })).toBe(0);
    expect(wait({ flow: 'messages' })).toBe(0);
  });
});

describe('Quotas.hear()', () => {
  const flow = { flow: 'messages', client: 'erp' } as const;
  const now = 1_000_000;

  test('counts what came to others, and tells what came here alone', () => {
    const quotas = new Quotas();
    quotas.add(flow, { amount: 2, now });
    quotas.hear([{ key: 'messages erp', second: 999, amount: 3 }]);
    expect(quotas.waitMs(flow, { amount: 1, most: 6, now })).toBe(0);
    expect(quotas.waitMs(flow, { amount: 1, most: 5, now })).toBe(60_000);
    expect(quotas.recent(now)).toEqual([{ key: 'messages erp', second: 1_000, amount: 2 }]);
  });

  test('forgets what it heard before, and what is older than a minute', () => {
    const quotas = new Quotas();
    quotas.hear([{ key: 'messages erp', second: 1_000, amount: 9 }]);
    expect(quotas.waitMs(flow, { amount: 1, most: 1, now: now + 60_999 })).toBe(1);
    expect(quotas.waitMs(flow, { amount: 1, most: 1, now: now + 61_000 })).toBe(0);
    quotas.hear([]);
    expect(quotas.waitMs(flow, { amount: 1, most: 1, now })).toBe(0);
  });

  test('believes clocks that differ a little, and none that are far ahead', () => {
    const quotas = new Quotas();
    quotas.hear([{ key: 'messages erp', second: 1_003, amount: 9 }]);
    expect(quotas.waitMs(flow, { amount: 1, most: 1, now })).toBeGreaterThan(0);
    quotas.hear([{ key: 'messages erp', second: 2_000, amount: 9 }]);
    expect(quotas.waitMs(flow, { amount: 1, most: 1, now })).toBe(0);
  });
});
