import { describe, expect, test } from 'vitest';
import { deferred, failed, type Refusal } from '../core/outcome.ts';
import { toRejection, toReply, toReplyText, toSmtpError } from './reply.ts';

const diagnostic = 'Store "main" at /var/lib/graphpost is broken';

describe('toReply()', () => {
  test.each<[Refusal, number, string]>([
    [
      deferred('4.3.0', { reason: 'internal', diagnostic }),
      451,
      'Mail cannot be taken; try again later',
    ],
    [
      deferred('4.3.1', { reason: 'internal', diagnostic }),
      452,
      'There is no room for more mail; try again later',
    ],
    [
      deferred('4.4.5', { reason: 'timeout', diagnostic }),
      451,
      'Taking the message took too long; try again later',
    ],
    [
      deferred('4.7.1', { reason: 'throttled', diagnostic }),
      450,
      'Too much mail at once; try again later',
    ],
    [
      deferred('4.5.3', { reason: 'recipients', diagnostic }),
      452,
      'A recipient address was refused; try again later',
    ],
    [
      deferred('4.3.2', { reason: 'server', diagnostic }),
      451,
      'The next mail system is in trouble; try again later',
    ],
    [
      deferred('4.7.0', { reason: 'credential', diagnostic }),
      451,
      'Mail cannot be sent on; try again later',
    ],
    [
      deferred('4.3.0', { reason: 'server', diagnostic }),
      451,
      'The next mail system is in trouble; try again later',
    ],
    [
      deferred('4.4.5', { reason: 'throttled', diagnostic }),
      451,
      'Too much mail at once; try again later',
    ],
    [failed('5.3.4', { reason: 'tooLarge', diagnostic }), 552, 'The message is too large'],
    [
      failed('5.6.0', { reason: 'content', diagnostic }),
      554,
      'The content of the message cannot be accepted',
    ],
    [
      failed('5.4.6', { reason: 'content', diagnostic }),
      554,
      'The content of the message cannot be accepted',
    ],
    [failed('5.7.1', { reason: 'permission', diagnostic }), 550, 'The message may not be sent'],
    [failed('5.1.1', { reason: 'recipients', diagnostic }), 550, 'A recipient address was refused'],
  ])('gives %o the code %i and a sentence of its own', (refusal, code, text) => {
    expect(toReply(refusal)).toEqual({ code, status: refusal.status, text });
  });

  test('lets the words that are meant for the client through', () => {
    const refusal = failed('5.7.1', {
      reason: 'permission',
      diagnostic,
      reply: 'Ask  the\r\nboss',
    });
    expect(toReply(refusal)).toEqual({ code: 550, status: '5.7.1', text: 'Ask the boss' });
  });
});

describe('toRejection()', () => {
  test.each<[Refusal, string]>([
    [deferred('4.3.0', { reason: 'internal', diagnostic }), 'store'],
    [deferred('4.3.1', { reason: 'internal', diagnostic }), 'store'],
    [deferred('4.3.0', { reason: 'server', diagnostic }), 'nextHop'],
    [deferred('4.4.5', { reason: 'throttled', diagnostic }), 'nextHop'],
    [deferred('4.3.5', { reason: 'configuration', diagnostic }), 'routing'],
    [failed('5.3.4', { reason: 'tooLarge', diagnostic }), 'tooLarge'],
    [failed('5.6.0', { reason: 'content', diagnostic }), 'badContent'],
  ])('files %o under %s, and keeps the diagnostic for the log', (refusal, reason) => {
    expect(toRejection(refusal)).toMatchObject({ reason, diagnostic });
  });
});

describe('toReplyText()', () => {
  test.each([
    ['Bitte prüfen: « façade »', 'Bitte prufen: ? facade ?'],
    ['two\r\n250 lines\u2028\u0000', 'two 250 lines ?'],
    ['x'.repeat(2000), 'x'.repeat(480)],
  ])('makes a line of ASCII of %j', (text, expected) => {
    expect(toReplyText(text)).toBe(expected);
  });
});

describe('toSmtpError()', () => {
  test('carries code, status and text to the library', () => {
    const error = toSmtpError({ code: 454, status: '4.7.0', text: 'Later' });
    expect(error).toMatchObject({ responseCode: 454, message: '4.7.0 Later' });
  });
});
