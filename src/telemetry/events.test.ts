import { describe, expect, test } from 'vitest';
import { parseAddress, type Address } from '../core/address.ts';
import type { Attempt, DeliveryChange } from '../core/delivery.ts';
import { laneOf } from '../core/lane.ts';
import { deferred, delivered, failed, unsure, type Outcome } from '../core/outcome.ts';
import type { Claim, Content, Events, StoredMessage } from '../relay/ports.ts';
import { createEvents } from './events.ts';
import { logEvents, type LogEventName } from './log-events.ts';
import { createLog, type Log } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';

const clock = { now: () => Date.UTC(2026, 10, 22, 12) };
const secretBody = 'Body-4711';

describe('createEvents()', () => {
  const recipient = address('someone@example.com');
  const connection = { listener: 'apps', ip: '10.0.0.7', session: 's1' };
  const connectionDown = deferred('4.7.0', {
    reason: 'credential',
    diagnostic: 'The secret has expired',
    hold: 'connection',
    remote: { code: 'AADSTS7000222', httpStatus: 401, requestId: 'r-1' },
  });

  const hold = {
    connection: 'main',
    scope: 'connection',
    diagnostic: 'The secret has expired',
  } as const;
  const holdOfFrom = {
    lane: laneOf({ kind: 'connection', name: 'main' }, recipient),
    from: recipient,
  };

  // Before a session: a connection whose TLS begins at once.
  const handshakeRefusal = {
    ...{ listener: 'apps', ip: '10.0.0.7', status: '4.7.0', diagnostic: 'No' },
    ...({ stage: 'connect', reason: 'rateLimited' } as const),
  };

  const lines: readonly [LogEventName, string, 'all' | 'always', (events: Events) => void][] = [
    ['smtp.connected', 'debug', 'all', (events) => events.connectionOpened(connection)],
    ['smtp.disconnected', 'debug', 'all', (events) => events.connectionClosed(connection)],
    [
      'smtp.handshakeFailed',
      'debug',
      'all',
      (events) => events.handshakeFailed({ ...connection, diagnostic: 'No common version' }),
    ],
    [
      'smtp.certificate',
      'info',
      'all',
      (events) => events.certificateLoaded({ listener: 'apps', expiresAt: 1_800_000_000_000 }),
    ],
    ['smtp.login', 'debug', 'all', (events) => events.loginAttempted(login('success'))],
    ['smtp.login', 'warn', 'all', (events) => events.loginAttempted(login('badCredentials'))],
    ['smtp.refused', 'info', 'always', (events) => events.refused(handshakeRefusal)],
    [
      'smtp.refused',
      'error',
      'all',
      (events) => events.refused({ ...refusal('store'), id: 'q1', client: 'erp' }),
    ],
    [
      'smtp.vanished',
      'info',
      'all',
      (events) => events.clientVanished({ ...connection, receivedBytes: 17 }),
    ],
    ['message.accepted', 'info', 'always', (events) => events.accepted(acceptance(message()))],
    [
      'message.accepted',
      'info',
      'all',
      (events) =>
        events.accepted(
          acceptance({ ...message({ login: 'erp' }), reusedMessageId: '<1@device>' }),
        ),
    ],
    [
      'message.discarded',
      'info',
      'all',
      (events) =>
        events.discarded({ id: 'q1', route: 'noise', client: 'erp', forwardPaths: [recipient] }),
    ],
    [
      'delivery.attempted',
      'info',
      'always',
      (events) => events.attempted(attempted(delivered('2.0.0'), { state: 'delivered' })),
    ],
    [
      'delivery.attempted',
      'warn',
      'all',
      (events) => events.attempted(attempted(connectionDown, { state: 'deferred', dueAt: 1 })),
    ],
    [
      'message.reported',
      'info',
      'all',
      (events) =>
        events.reported({
          id: 'q1',
          delivery: 'q1-1',
          result: 'failed',
          report: 'q2',
          reversePath: recipient,
        }),
    ],
    [
      'message.reported',
      'info',
      'always',
      (events) => events.reported({ id: 'q1', delivery: 'q1-1', result: 'dismissed' }),
    ],
    [
      'delivery.lookedFor',
      'info',
      'all',
      (events) => {
        const { claim } = attempted(delivered('2.0.0'), { state: 'delivered' });
        events.lookedFor({ claim, result: 'notFound', dueAt: 1 });
      },
    ],
    ['hold.began', 'error', 'always', (events) => events.holdBegan(hold)],
    ['hold.began', 'error', 'all', (events) => events.holdBegan({ ...hold, ...holdOfFrom })],
    [
      'hold.ended',
      'info',
      'all',
      (events) =>
        events.holdEnded({ ...hold, ...holdOfFrom, cause: 'mended', durationMs: 300_000 }),
    ],
    [
      'breaker.changed',
      'error',
      'all',
      (events) => events.breakerChanged({ connection: 'main', state: 'open' }),
    ],
    [
      'delivery.possibleDuplicate',
      'warn',
      'all',
      (events) =>
        events.possibleDuplicate({ id: 'q1', connection: 'main', messageId: '<1@contoso.com>' }),
    ],
    [
      'graph.request',
      'debug',
      'all',
      (events) => events.graphRequestEnded({ ...request('202'), requestId: 'r-1' }),
    ],
    [
      'token.requested',
      'debug',
      'always',
      (events) => events.tokenRequested({ connection: 'main', result: 'success' }),
    ],
    [
      'token.requested',
      'warn',
      'all',
      (events) =>
        events.tokenRequested({ connection: 'main', result: 'failure', diagnostic: 'expired' }),
    ],
    [
      'store.committed',
      'debug',
      'all',
      (events) => events.storeCommitted({ durationMs: 2, messages: 3 }),
    ],
    [
      'operator.acted',
      'info',
      'all',
      (events) =>
        events.operatorActed({ by: 'token', action: 'retry', what: 'state failed', deliveries: 2 }),
    ],
    [
      'alert',
      'info',
      'all',
      (events) => events.alerted({ channel: 'slack', result: 'told', alerts: 2 }),
    ],
    [
      'alert',
      'debug',
      'all',
      (events) => events.alerted({ channel: 'email', result: 'failed', alerts: 2 }),
    ],
    [
      'fault',
      'error',
      'all',
      (events) => events.fault({ where: 'runner', error: new Error('boom'), id: 'q1' }),
    ],
    ['fault', 'error', 'always', (events) => events.fault({ where: 'runner', error: 'boom' })],
  ];

  test.each(lines)(
    'writes %s at %s with %s of its keys and no others',
    (name, level, keys, say) => {
      const { events, written } = setUp();
      say(events);
      const { always, sometimes } = logEvents[name];
      const expected = ['time', 'level', 'event', ...always, ...(keys === 'all' ? sometimes : [])];
      expect(written).toHaveLength(1);
      expect(written[0]).toMatchObject({ event: name, level, time: '2026-11-22T12:00:00.000Z' });
      expect(Object.keys(written[0] ?? {}).toSorted()).toEqual(expected.toSorted());
    },
  );

  test('writes every event of the reference', () => {
    expect(new Set(lines.map(([name]) => name))).toEqual(new Set(Object.keys(logEvents)));
  });

  test('notice() writes its own name and text', () => {
    const { events, written } = setUp();
    events.notice({ level: 'warn', event: 'sandbox', text: 'Nothing leaves this machine' });
    expect(written).toEqual([
      {
        time: '2026-11-22T12:00:00.000Z',
        level: 'warn',
        event: 'sandbox',
        text: 'Nothing leaves this machine',
      },
    ]);
  });

  test('accepted() and attempted() tell neither subject nor body', () => {
    const { events, raw } = setUp();
    events.accepted(acceptance(message({ login: 'erp' })));
    events.attempted(attempted(connectionDown, { state: 'deferred' }));
    expect(raw()).toContain('q1');
    expect(raw()).not.toContain('Salaries');
    expect(raw()).not.toContain(secretBody);
  });

  test('fault() tells messages and causes, and nothing that hangs on the error', () => {
    const { events, written, raw } = setUp();
    const cause = Object.assign(new Error('connect ECONNREFUSED'), { token: 'secret-4711' });
    const error = Object.assign(new TypeError('fetch failed', { cause }), { body: 'secret-4711' });
    events.fault({ where: 'graph', error });
    expect(written[0]).toMatchObject({
      error: 'TypeError: fetch failed: Error: connect ECONNREFUSED',
    });
    expect(raw()).not.toContain('secret-4711');
  });

  test('counts although the log fails, and never throws', async () => {
    const broken: Log = {
      write() {
        throw new Error('disk full');
      },
      notice() {
        throw new Error('disk full');
      },
      flush: () => Promise.resolve(),
    };
    const metrics = createTestMetrics();
    const events = createEvents({ log: broken, metrics });
    events.accepted(acceptance(message()));
    events.notice({ level: 'info', event: 'x', text: 'y' });
    expect(await valueOf(metrics, 'messages_received_total{listener="apps",client="erp"}')).toBe(1);
  });

  const expired: Outcome = deferred('4.4.2', { reason: 'timeout', diagnostic: 'No answer' });
  test.each<[string, (events: Events) => void, Record<string, number>]>([
    [
      'connectionOpened()',
      (events) => events.connectionOpened(connection),
      {
        'smtp_connections_total{listener="apps",result="accepted"}': 1,
        'smtp_connections_active{listener="apps"}': 1,
      },
    ],
    [
      'refused() at connect',
      (events) => events.refused({ ...refusal('unknownClient'), stage: 'connect' }),
      {
        'smtp_connections_total{listener="apps",result="refused"}': 1,
        'smtp_rejections_total{listener="apps",stage="connect",reason="unknownClient"}': 1,
      },
    ],
    [
      'loginAttempted()',
      (events) => events.loginAttempted({ ...login('success'), mechanism: 'X-EVIL"\n' }),
      { 'smtp_auth_attempts_total{listener="apps",mechanism="other",result="success"}': 1 },
    ],
    [
      'attempted() with delivered',
      (events) => events.attempted(attempted(delivered('2.0.0'), { state: 'delivered' })),
      {
        'delivery_attempts_total{connection="main",result="delivered"}': 1,
        'messages_delivered_total{connection="main",transport="mime"}': 1,
        'delivery_latency_seconds_sum{connection="main"}': 1.5,
        'connection_up{connection="main"}': 1,
      },
    ],
    [
      'attempted() with a fault of the connection',
      (events) => events.attempted(attempted(connectionDown, { state: 'deferred' })),
      {
        'delivery_attempts_total{connection="main",result="deferred"}': 1,
        'connection_up{connection="main"}': 0,
      },
    ],
    [
      'attempted() with throttled',
      (events) => events.attempted(attempted(throttled(), { state: 'ready' })),
      {
        'delivery_attempts_total{connection="main",result="throttled"}': 1,
        'delivery_attempts_total{connection="main",result="deferred"}': 0,
      },
    ],
    [
      'attempted() with unsure',
      (events) =>
        events.attempted(
          attempted(unsure('4.4.2', { reason: 'timeout', diagnostic: 'x' }), { state: 'unsure' }),
        ),
      { 'delivery_attempts_total{connection="main",result="unsure"}': 1 },
    ],
    [
      'attempted() with failed',
      (events) =>
        events.attempted(
          attempted(failed('5.6.0', { reason: 'content', diagnostic: 'x' }), { state: 'failed' }),
        ),
      {
        'delivery_attempts_total{connection="main",result="failed"}': 1,
        'messages_failed_total{connection="main",reason="content"}': 1,
      },
    ],
    [
      'attempted() with the last deferral of a message that is too old',
      (events) => events.attempted(attempted(expired, { state: 'failed' })),
      {
        'delivery_attempts_total{connection="main",result="deferred"}': 1,
        'messages_failed_total{connection="main",reason="expired"}': 1,
      },
    ],
    [
      'graphRequestEnded()',
      (events) => {
        events.graphRequestStarted({ connection: 'main' });
        events.graphRequestStarted({ connection: 'main' });
        events.graphRequestEnded(request('418'));
      },
      {
        'graph_requests_in_flight{connection="main"}': 1,
        'graph_requests_total{connection="main",operation="send_mail",code="other"}': 1,
        'graph_request_duration_seconds_sum{connection="main",operation="send_mail"}': 0.25,
      },
    ],
    [
      'tokenRequested()',
      (events) => events.tokenRequested({ connection: 'main', result: 'failure' }),
      {
        'token_requests_total{connection="main",result="failure"}': 1,
        'connection_up{connection="main"}': 0,
      },
    ],
    [
      'reported(), discarded(), routeMatched(), possibleDuplicate() and storeCommitted()',
      (events) => {
        events.reported({ id: 'q1', delivery: 'q1-1', result: 'relayed' });
        events.discarded({ id: 'q1', route: 'noise', client: 'erp', forwardPaths: [recipient] });
        events.routeMatched({ route: 'noise' });
        events.possibleDuplicate({ id: 'q1', connection: 'main', messageId: '<1@x>' });
        events.storeCommitted({ durationMs: 2, messages: 3 });
      },
      {
        'reports_total{result="relayed"}': 1,
        'messages_discarded_total{route="noise"}': 1,
        'route_matches_total{route="noise"}': 1,
        'possible_duplicates_total{connection="main"}': 1,
        store_commit_duration_seconds_count: 1,
      },
    ],
  ])('%s counts', async (_name, say, expected) => {
    const { events, metrics } = setUp();
    say(events);
    for (const [series, value] of Object.entries(expected)) {
      expect([series, await valueOf(metrics, series)]).toEqual([series, value]);
    }
  });

  function login(result: 'success' | 'badCredentials') {
    return { ...connection, mechanism: 'PLAIN', username: 'erp', result };
  }

  function refusal(reason: 'senderNotAllowed' | 'unknownClient' | 'store') {
    return { ...connection, stage: 'mail', reason, status: '5.7.1', diagnostic: 'No' } as const;
  }

  function request(code: string) {
    return { connection: 'main', operation: 'send_mail', code, durationMs: 250 } as const;
  }

  function throttled(): Outcome {
    return deferred('4.4.5', { reason: 'throttled', diagnostic: 'Slow down' });
  }

  function acceptance(accepted: StoredMessage) {
    return { message: accepted, forwardPaths: [recipient], routes: ['default'], durationMs: 4 };
  }

  function attempted(
    outcome: Outcome,
    change: Pick<DeliveryChange, 'state' | 'dueAt'>,
  ): Parameters<Events['attempted']>[0] {
    const attempt: Attempt = {
      number: 1,
      connection: 'main',
      startedAt: 2000,
      endedAt: 2500,
      outcome,
    };
    return {
      claim: claim(),
      attempt,
      change: { attempts: 1, agesFrom: 1000, ...change },
      ...(outcome.kind === 'delivered' ? {} : { sendAs: 'app@contoso.com' }),
    };
  }

  function claim(): Claim {
    const lane = laneOf({ kind: 'connection', name: 'main' }, recipient);
    return {
      delivery: {
        id: 'd1',
        messageId: 'q1',
        route: {
          rule: 'default',
          action: { kind: 'send', via: 'main', backup: [], priority: 'normal' },
          forwardPaths: [recipient],
        },
        connection: 'main',
        lane,
        state: 'sending',
        attempts: 1,
        agesFrom: 1000,
        lookUps: 0,
      },
      message: message(),
      content: unreadable,
      fence: 1,
      mayHaveBeenSent: false,
    };
  }
});

