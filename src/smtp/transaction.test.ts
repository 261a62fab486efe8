import { describe, expect, test } from 'vitest';
import { createClient, createNetworks, createPatterns } from '../../test/dialogs/intake.ts';
import { deferred, failed } from '../core/outcome.ts';
import {
  addForwardPath,
  openTransaction,
  toEnvelope,
  type MailRules,
  type OpenTransaction,
  type SessionFacts,
} from './transaction.ts';

const facts: SessionFacts = {
  listener: 'apps',
  ip: '10.0.0.1',
  ehlo: 'app.example',
  tls: false,
  extended: true,
};

const rules: MailRules = {
  clients: [
    createClient('cluster', {
      networks: createNetworks('10.0.0.0/8'),
      recipients: createPatterns('*@contoso.com', '*@relay.example.com'),
      recipientsPerMessage: 2,
    }),
    createClient('shop', { username: 'wp' }),
  ],
  checkReversePath: () => undefined,
  overload: () => undefined,
  takeMessage: () => undefined,
};

function open(path: string, changes: Partial<MailRules & SessionFacts> = {}): OpenTransaction {
  const opened = openTransaction(path, {
    facts: { ...facts, ...changes },
    rules: { ...rules, ...changes },
  });
  if (opened.kind === 'open') return opened;
  throw new Error(opened.diagnostic);
}

describe('openTransaction()', () => {
  test('knows the client and what it said', () => {
    expect(open('app@Contoso.COM')).toMatchObject({
      client: { name: 'cluster', ...facts },
      reversePath: 'app@contoso.com',
    });
  });

  test('knows the login', () => {
    const login = { username: 'wp', clients: ['shop'] };
    expect(open('a@b.example', { login }).client).toMatchObject({ name: 'shop', login: 'wp' });
  });

  test('takes the null reverse-path', () => {
    expect(open('').reversePath).toBeNull();
  });

  test.each([
    ['example@[10.0.0.1]', 'example@[10.0.0.1]'],
    ['user@bücher.example', 'user@xn--bcher-kva.example'],
  ])('takes %s', (path, reversePath) => {
    expect(open(path).reversePath).toBe(reversePath);
  });

  test.each(['nobody', 'a@b@c', 'a b@c', 'user@xn--exmple-qv6c', 'x@ex\u200bample.com'])(
    'refuses %j with 501 5.1.7',
    (path) => {
      expect(openTransaction(path, { facts, rules })).toMatchObject({
        kind: 'rejected',
        reply: { code: 501, status: '5.1.7' },
        reason: 'badAddress',
        client: 'cluster',
      });
    },
  );

  test('quotes no more of a bad path than a path may have', () => {
    const bad = openTransaction(`\r\n${'x'.repeat(10_000)}`, { facts, rules });
    expect(bad).toMatchObject({
      diagnostic: `MAIL FROM has no valid address: "\\r\\n${'x'.repeat(254)}"`,
    });
  });

  test('asks what the client may send as, and answers 550', () => {
    const refusal = failed('5.7.1', { reason: 'content', diagnostic: 'Not as the boss' });
    const asked: unknown[] = [];
    const checked = openTransaction('boss@contoso.com', {
      facts,
      rules: {
        ...rules,
        checkReversePath: (client, reversePath) => {
          asked.push(client.name, reversePath);
          return refusal;
        },
      },
    });
    expect(asked).toEqual(['cluster', 'boss@contoso.com']);
    expect(checked).toMatchObject({
      reply: { code: 550, status: '5.7.1' },
      diagnostic: 'Not as the boss',
    });
  });

  test('answers for the store before the body travels', () => {
    const full = deferred('4.3.1', { reason: 'internal', diagnostic: 'Disk full' });
    expect(
      openTransaction('a@b.example', { facts, rules: { ...rules, overload: () => full } }),
    ).toMatchObject({ reply: { code: 452, status: '4.3.1' }, reason: 'store' });
  });

  test('turns strangers away', () => {
    const stranger = openTransaction('a@b.example', { facts: { ...facts, ip: '8.8.8.8' }, rules });
    expect(stranger).toMatchObject({ kind: 'rejected', reply: { code: 530 } });
  });
});

describe('addForwardPath()', () => {
  const hostname = 'relay.example.com';

  test('folds repeated recipients into one, whatever their case', () => {
    const transaction = open('a@b.example');
    const paths = ['Anna@contoso.com', 'anna@CONTOSO.com', 'bert@contoso.com', 'Bert@contoso.com'];
    for (const path of paths) {
      expect(addForwardPath(transaction, path, { hostname })).toBeUndefined();
    }
    expect(toEnvelope(transaction, { smtpUtf8: true })).toEqual({
      reversePath: 'a@b.example',
      forwardPaths: ['Anna@contoso.com', 'bert@contoso.com'],
      smtpUtf8: true,
    });
  });

  test('answers 452 4.5.3 to one too many, and keeps the others', () => {
    const transaction = open('a@b.example');
    for (const path of ['a@contoso.com', 'b@contoso.com']) {
      addForwardPath(transaction, path, { hostname });
    }
    expect(addForwardPath(transaction, 'c@contoso.com', { hostname })).toMatchObject({
      reply: { code: 452, status: '4.5.3' },
      reason: 'tooManyRecipients',
    });
    expect(addForwardPath(transaction, 'A@contoso.com', { hostname })).toBeUndefined();
    expect(transaction.forwardPaths.size).toBe(2);
  });

  test('answers 550 5.7.1 where the client may not send', () => {
    expect(addForwardPath(open('a@b.example'), 'x@gmail.com', { hostname })).toMatchObject({
      reply: { code: 550, status: '5.7.1' },
      reason: 'routing',
    });
  });

  test.each(['nobody', '"a@evil"@corp@contoso.com', 'a@ex\u202eample.com', ''])(
    'answers 501 5.1.3 to %j',
    (path) => {
      expect(addForwardPath(open('a@b.example'), path, { hostname })).toMatchObject({
        reply: { code: 501, status: '5.1.3' },
      });
    },
  );

  test('takes a postmaster without a domain', () => {
    const transaction = open('a@b.example');
    expect(addForwardPath(transaction, 'Postmaster', { hostname })).toBeUndefined();
    expect([...transaction.forwardPaths.values()]).toEqual(['Postmaster@relay.example.com']);
  });
});
