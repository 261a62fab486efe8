import { describe, expect, test } from 'vitest';
import {
  failureOfAnswer,
  failureOfClient,
  failureOfNetwork,
  redactFailure,
} from './token-failure.ts';

describe('failureOfAnswer()', () => {
  test.each([
    ['error_codes first, then those of the text', [1, 2], 'AADSTS2: a AADSTS3: b', [1, 2, 3]],
    ['those of the text alone', undefined, 'AADSTS7000222: expired', [7000222]],
    ['none', 'nonsense', 'Nothing', []],
  ])('takes the numbers: %s', (_name, errorCodes, description, codes) => {
    const body = { error: 'e', error_codes: errorCodes, error_description: description };
    expect(failureOfAnswer({ httpStatus: 400, body }).codes).toEqual(codes);
  });

  test.each([
    ['no JSON', undefined],
    ['null', null],
    ['a text', 'x'],
    ['a list', [1]],
    ['fields of other types', { error: 7, error_codes: 'x', error_description: {} }],
  ])('calls a body unreadable that is %s', (_name, body) => {
    expect(failureOfAnswer({ httpStatus: 502, body })).toEqual({
      kind: 'failure',
      error: 'unreadable',
      codes: [],
      description: 'The answer with HTTP status 502 has no reason',
      httpStatus: 502,
    });
  });

  test('makes one line of bounded length of the description', () => {
    const body = { error: 'e', error_description: `a\r\n\tb ${'x'.repeat(1000)}` };
    const { description } = failureOfAnswer({ httpStatus: 400, body });
    expect(description).toMatch(/^a b x+…$/);
    expect(description.length).toBe(301);
  });

  test.each([
    ['120', 120_000],
    ['2.128', 2_128],
    ['soon', undefined],
    ['-5', undefined],
    [undefined, undefined],
  ])('reads Retry-After %s as %s ms', (retryAfter, retryAfterMs) => {
    expect(failureOfAnswer({ httpStatus: 429, body: {}, retryAfter }).retryAfterMs).toBe(
      retryAfterMs,
    );
  });
});

describe('failureOfNetwork()', () => {
  test.each([
    [Object.assign(new Error('read'), { code: 'ECONNRESET' }), 'read (ECONNRESET)'],
    [
      Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
      'connect ECONNREFUSED',
    ],
    [Object.assign(new AggregateError([]), { code: 'ETIMEDOUT' }), 'AggregateError (ETIMEDOUT)'],
    ['odd', 'odd'],
  ])('names what went wrong: %s', (error, text) => {
    expect(failureOfNetwork(error).description).toBe(`No answer from Entra: ${text}`);
  });
});

test('failureOfClient() keeps the code of an error of MSAL', () => {
  const error = Object.assign(new Error('no'), { errorCode: 'endpoints_resolution_error' });
  expect(failureOfClient(error)).toMatchObject({ error: 'endpoints_resolution_error' });
  expect(failureOfClient(new Error('no'))).toMatchObject({ error: 'unusable_credential' });
});

test('redactFailure() leaves words whole that a short secret is in', () => {
  const failure = failureOfNetwork('the secret "s" is as wrong as s.');
  expect(redactFailure(failure, 's').description).toBe(
    'No answer from Entra: the secret "[secret]" is as wrong as [secret].',
  );
});

test.each(['.*+?^${}()|[]\\/-', 'a.c~$&', '(', '漢字'])(
  'redactFailure() takes %j letter by letter',
  (secret) => {
    const failure = failureOfNetwork(`it was "${secret}"; abc~`);
    expect(redactFailure(failure, secret).description).toBe(
      'No answer from Entra: it was "[secret]"; abc~',
    );
  },
);

test('redactFailure() takes a secret out of the description, and leaves the rest', () => {
  const failure = failureOfNetwork('it was hunter2, hunter2');
  expect(redactFailure(failure, 'hunter2').description).toBe(
    'No answer from Entra: it was [secret], [secret]',
  );
  expect(redactFailure(failure, '')).toBe(failure);
});
