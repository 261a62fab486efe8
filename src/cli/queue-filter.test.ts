import { describe, expect, test } from 'vitest';
import { readFields, readMeant } from './queue-filter.ts';

const now = Date.UTC(2026, 10, 22, 12);

describe('readFields()', () => {
  test('takes ages for times, and hands on the rest', () => {
    expect(
      readFields({ state: 'failed', since: '2h', until: '90s', address: 'ann@' }, now),
    ).toEqual({
      state: 'failed',
      since: '2026-11-22T10:00:00.000Z',
      until: '2026-11-22T11:58:30.000Z',
      address: 'ann@',
    });
    expect(readFields({ since: '2026-11-22' }, now)).toEqual({ since: '2026-11-22' });
  });

  test.each([
    [{ state: 'lost' }, '"state" must be one of'],
    [
      { since: 'yesterday' },
      '--since takes a time such as 2026-11-22T14:00:00Z, or an age such as 2h',
    ],
    [{ until: '999999999999999d' }, '--until takes'],
    [{ messageId: '' }, '--message-id needs a value'],
  ])('refuses %j', (options, sentence) => {
    expect(readFields(options, now)).toContain(sentence);
  });
});

describe('readMeant()', () => {
  test.each([
    [['q1', 'q2'], {}, { ids: ['q1', 'q2'] }],
    [[], { all: true, state: 'failed' }, { filter: { state: 'failed' } }],
    [[], { all: true }, { all: true }],
  ])('of %j and %j makes %j', (ids, options, meant) => {
    expect(readMeant(ids, options, now)).toEqual(meant);
  });

  test.each([
    [[], {}],
    [[], { state: 'failed' }],
    [['q1'], { all: true }],
    [['q1'], { state: 'failed' }],
  ])('refuses %j with %j', (ids, options) => {
    expect(readMeant(ids, options, now)).toEqual(expect.any(String));
  });
});
