import { describe, expect, expectTypeOf, test } from 'vitest';
import { deferred, delivered, failed, unsure } from './outcome.ts';
import type { EnhancedStatus, Permanent, Success, Transient } from './status.ts';

const detail = { reason: 'server', diagnostic: 'Graph answered 503' } as const;

describe('delivered()', () => {
  test('carries what the next hop said only where it said something', () => {
    expect(delivered('2.0.0')).toEqual({ kind: 'delivered', status: '2.0.0' });
    expect(delivered('2.0.0', { httpStatus: 202 })).toEqual({
      kind: 'delivered',
      status: '2.0.0',
      remote: { httpStatus: 202 },
    });
  });
});

describe.each([
  ['deferred', deferred('4.3.2', { ...detail, retryAfterMs: 5 }), '4.3.2'],
  ['failed', failed('5.3.4', detail), '5.3.4'],
  ['unsure', unsure('4.4.2', detail), '4.4.2'],
] as const)('%s()', (kind, outcome, status) => {
  test('keeps status, reason and diagnostic', () => {
    expect(outcome).toMatchObject({ ...detail, kind, status });
  });
});

describe('the class of a status', () => {
  test('is part of the type, so that no deferral carries a 5', () => {
    expectTypeOf(delivered).parameter(0).toEqualTypeOf<Success>();
    expectTypeOf(deferred).parameter(0).toEqualTypeOf<Transient>();
    expectTypeOf(unsure).parameter(0).toEqualTypeOf<Transient>();
    expectTypeOf(failed).parameter(0).toEqualTypeOf<Permanent>();
    expectTypeOf<'5.1.1'>().not.toExtend<Transient>();
    expectTypeOf<'4.3.0'>().not.toExtend<Permanent>();
    expectTypeOf<'3.0.0'>().not.toExtend<EnhancedStatus>();
    expectTypeOf<'4.3'>().not.toExtend<EnhancedStatus>();
  });
});
