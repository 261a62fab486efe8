import { describe, expect, test } from 'vitest';
import { address, pattern } from '../../test/support/addresses.ts';
import { contentOf } from '../../test/support/content.ts';
import type { AlertSignal } from '../core/alert.ts';
import { laneOf } from '../core/lane.ts';
import { deferred, delivered, failed, type Outcome } from '../core/outcome.ts';
import type { Claim, Events } from '../relay/ports.ts';
import { createEvents } from '../telemetry/events.ts';
import { createLog } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { watchingEvents } from './watching-events.ts';

const now = Date.UTC(2026, 10, 22, 14);
const app = address('app@contoso.com');
const lane = laneOf({ kind: 'graph', authority: 'a', tenant: 't', clientId: 'c' }, app);

const none = { ready: 0, sending: 0, unsure: 0, deferred: 0, held: 0, failed: 0, delivered: 0 };

function setUp() {
  const clock = { now: () => now };
  const lines: string[] = [];
  const log = createLog({
    ...{ level: 'info', format: 'json', addresses: 'full', isTerminal: false, clock },
    stream: { write: (line) => void lines.push(line) },
  });
  const metrics = createMetrics({
    ...{ version: '0', clock, diskSpace: () => Promise.resolve(undefined) },
    names: { listeners: [], clients: [], connections: [], routes: [], sandboxConnections: 0 },
    figures: () => Promise.resolve({ deliveries: none, bodyBytes: 0 }),
  });
  const signals: AlertSignal[] = [];
  const certificates: string[] = [];
  const events = watchingEvents(createEvents({ log, metrics }), {
    note: (signal) => void signals.push(signal),
    ownClient: 'alerts',
    hasAccount: (connection) => connection === 'personal',
    isDirect: (listener) => listener === 'sidecar',
    onCertificate: (listener) => void certificates.push(listener),
  });
  return { events, signals, lines, certificates };
}

function claimOf({ client = 'erp', isReport = false, listener = 'l' } = {}): Claim {
  const senders = [pattern('*')];
  const action = { kind: 'send', via: 'main', backup: [], priority: 'normal' } as const;
  const route = { rule: 'default', action, forwardPaths: [app] };
  return {
    delivery: {
      ...{ id: 'q1-1', messageId: 'q1', route, connection: 'main', lane },
      ...{ state: 'sending', attempts: 1, agesFrom: now, lookUps: 0 },
    },
    message: {
      ...{ id: 'q1', receivedAt: now, sizeBytes: 1, headerBytes: 1, subject: 'Hush' },
      client: { name: client, ip: '::1', listener, ehlo: '', tls: false, senders },
      envelope: { reversePath: app, forwardPaths: [app], smtpUtf8: false },
      ...{ messageId: '<q1@here>', from: app, fromWasMissing: false, isReport },
    },
    content: contentOf(new Uint8Array(1)),
    fence: 1,
    mayHaveBeenSent: false,
  };
}

function attempted(
  events: Events,
  outcome: Outcome,
  { claim = claimOf(), connection = 'main', pauseLaneUntil = 0 } = {},
): void {
  const state = outcome.kind === 'unsure' ? 'unsure' : outcome.kind;
  events.attempted({
    claim,
    attempt: { number: 1, connection, startedAt: now, endedAt: now, outcome },
    change: { state, attempts: 1, agesFrom: now, ...(pauseLaneUntil > 0 && { pauseLaneUntil }) },
  });
}

const tooLarge = failed('5.3.4', { reason: 'tooLarge', diagnostic: 'It is too large.' });
const refused = deferred('4.7.0', {
  reason: 'credential',
  diagnostic: 'Nobody has signed in for the connection: sign in',
  hold: 'connection',
});

