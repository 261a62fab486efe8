import { describe, expect, test } from 'vitest';
import type { LaneKey } from './lane.ts';
import { laneOf } from './lane.ts';
import { parseAddress } from './address.ts';
import { LongPauses, longPauseMs } from './long-pauses.ts';

const now = 1_000_000;

function lane(mailbox: string): LaneKey {
  const address = parseAddress(mailbox);
  if (address === undefined) throw new Error('No address');
  return laneOf({ kind: 'graph', authority: 'a', tenant: 't', clientId: 'c' }, address);
}

const app = lane('app@contoso.com');

function kinds(pauses: LongPauses, at: number, pausedUntil?: number): readonly string[] {
  const paused = { lane: app, ...(pausedUntil !== undefined && { pausedUntil }) };
  return pauses.look([paused], at).map(({ kind }) => kind);
}

describe('LongPauses', () => {
  test('tells a pause that is long from its beginning', () => {
    expect(kinds(new LongPauses(), now, now + longPauseMs)).toEqual(['raised']);
    expect(kinds(new LongPauses(), now, now + longPauseMs - 1)).toEqual([]);
  });

  test('tells short pauses that follow each other, and that they are over', () => {
    const pauses = new LongPauses();
    for (let minute = 0; minute < 9; minute++) {
      const at = now + minute * 60_000;
      expect(kinds(pauses, at, at + 30_000)).toEqual([]);
    }
    const late = now + longPauseMs;
    expect(kinds(pauses, late, late + 30_000)).toEqual(['raised']);
    expect(kinds(pauses, late + 60_000)).toEqual(['cleared']);
    expect(kinds(pauses, late + 90_000)).toEqual([]);
  });

  test('takes a lane with no mail for one that is not paused', () => {
    const pauses = new LongPauses();
    expect(kinds(pauses, now, now + longPauseMs)).toEqual(['raised']);
    expect(pauses.look([], now + 1).map(({ kind }) => kind)).toEqual(['cleared']);
  });

  test('names the mailbox', () => {
    const [signal] = new LongPauses().look([{ lane: app, pausedUntil: now + longPauseMs }], now);
    expect(signal).toMatchObject({
      event: 'throttled',
      text: expect.stringContaining('"app@contoso.com"'),
    });
  });
});