const unreadable: Content = {
  sizeBytes: secretBody.length,
  async *read() {
    yield Buffer.from(secretBody);
  },
};

function message({ login }: { login?: string } = {}): StoredMessage {
  return {
    id: 'q1',
    receivedAt: 1000,
    client: {
      name: 'erp',
      ip: '10.0.0.7',
      listener: 'apps',
      ehlo: 'erp.contoso.com',
      tls: false,
      senders: [],
      ...(login === undefined ? {} : { login, session: 's1' }),
    },
    envelope: { reversePath: null, forwardPaths: [address('a@example.com')], smtpUtf8: false },
    sizeBytes: 512,
    headerBytes: 256,
    subject: 'Salaries',
    messageId: '<1@contoso.com>',
    from: 'app@contoso.com',
    fromWasMissing: false,
  };
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`No address: "${text}"`);
  return parsed;
}

function setUp() {
  const texts: string[] = [];
  const written: Record<string, unknown>[] = [];
  const log = createLog({
    level: 'trace',
    format: 'auto',
    addresses: 'full',
    isTerminal: false,
    clock,
    stream: {
      write(line) {
        texts.push(line);
        written.push(JSON.parse(line));
      },
    },
  });
  const metrics = createTestMetrics();
  return { events: createEvents({ log, metrics }), metrics, written, raw: () => texts.join('') };
}

function createTestMetrics(): Metrics {
  return createMetrics({
    names: {
      listeners: ['apps'],
      clients: ['erp'],
      connections: ['main'],
      routes: ['noise', 'default'],
      sandboxConnections: 0,
    },
    version: '0.1.0',
    clock,
    figures: () => Promise.reject(new Error('not asked here')),
    diskSpace: () => Promise.resolve(undefined),
  });
}

/** The value of the series that a line of the text format starts with. */
async function valueOf(metrics: Metrics, series: string): Promise<number | undefined> {
  const lines = (await metrics.render()).split('\n');
  const line = lines.find((candidate) => candidate.startsWith(`graphpost_${series} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}
