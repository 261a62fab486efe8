import { describe, expect, test } from 'vitest';
import { checkHeader, endHeader, headerLength, maxHeaderBytes } from './header-bounds.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const strayLine = 'Message header has a line between its fields that is no header field';
const tooLong = 'Message header is longer than 262144 bytes';

describe('headerLength()', () => {
  test.each([
    ['A: b\r\n\r\nbody', 8],
    ['A: b\r\n\r\n', 8],
    ['\r\nbody', 2],
    ['A: b\r\n', -1],
    ['A: b\r\n\r', -1],
    ['', -1],
    ['A: b\n\nbody', -1],
    ['A: b\r\n \r\n\r\n', 11],
  ])('of %j is %j', (start, length) => {
    expect(headerLength(bytes(start))).toBe(length);
  });

  test('finds an end that lies across the place to search from', () => {
    const start = bytes('A: b\r\n\r\nbody');
    for (let seen = 0; seen < 8; seen++) {
      expect(headerLength(start, Math.max(0, seen - 3))).toBe(8);
    }
  });

  test('looks at a view only, not at the memory around it', () => {
    expect(headerLength(bytes('xx\r\n\r\nA: b\r\n').subarray(6))).toBe(-1);
  });
});

test.each([
  ['A: b\r\n', 'A: b\r\n\r\n'],
  ['A: b', 'A: b\r\n\r\n'],
  ['A: b\r\n\r\nbody', 'A: b\r\n\r\nbody'],
  ['', '\r\n'],
])('endHeader() of %j is %j', (start, ended) => {
  expect(Buffer.from(endHeader(bytes(start))).toString('latin1')).toBe(ended);
});

describe('checkHeader()', () => {
  test.each([
    ['a field', 'A: b\r\n\r\n'],
    ['an mbox line on top', 'From app@host Sun Nov 22 17:31:00 2026\r\nA: b\r\n\r\n'],
    ['lines at the end that are no fields', 'A: b\r\nno field\r\nnor this\r\n\r\n'],
    ['a field named __proto__', '__proto__: b\r\n\r\n'],
    ['256 KiB', `A: ${'b'.repeat(maxHeaderBytes - 7)}\r\n\r\n`],
  ])('lets %s pass', (_what, header) => {
    expect(checkHeader(bytes(header))).toBeUndefined();
  });

  test.each([
    ['nothing', '\r\n', 'Message has no header field'],
    ['an mbox line alone', 'From app@host x\r\n\r\n', 'Message has no header field'],
    ['text', 'Hello world\r\n\r\n', 'Message begins with a line that is no header field'],
    ['an indented field', ' A: b\r\n\r\n', 'Message begins with a line that is no header field'],
    ['a stray line', 'A: b\r\nno field\r\nC: d\r\n\r\n', strayLine],
    ['a name folded before its colon', 'A: b\r\nFrom\r\n : c\r\nD: e\r\n\r\n', strayLine],
    ['NUL', 'A: b\0\r\n\r\n', 'Message header holds a NUL character'],
    ['a byte more', `A: ${'b'.repeat(maxHeaderBytes - 6)}\r\n\r\n`, tooLong],
    ['200,000 addresses', `To: ${'a@example.com, '.repeat(200_000)}\r\n\r\n`, tooLong],
    ['10 MB', `A: ${'b'.repeat(10_000_000)}\r\n\r\n`, tooLong],
  ])('refuses %s', (_what, header, sentence) => {
    expect(checkHeader(bytes(header))).toEqual({
      kind: 'failed',
      status: '5.6.0',
      reason: 'content',
      diagnostic: sentence,
      reply: sentence,
    });
  });
});
