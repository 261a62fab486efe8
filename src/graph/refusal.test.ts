import { describe, expect, test } from 'vitest';
import type { Answer, NoAnswer } from './exchange.ts';
import { refusalOf } from './refusal.ts';

function answerOf(status: number, code = '', message = '', type = 'application/json'): Answer {
  const json = code === '' ? undefined : { error: { code, message } };
  const headers = { 'content-type': type };
  return { kind: 'answer', status, headers, text: '', json, givenBytes: 1, contentLength: 1 };
}

function brokenAt(givenBytes: number, contentLength = 2_000_000): NoAnswer {
  const whole = givenBytes === contentLength;
  const trouble = { cause: 'network', code: 'ECONNRESET', errorText: '' } as const;
  return { kind: 'noAnswer', givenBytes, contentLength, whole, ...trouble };
}

const first = { transport: 'mime', attempt: 1 } as const;
const third = { transport: 'mime', attempt: 3 } as const;
const tooLarge = { transport: 'mime', cause: 'tooLarge' };
const unreadable = { transport: 'mime', cause: 'unreadable' };

describe('refusalOf()', () => {
  test.each([
    ['413', answerOf(413), tooLarge],
    ['413 with a code', answerOf(413, 'RequestEntityTooLarge'), tooLarge],
    ['400', answerOf(400, 'BadRequest', 'The maximum request length supported is 4MB.'), tooLarge],
    ['200', answerOf(200), tooLarge],
    ['unreadable MIME', answerOf(400, 'ErrorMimeContentInvalid'), unreadable],
    ['a failed conversion', answerOf(400, 'ErrorContentConversionFailed'), unreadable],
    ['202', answerOf(202), undefined],
    ['a page with 200', answerOf(200, '', '', 'text/html; charset=utf-8'), undefined],
    ['the size of the message', answerOf(413, 'ErrorMessageSizeExceeded'), undefined],
    ['another 400', answerOf(400, 'ErrorInvalidRecipients'), undefined],
    ['a lost connection', brokenAt(1_000_000), undefined],
  ])('of %s at the first attempt', (_what, result, refusal) => {
    expect(refusalOf(result, first)).toEqual(refusal);
  });

  test('of JSON is never that MIME cannot be read', () => {
    const result = answerOf(400, 'ErrorMimeContentInvalid');
    expect(refusalOf(result, { transport: 'json', attempt: 1 })).toBeUndefined();
  });

  test.each([
    ['in the middle of a large body', brokenAt(1_000_000), tooLarge],
    ['before the body', brokenAt(0), undefined],
    ['after the body', brokenAt(2_000_000), undefined],
    ['in a small body', brokenAt(10, 100_000), undefined],
  ])('suspects a connection that breaks %s for the third time', (_what, result, refusal) => {
    expect(refusalOf(result, third)).toEqual(refusal);
  });
});
