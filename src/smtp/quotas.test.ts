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
