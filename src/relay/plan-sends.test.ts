import { describe, expect, test } from 'vitest';
import { address, pattern } from '../../test/support/addresses.ts';
import type { FromBlock } from '../core/originator.ts';
import type { Route, SendAction } from '../core/route.ts';
import { mime } from '../mime/mime.ts';
import { findRefusal, planSends, type SendRoute } from './plan-sends.ts';
import type { Connection, Policy } from './policy.ts';

const never: FromBlock = { force: 'never', defaults: [], replyTo: 'original' };
const always: FromBlock = { ...never, force: 'always', address: address('noreply@contoso.com') };

function connection(name: string, from?: FromBlock): Connection {
  return {
    name,
    laneIdentity: { kind: 'connection', name },
    laneConcurrency: 4,
    sendAs: { kind: 'from' },
    saveToSentItems: true,
    ...(from && { from }),
    transport: { maxMessageBytes: 20_000, send: () => Promise.reject(new Error('Not here')) },
  };
}

function policyOf(from: FromBlock, ...connections: readonly Connection[]): Policy {
  return {
    from,
    rules: [],
    fallback: { name: 'default', action: send, bcc: [] },
    needsContent: false,
    connections: new Map(connections.map((one) => [one.name, one])),
  };
}

const send: SendAction = { kind: 'send', via: 'main', backup: [], priority: 'normal' };
const route: SendRoute = { rule: 'default', action: send, forwardPaths: [address('b@b.com')] };

function plan(policy: Policy, routes: readonly SendRoute[] = [route], bodyBytes = 10) {
  const header = Buffer.from('From: app@contoso.com\r\nTo: b@b.com\r\n\r\n');
  const client = {
    name: 'apps',
    ip: '10.0.0.1',
    listener: 'apps',
    ehlo: '',
    tls: false,
    senders: [pattern('other@contoso.com')],
  };
  const sizes = { headerBytes: header.length, sizeBytes: header.length + bodyBytes };
  const message = { client, fromWasMissing: false, messageId: '<1@b.com>', ...sizes };
  return planSends({ message, header, facts: mime.readHeader(header) }, routes, { policy, mime });
}

describe('planSends()', () => {
  test('plans one send for each route and each 500 recipients', () => {
    const paths = Array.from({ length: 501 }, (_, number) => address(`user${number}@b.com`));
    const sends = plan(policyOf(always, connection('main')), [
      { ...route, forwardPaths: paths },
      { ...route, rule: 'other' },
    ]);
    expect(sends).toMatchObject([
      { route: { rule: 'default', forwardPaths: { length: 500 } } },
      { route: { rule: 'default', forwardPaths: ['user500@b.com'] } },
      { route: { rule: 'other' }, submission: { from: 'noreply@contoso.com' } },
    ]);
  });

  test('counts the header that leaves, not the one that came', () => {
    const policy = policyOf(always, connection('main'));
    const [first] = [plan(policy)].flat();
    const header = first && 'header' in first ? first.header : new Uint8Array();
    const room = 20_000 - header.length;
    expect(plan(policy, [route], room)).toMatchObject([{ sizeBytes: 20_000 }]);
    expect(plan(policy, [route], room + 1)).toMatchObject({
      kind: 'failed',
      status: '5.3.4',
      reply: 'Message is too large: 20001 bytes, at most 20000 can be sent',
    });
  });

  test('defers where the connection is gone', () => {
    expect(plan(policyOf(always))).toMatchObject({ kind: 'deferred', status: '4.3.5' });
  });

  test.each<[string, Policy, Partial<SendRoute>]>([
    ['route', policyOf(always, connection('main')), { from: never }],
    ['connection', policyOf(always, connection('main', never)), {}],
    [
      'backup',
      policyOf(always, connection('main'), connection('second', never)),
      { action: { ...send, backup: ['second'] } },
    ],
  ])(
    'refuses whom the top-level block would replace, and that of the %s does not',
    (_, policy, own) => {
      expect(plan(policy, [{ ...route, ...own }])).toMatchObject({
        kind: 'failed',
        status: '5.7.1',
        diagnostic: expect.stringContaining('may not send with From "app@contoso.com"'),
      });
    },
  );

  test('lets a narrower block replace what the top-level one replaces', () => {
    const from = { ...always, address: address('route@contoso.com') };
    expect(plan(policyOf(always, connection('main')), [{ ...route, from }])).toMatchObject([
      { submission: { from: 'route@contoso.com' } },
    ]);
  });
});

describe('findRefusal()', () => {
  test('says what the rule says', () => {
    const refusing: Route = {
      rule: 'closed',
      action: { kind: 'refuse', text: 'Not today' },
      forwardPaths: [address('b@b.com')],
    };
    expect(findRefusal([route])).toBeUndefined();
    expect(findRefusal([route, refusing])).toMatchObject({
      status: '5.7.1',
      reason: 'rule',
      reply: 'Not today',
      diagnostic: 'The rule "closed" refuses this message',
    });
  });
});
