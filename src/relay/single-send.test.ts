import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import type { Condition } from '../core/condition.ts';
import type { Action, Rule } from '../core/route.ts';
import { createRecipientCheck } from './single-send.ts';

const send = { kind: 'send', via: 'main', backup: [], priority: 'normal' } as const;

function says(property: 'subject' | 'recipient' | 'envelopeFrom', text: string): Condition {
  return { property, tests: [{ operator: 'contains', value: text, caseSensitive: false }] };
}

function rule(name: string, when: Condition | undefined, action: Action = send): Rule {
  return { name, action, bcc: [], ...(when && { when }) };
}

const fallback = rule('default', undefined);
const toB = says('recipient', '@b.example');
const invoice = says('subject', 'invoice');

/** Which of the recipients stand beside those before them. */
function taken(rules: readonly Rule[], ...recipients: readonly string[]): readonly string[] {
  const client = {
    name: 'app',
    ip: '127.0.0.1',
    listener: 'sidecar',
    ehlo: 'app',
    tls: false,
    senders: [],
  };
  const sender = { client, reversePath: address('app@contoso.com') };
  const check = createRecipientCheck(sender, { rules, fallback, connections: new Map() });
  return recipients.filter((recipient) => check(address(recipient)) === undefined);
}

describe('createRecipientCheck()', () => {
  test.each<[string, readonly Rule[], readonly string[], readonly string[]]>([
    ['one route', [], ['a@a.example', 'b@b.example'], ['a@a.example', 'b@b.example']],
    [
      'another route',
      [rule('b', toB)],
      ['a@a.example', 'b@b.example', 'c@a.example'],
      ['a@a.example', 'c@a.example'],
    ],
    [
      'a route that the sender decides',
      [rule('own', says('envelopeFrom', 'app@')), rule('b', toB)],
      ['a@a.example', 'b@b.example'],
      ['a@a.example', 'b@b.example'],
    ],
    [
      'a route that the header decides',
      [rule('b', { all: [toB, invoice] })],
      ['a@a.example', 'b@b.example'],
      ['a@a.example', 'b@b.example'],
    ],
    [
      'a route that the header cannot change any more',
      [rule('b', { any: [toB, { all: [toB, invoice] }] })],
      ['b@b.example', 'a@a.example'],
      ['b@b.example'],
    ],
    [
      'a route that drops',
      [rule('b', toB, { kind: 'drop' })],
      ['b@b.example', 'a@a.example', 'c@b.example'],
      ['b@b.example', 'a@a.example', 'c@b.example'],
    ],
    [
      'a refusal of the whole message',
      [rule('no', invoice, { kind: 'refuse', text: 'No' }), rule('b', toB)],
      ['a@a.example', 'b@b.example'],
      ['a@a.example'],
    ],
  ])('judges %s', (_, rules, recipients, expected) => {
    expect(taken(rules, ...recipients)).toEqual(expected);
  });

  test('takes as many as one send carries, with those that the rule adds', () => {
    const many = Array.from({ length: 510 }, (_, number) => `a${number}@a.example`);
    expect(taken([], ...many)).toHaveLength(500);
    const archive = { ...rule('archived', undefined), bcc: [address('archive@contoso.com')] };
    expect(taken([archive], ...many)).toHaveLength(499);
  });
});
