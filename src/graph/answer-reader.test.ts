import { describe, expect, test } from 'vitest';
import { AnswerReader, parseJson } from './answer-reader.ts';

/** A request that is under way: aborting it is told to its handler, as undici does. */
function begin(options: { readonly maxBytes?: number } = {}) {
  const said: string[] = [];
  const reader = new AnswerReader({ ...options, onStatus: () => said.push('status') });
  const control = {
    abort(reason: Error) {
      said.push(reason.message);
      reader.onResponseError(control, reason);
    },
    pause() {},
    resume() {},
    aborted: false,
    paused: false,
    reason: null,
    rawHeaders: null,
    rawTrailers: null,
  };
  reader.onRequestStart(control);
  return { reader, control, said };
}

describe('AnswerReader', () => {
  test('joins pieces that part a letter, and takes the first of several fields', async () => {
    const { reader, control } = begin();
    reader.onResponseStart(control, 200, { 'request-id': 'a', 'set-cookie': ['b', 'c'] });
    reader.onResponseData(control, Buffer.from([0xc3]));
    reader.onResponseData(control, Buffer.from([0xa9]));
    reader.onResponseEnd();
    expect(await reader.ended).toBe(undefined);
    expect(reader.status).toBe(200);
    expect(reader.text()).toBe('é');
    expect(reader.headers()).toEqual({ 'request-id': 'a', 'set-cookie': 'b' });
  });

  test('waits for the answer that an interim one announces', async () => {
    const { reader, control, said } = begin();
    reader.onResponseStart(control, 103, { link: 'x' });
    expect(reader.status).toBe(undefined);
    expect(said).toEqual([]);
    reader.onResponseStart(control, 202, {});
    reader.onResponseEnd();
    await reader.ended;
    expect(reader.status).toBe(202);
    expect(said).toEqual(['status']);
  });

  test('gives what came before it was aborted, or broke', async () => {
    const { reader, control, said } = begin();
    reader.onResponseStart(control, 200, {});
    reader.onResponseData(control, Buffer.from('abc'));
    reader.abort(new Error('too late'));
    expect(await reader.ended).toBe(undefined);
    expect(reader.text()).toBe('abc');
    expect(said).toEqual(['status', 'too late']);
  });

  test('ends with the error that came before the status', async () => {
    const { reader, control } = begin();
    const reset = new Error('reset');
    reader.onResponseError(control, reset);
    expect(await reader.ended).toBe(reset);
    expect(reader.status).toBe(undefined);
  });

  test('aborts a request that begins after it was given up', () => {
    const { reader, control, said } = begin();
    const late = new AnswerReader({ onStatus: () => undefined });
    late.abort(new Error('given up'));
    expect(said).toEqual([]);
    late.onRequestStart(control);
    expect(said).toEqual(['given up']);
    expect(reader.status).toBe(undefined);
  });

  test.each([
    ['64 KiB', undefined, 65_536],
    ['the given limit', 100_000, 100_000],
  ])('stops at %s of a body without end', async (_what, maxBytes, length) => {
    const { reader, control, said } = begin(maxBytes === undefined ? {} : { maxBytes });
    reader.onResponseStart(control, 200, {});
    while (said.length < 2) reader.onResponseData(control, Buffer.alloc(10_000, 'x'));
    expect(await reader.ended).toBe(undefined);
    expect(reader.text()).toBe('x'.repeat(length));
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
