import { describe, expect, test } from 'vitest';
import { traceparentOf } from './traceparent.ts';

const good = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

function inHeader(...values: readonly string[]) {
  return { fields: values.map((value) => ({ name: 'Traceparent', value })) };
}

describe('traceparentOf()', () => {
  test('takes what the field says, whatever its case and the spaces around it', () => {
    expect(traceparentOf(inHeader(good))).toBe(good);
    expect(traceparentOf(inHeader(` ${good} `, good))).toBe(good);
  });

  test.each([
    ['no field', []],
    ['an empty one', ['']],
    ['two that differ', [good, good.replace('-01', '-00')]],
    ['capital letters', [good.toUpperCase()]],
    ['a trace of zeros', [good.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32))]],
    ['a span of zeros', [good.replace('00f067aa0ba902b7', '0'.repeat(16))]],
    ['the forbidden version', [`ff${good.slice(2)}`]],
    ['something behind it', [`${good}-more`]],
  ])('finds none in %s', (_what, values) => {
    expect(traceparentOf(inHeader(...values))).toBeUndefined();
  });
});
