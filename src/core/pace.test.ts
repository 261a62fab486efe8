import { describe, expect, test } from 'vitest';
import {
  addToSlot,
  emptyLedger,
  endTurn,
  roomLeft,
  slotOf,
  takeRoom,
  type PaceLedger,
  type PaceLimit,
} from './pace.ts';

const requests: PaceLimit = {
  measure: 'requests',
  amount: 10,
  windowMs: 600_000,
  key: 'limits.requestsPer10Minutes',
};
const uploads: PaceLimit = {
  measure: 'uploadBytes',
  amount: 1_000,
  windowMs: 300_000,
  key: 'limits.uploadPer5Minutes',
};
const now = 1_800_000_000_000;
const one = { messages: 1, requests: 1, uploadBytes: 0 };

function use(amount: number, { at, ledger = emptyLedger }: { at: number; ledger?: PaceLedger }) {
  return addToSlot(ledger, requests, { slot: slotOf(requests, at), amount, now: at });
}

describe('roomLeft()', () => {
  test.each([
    ['what was just used', now, 4],
    ['what a replica used whose clock is half a minute ahead', now + 30_000, 4],
    ['what was used ten minutes ago', now - 600_000, 4],
    ['nothing of what was used a slot before that', now - 610_000, 10],
    ['nothing of a clock that was set back by an hour', now + 3_600_000, 10],
  ])('counts %s', (_what, at, left) => {
    expect(roomLeft(use(6, { at }), requests, now)).toBe(left);
  });

  test('grows by what is given back, and never beyond the limit', () => {
    const taken = use(6, { at: now });
    expect(roomLeft(use(-4, { at: now, ledger: taken }), requests, now)).toBe(8);
    expect(roomLeft(use(-9, { at: now, ledger: taken }), requests, now)).toBe(10);
  });

  test('is that of the new amount after a reload, and whole for another window', () => {
    const ledger = use(6, { at: now });
    expect(roomLeft(ledger, { ...requests, amount: 7 }, now)).toBe(1);
    expect(roomLeft(ledger, { ...requests, windowMs: 60_000 }, now)).toBe(10);
  });
});

describe('takeRoom()', () => {
  const limits = [requests, uploads];

  test('takes of all limits or of none', () => {
    const full = use(10, { at: now });
    const send = { ...one, uploadBytes: 5 };
    const { ledger, over } = takeRoom(full, send, { limits, now, id: 'a' });
    expect(over).toMatchObject({ limit: requests, isAlone: false });
    expect(roomLeft(ledger, uploads, now)).toBe(1_000);
  });

  test.each([
    [10, false],
    [11, true],
  ])('an upload of %i of 1,000 bytes that waits, waits alone: %s', (uploadBytes, isAlone) => {
    const slot = slotOf(uploads, now);
    const full = addToSlot(emptyLedger, uploads, { slot, amount: 995, now });
    const { ledger, over } = takeRoom(full, { ...one, uploadBytes }, { limits, now, id: 'a' });
    expect(over).toMatchObject({ limit: uploads, isAlone });
    expect(ledger.turn?.id).toBe(isAlone ? 'a' : undefined);
    expect(endTurn(ledger, 'b')).toBe(ledger);
    expect(endTurn(ledger, 'a').turn).toBeUndefined();
  });

  test('keeps the ledger small, whatever happens', () => {
    let ledger = emptyLedger;
    for (let at = now; at < now + 3_600_000; at += 1_000)
      ({ ledger } = takeRoom(ledger, one, { limits, now: at, id: 'a' }));
    expect(ledger.counts['requests 600000']?.length).toBeLessThanOrEqual(62);
  });
});
