import { parseDocument } from 'yaml';
import { describe, expect, test } from 'vitest';
import { readTree } from './file-tree.ts';
import { itemsOf, keysOf, matching, textOf, type Place } from './place.ts';

function placeOf(text: string): Place {
  const sources = { env: {}, folder: '/', readFile: () => '' };
  return { path: [], node: readTree(parseDocument(text), sources).root };
}

describe('matching()', () => {
  const file = placeOf(`
    routes:
      - when: { subject: a }
      - when: { all: [{ subject: b }, { not: { subject: c } }] }
    other: { subject: d }
  `);

  test.each([
    [['routes', '*', 'when', 'subject'], ['a']],
    [
      ['routes', '*', 'when', '**', 'subject'],
      ['a', 'b', 'c'],
    ],
    [
      ['**', 'subject'],
      ['a', 'b', 'c', 'd'],
    ],
    [['*', 'subject'], ['d']],
    [['nothing', '*'], []],
  ])('%j finds %j', (steps, texts) => {
    expect(matching(file, steps).map(textOf)).toEqual(texts);
  });
});

test('itemsOf() and keysOf() find nothing in what is no list or block', () => {
  const text = placeOf('text');
  expect(itemsOf(text)).toEqual([]);
  expect(keysOf(text)).toEqual([]);
});
