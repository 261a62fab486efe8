import { describe, expect, test } from 'vitest';
import { diskLowSignal, expirySignal, queueOldSignal } from './alert-signals.ts';
import { expiryStep } from './expiry.ts';

const dayMs = 86_400_000;
const expiresAt = Date.UTC(2027, 10, 1);

describe('expiryStep()', () => {
  test.each([
    [61, undefined],
    [60, 60],
    [31, 60],
    [30, 30],
    [7.5, 30],
    [7, 7],
    [1, 1],
    [0.1, 1],
    [0, 0],
    [-100, 0],
  ])('is, %s days before the end, %s', (days, step) => {
    expect(expiryStep(expiresAt, expiresAt - days * dayMs)).toBe(step);
  });
});

describe('expirySignal()', () => {
  const expiry = { of: 'connection', name: 'main', expiresAt } as const;

  test.each([
    [61, { kind: 'cleared' }],
    [30, { level: 30, text: expect.stringContaining('expires on 2027-11-01, in 30 days') }],
    [1, { level: 1, text: expect.stringContaining('in 1 day') }],
    [0.5, { level: 1, text: expect.stringContaining('in 12 hours') }],
    [0, { level: 0, text: 'The credential of connection "main" expired on 2027-11-01' }],
  ])('says, %s days before the end, how near it is', (days, signal) => {
    expect(expirySignal(expiry, expiresAt - days * dayMs)).toMatchObject(signal);
  });

  test('names the listener of a certificate', () => {
    const signal = expirySignal({ of: 'listener', name: 'apps', expiresAt }, expiresAt);
    expect(signal).toMatchObject({
      cause: 'listener apps',
      text: 'The certificate of listener "apps" expired on 2027-11-01',
    });
  });
});

describe('queueOldSignal()', () => {
  test.each([
    [0, 'cleared'],
    [3_599_999, 'cleared'],
    [3_600_000, 'raised'],
  ])('of %i ms is %s', (oldestMs, kind) => {
    expect(queueOldSignal(oldestMs, 3_600_000).kind).toBe(kind);
  });
});

describe('diskLowSignal()', () => {
  test.each([
    [16, 'cleared'],
    [15, 'cleared'],
    [14, 'raised'],
  ])('of %i %% free, of which 10 must be, is %s', (freeBytes, kind) => {
    expect(diskLowSignal({ freeBytes, totalBytes: 100, leastShare: 0.1 }).kind).toBe(kind);
  });

  test('says how much is free', () => {
    expect(diskLowSignal({ freeBytes: 123, totalBytes: 1_000, leastShare: 0.1 })).toMatchObject({
      text: 'The disk of the queue has 12.3 % free; below 10 % no mail is taken',
    });
  });
});