describe('watchingEvents()', () => {
  test('tells of a delivery that has failed, with what to run, and without its subject', () => {
    const { events, signals, lines } = setUp();
    attempted(events, tooLarge);
    expect(signals).toEqual([
      {
        kind: 'happened',
        event: 'failed',
        cause: 'connection main, reason tooLarge',
        text: 'Message q1 was given up over connection "main": It is too large',
        remedy: expect.stringContaining('"graphpost why q1"'),
      },
    ]);
    expect(lines).toHaveLength(1);
  });

  test.each([
    [{ client: 'alerts', isReport: true }, 'main'],
    [{ client: 'alerts', isReport: false }, undefined],
    [{ client: 'bounce', isReport: true }, undefined],
  ])('lets no e-mail tell of itself: %o', (client, untoldOver) => {
    const { events, signals } = setUp();
    attempted(events, tooLarge, { claim: claimOf(client) });
    expect(signals[0]?.untoldOver).toBe(untoldOver);
  });

  test('tells once for a hold and the breaker of a connection, with the cause', () => {
    const { events, signals } = setUp();
    attempted(events, refused);
    events.breakerChanged({ connection: 'main', state: 'open' });
    events.holdBegan({ connection: 'main', scope: 'connection', diagnostic: 'The secret is bad' });
    events.breakerChanged({ connection: 'main', state: 'closed' });
    events.holdEnded({
      ...{ connection: 'main', scope: 'connection', cause: 'mended', durationMs: 1 },
    });
    expect(new Set(signals.map(({ event, cause }) => `${event}: ${cause}`))).toEqual(
      new Set(['connectionDown: connection main']),
    );
    expect(signals.map((signal) => ('source' in signal ? signal.source : ''))).toEqual([
      ...['breaker', 'hold', 'breaker', 'hold'],
    ]);
    expect(signals[0]).toMatchObject({ text: expect.stringContaining('Nobody has signed in') });
  });

  test.each([
    ['lane', 'Mail of mailbox "app@contoso.com" over connection "main" waits: x'],
    ['largeMessages', 'Large mail of mailbox "app@contoso.com" over connection "main" waits: x'],
    [
      'originator',
      'Mail from "app@contoso.com" as mailbox "app@contoso.com" over connection "main" waits: x',
    ],
  ] as const)('says how far a hold of scope %s reaches', (scope, text) => {
    const { events, signals } = setUp();
    events.holdBegan({ connection: 'main', scope, lane, from: app, diagnostic: 'x' });
    expect(signals).toMatchObject([{ text }]);
    expect(signals[0]?.cause).toContain(scope);
  });

  test('asks for a sign-in where a connection has an account, until it delivers', () => {
    const { events, signals } = setUp();
    attempted(events, refused, { connection: 'main' });
    attempted(events, refused, { connection: 'personal' });
    attempted(events, delivered('2.0.0'), { connection: 'personal' });
    expect(signals).toMatchObject([
      {
        kind: 'raised',
        event: 'signInNeeded',
        remedy: 'Sign in again: "graphpost login personal"',
      },
      { kind: 'cleared', event: 'signInNeeded' },
    ]);
  });

  test('tells of a fault that clients of a direct listener meet, until one does not', () => {
    const { events, signals } = setUp();
    const claim = claimOf({ listener: 'sidecar' });
    attempted(events, refused);
    expect(signals).toEqual([]);
    attempted(events, refused, { claim });
    attempted(events, delivered('2.0.0'), { claim });
    expect(signals).toMatchObject([
      {
        kind: 'raised',
        event: 'connectionDown',
        cause: 'connection main',
        text: 'No mail leaves over connection "main": Nobody has signed in for the connection: sign in',
      },
      { kind: 'cleared', event: 'connectionDown', cause: 'connection main' },
    ]);
  });

  test.each([
    [599_999, []],
    [600_000, ['throttled']],
  ])('tells of a lane that is paused for %i ms: %o', (pauseMs, told) => {
    const { events, signals } = setUp();
    const throttled = deferred('4.4.5', { reason: 'throttled', diagnostic: 'x' });
    attempted(events, throttled, { pauseLaneUntil: now + pauseMs });
    expect(signals.map(({ event }) => event)).toEqual(told);
  });

  test.each([
    ['config.refused', 'raised', 'reloadFailed'],
    ['config.reloaded', 'cleared', 'reloadFailed'],
    ['overloaded', 'raised', 'diskLow'],
    ['recovered', 'cleared', 'diskLow'],
  ])('takes the notice %s as %s: %s', (event, kind, told) => {
    const { events, signals } = setUp();
    events.notice({ level: 'warn', event, text: 'x' });
    expect(signals).toMatchObject([{ kind, event: told }]);
  });

  test('says nothing of other notices, and knows the certificates of listeners', () => {
    const { events, signals, certificates } = setUp();
    events.notice({ level: 'info', event: 'started', text: 'x' });
    events.certificateLoaded({ listener: 'apps', expiresAt: now });
    expect(signals).toEqual([]);
    expect(certificates).toEqual(['apps']);
  });
});
