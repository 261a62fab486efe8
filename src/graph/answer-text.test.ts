import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { parseJson, readAnswerText } from './answer-text.ts';

function patience(ended: Promise<'timeout'> = new Promise(() => {})) {
  const deadline = { signal: new AbortController().signal, ended, [Symbol.dispose]() {} };
  return { deadline };
}

describe('readAnswerText()', () => {
  test('joins pieces that part a letter', async () => {
    const body = Readable.from([Buffer.from([0xc3]), Buffer.from([0xa9])]);
    expect(await readAnswerText(body, patience())).toBe('é');
  });

  test('gives what came before the deadline when the body never ends', async () => {
    const ended = Promise.withResolvers<'timeout'>();
    async function* endless() {
      yield Buffer.from('abc');
      ended.resolve('timeout');
      await new Promise(() => {});
    }
    // Without read-ahead: the next piece is asked for when this one has been taken.
    const body = Readable.from(endless(), { highWaterMark: 0 });
    expect(await readAnswerText(body, patience(ended.promise))).toBe('abc');
  });

  test('gives what came before the body broke', async () => {
    async function* broken() {
      yield Buffer.from('abc');
      throw new Error('reset');
    }
    expect(await readAnswerText(Readable.from(broken()), patience())).toBe('abc');
  });

  test.each([
    ['64 KiB', undefined, 65_536],
    ['the given limit', 100_000, 100_000],
  ])('stops at %s of a body without end', async (_what, maxBytes, length) => {
    function* flood() {
      for (;;) yield Buffer.alloc(10_000, 'x');
    }
    const body = Readable.from(flood());
    expect(await readAnswerText(body, { ...patience(), maxBytes })).toBe('x'.repeat(length));
    expect(body.destroyed).toBe(true);
  });
});

test.each([
  ['{"a":1}', { a: 1 }],
  ['', undefined],
  ['<html>', undefined],
  ['{"a":', undefined],
])('parseJson() of %j', (text, json) => {
  expect(parseJson(text)).toEqual(json);
});
