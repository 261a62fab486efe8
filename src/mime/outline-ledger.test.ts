import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteLedger } from './outline-ledger.ts';

const pieces = fc.array(fc.string({ maxLength: 5 }).map((text) => Buffer.from(text)));

function ledgerOf(given: readonly Buffer[]): ByteLedger {
  const ledger = new ByteLedger();
  for (const piece of given) ledger.give(piece);
  return ledger;
}

test('ByteLedger takes what was given, however it is cut', () => {
  fc.assert(
    fc.property(pieces, fc.nat(20), (given, cut) => {
      const ledger = ledgerOf(given);
      const whole = Buffer.concat(given);
      expect(ledger.take(whole.subarray(0, cut))).toBe(true);
      expect(ledger.take(whole.subarray(cut))).toBe(true);
      expect(ledger.isEmpty).toBe(true);
    }),
  );
});

test.each([
  ['other bytes', ['abc', 'def'], 'abcdxf'],
  ['too many', ['abc'], 'abcd'],
  ['what was not given', [], 'a'],
])('ByteLedger refuses %s', (_what, given, taken) => {
  const ledger = ledgerOf(given.map((text) => Buffer.from(text)));
  expect(ledger.take(Buffer.from(taken))).toBe(false);
});

test('ByteLedger is not empty while something is missing', () => {
  const ledger = ledgerOf([Buffer.from('abc')]);
  ledger.take(Buffer.from('ab'));
  expect(ledger.isEmpty).toBe(false);
});
