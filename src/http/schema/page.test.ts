import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pageAt, pageOf, pageQuery } from './page.ts';

const all = Array.from({ length: 7 }, (_, index) => `entry ${index}`);

describe.each([
  ['pageAt()', (before?: string) => pageAt(all, { limit: 3, ...(before && { before }) })],
  [
    'pageOf()',
    (before?: string) => pageOf(all, { limit: 3, ...(before && { before }) }, (entry) => entry),
  ],
])('%s', (_name, pageFrom) => {
  test('gives all entries once, page by page, and then no next one', () => {
    const pages: string[][] = [];
    let next: string | undefined;
    do {
      const part = pageFrom(next);
      pages.push([...part.page]);
      next = part.next;
    } while (next !== undefined);
    expect(pages).toEqual([all.slice(0, 3), all.slice(3, 6), all.slice(6)]);
  });

  test('comes to an end from any cursor', () => {
    fc.assert(
      fc.property(fc.string(), (cursor) => {
        let next: string | undefined = cursor;
        for (let pages = 0; pages <= all.length && next !== undefined; pages++) {
          ({ next } = pageFrom(next));
        }
        expect(next).toBeUndefined();
      }),
    );
  });

  test('gives nothing for a cursor of its kind that is no more', () => {
    expect(pageFrom('99')).toEqual({ page: [] });
  });
});

describe('pageQuery', () => {
  test.each([
    [{}, { limit: 50 }],
    [
      { limit: '200', before: 'x' },
      { limit: 200, before: 'x' },
    ],
  ])('reads %j', (query, page) => {
    expect(pageQuery.schema.parse(query)).toEqual(page);
  });

  test.each([{ limit: '201' }, { limit: 'x' }, { before: '' }, { page: '2' }])(
    'refuses %j',
    (query) => {
      expect(pageQuery.schema.safeParse(query).success).toBe(false);
    },
  );
});
