import { describe, expect, test } from 'vitest';
import { claimOf } from '../../test/support/deliveries.ts';
import type { GraphConnectionConfig } from '../config/config.ts';
import { parseAddress } from '../core/address.ts';
import type { Breaker } from '../core/breaker.ts';
import { laneOf, type LaneIdentity } from '../core/lane.ts';
import { deferred, delivered, type Outcome } from '../core/outcome.ts';
import type { LaneSummary } from '../relay/ports.ts';
import { ConnectionMemory } from './connection-memory.ts';
import { viewConnections } from './connections-view.ts';
import { connection as schema } from './schema/connection.ts';

const now = Date.UTC(2026, 10, 22, 12);
const noon = '2026-11-22T12:00:00.000Z';
const ann = parseAddress('ann@contoso.com') ?? raise();
const identity: LaneIdentity = {
  ...{ kind: 'graph', authority: 'https://login.example', tenant: 'contoso', clientId: 'app-1' },
};
const lane = laneOf(identity, ann);

const main: GraphConnectionConfig = {
  name: 'main',
  type: 'graph',
  cloud: { authority: 'https://login.example', graph: 'https://graph.example' },
  tenant: 'contoso',
  clientId: 'app-1',
  credential: { kind: 'secret', expiresAt: now + 86_400_000 },
  sendAs: { kind: 'from' },
  saveToSentItems: true,
  requestLimitBytes: 4_000_000,
  largeMessages: true,
  quotedPrintable: 'base64',
  limits: { concurrency: 4, requestsPer10Minutes: 10_000, uploadBytesPer5Minutes: 1 },
};
const asUser: GraphConnectionConfig = { ...main, credential: { kind: 'none' }, account: ann };

function setUp({
  config = main,
  breakers = new Map<string, Breaker>(),
  tokenOutcome = expired as Outcome,
} = {}) {
  const memory = new ConnectionMemory({ explainTokenFailure: () => tokenOutcome });
  const source = {
    connections: () => [config],
    laneFacts: () => new Map([['main', { laneIdentity: identity, laneConcurrency: 4 }]]),
    breakers: () => breakers,
    expiries: () => [{ of: 'connection' as const, name: 'main', expiresAt: now + 86_400_000 }],
    memory,
  };
  const view = (lanes: readonly LaneSummary[] = []) => {
    const [only] = viewConnections(lanes, source, now);
    expect(schema.parse(only)).toEqual(only);
    return only;
  };
  return { memory, view };
}

const expired = deferred('4.7.0', {
  reason: 'credential',
  hold: 'connection',
  diagnostic:
    'The client secret has expired (AADSTS7000222): make a new one. Cause: The provided client secret keys are expired',
  remote: { code: 'AADSTS7000222', httpStatus: 401 },
});

function attempted(
  outcome: Outcome,
  pauseLaneUntil?: number,
): Parameters<ConnectionMemory['attempted']>[0] {
  const claim = claimOf({ lane });
  return {
    claim,
    attempt: { number: 1, connection: 'main', startedAt: now, endedAt: now, outcome },
    change: {
      ...{
        state: outcome.kind === 'delivered' ? 'delivered' : 'deferred',
        attempts: 1,
        agesFrom: now,
      },
      ...(pauseLaneUntil !== undefined && { pauseLaneUntil }),
    },
  };
}

describe('viewConnections()', () => {
  test('tells of one that was not used who it is, and when its credential ends', () => {
    expect(setUp().view()).toEqual({
      name: 'main',
      type: 'graph',
      identity: {
        text: 'App app-1 in tenant contoso, with a client secret',
        ...{ credential: 'secret', tenant: 'contoso', clientId: 'app-1' },
      },
      state: 'unknown',
      credentialExpiresAt: '2026-11-23T12:00:00.000Z',
      troubleIsOver: true,
      breaker: { state: 'closed' },
      ...{ inFlight: 0, requestsInFlight: 0, limitPerLane: 4, waiting: 0, lanes: 0 },
      ...{ pausedLanes: [], pausedLanesCount: 0, sharesLanesWith: [], holds: [], holdsCount: 0 },
    });
  });

  test('takes the last trouble apart, and says when it is over', () => {
    const { memory, view } = setUp();
    memory.attempted(attempted(expired), now);
    expect(view()).toMatchObject({
      state: 'down',
      troubleIsOver: false,
      lastTrouble: {
        at: noon,
        reason: 'credential',
        problem: 'The client secret has expired',
        remedy: 'make a new one',
        code: 'AADSTS7000222',
        httpStatus: 401,
        detail: 'The provided client secret keys are expired',
      },
    });
    memory.attempted(attempted(delivered('2.0.0')), now + 1_000);
    expect(view()).toMatchObject({
      ...{ state: 'up', troubleIsOver: true, lastSuccessAt: '2026-11-22T12:00:01.000Z' },
      lastTrouble: { at: noon },
    });
  });

  test('is down after a token was refused, and up with the next one', () => {
    const { memory, view } = setUp();
    const failure = { kind: 'failure', error: 'invalid_client', codes: [7000222] } as const;
    memory.tokenRequested(
      { connection: 'main', result: 'failure', failure: { ...failure, description: 'expired' } },
      now,
    );
    expect(view()).toMatchObject({ state: 'down', lastTrouble: { code: 'AADSTS7000222' } });
    const expiresAt = now + 3_600_000;
    memory.tokenRequested({ connection: 'main', result: 'success', expiresAt }, now);
    expect(view()).toMatchObject({
      state: 'up',
      token: { obtainedAt: noon, expiresAt: '2026-11-22T13:00:00.000Z' },
    });
  });

  test('says how to sign in where somebody does, and whether that is needed', () => {
    const { memory, view } = setUp({ config: asUser });
    const command = 'graphpost login main';
    expect(view()?.signIn).toEqual({ needed: false, command });
    memory.attempted(attempted(expired), now);
    expect(view()).toMatchObject({
      identity: { account: 'ann@contoso.com' },
      signIn: { needed: true, command },
      lastTrouble: { remedy: 'sign in again: "graphpost login main"' },
    });
    memory.attempted(attempted(delivered('2.0.0')), now);
    expect(view()?.signIn).toEqual({ needed: false, command });
  });

  test('says since when its breaker is open, and when it is tried next', () => {
    const breaker = { failures: 5, openUntil: now + 30_000, openForMs: 30_000 };
    const { memory, view } = setUp({ breakers: new Map([['main', breaker]]) });
    memory.tokenRequested({ connection: 'main', result: 'success' }, now);
    memory.breakerChanged({ connection: 'main', state: 'open' }, now);
    expect(view()).toMatchObject({
      state: 'down',
      breaker: { state: 'open', openSince: noon, nextProbeAt: '2026-11-22T12:00:30.000Z' },
    });
    const closed = setUp({ breakers: new Map([['main', { failures: 0 }]]) });
    expect(closed.view()?.breaker).toEqual({ state: 'closed' });
  });

  test('tells what is held, in words, until it is held no more', () => {
    const { memory, view } = setUp();
    const hold = { connection: 'main', scope: 'originator', lane, from: ann } as const;
    memory.holdBegan({ ...hold, diagnostic: expired.diagnostic }, now);
    expect(view()).toMatchObject({
      state: 'unknown',
      holdsCount: 1,
      holds: [
        {
          ...{
            scope: 'originator',
            since: noon,
            mailbox: 'ann@contoso.com',
            from: 'ann@contoso.com',
          },
          what: 'Mail from ann@contoso.com as mailbox ann@contoso.com',
          ...{ problem: 'The client secret has expired', remedy: 'make a new one' },
        },
      ],
    });
    memory.holdEnded({ ...hold, cause: 'mended', durationMs: 1 });
    expect(view()).toMatchObject({ holdsCount: 0, holds: [] });
  });

  test('is down while a hold keeps all of its mail', () => {
    const { memory, view } = setUp();
    memory.attempted(attempted(delivered('2.0.0')), now);
    memory.holdBegan({ connection: 'main', scope: 'connection', diagnostic: 'x' }, now);
    expect(view()).toMatchObject({
      state: 'down',
      holds: [{ what: 'All mail over this connection' }],
    });
  });

  test('adds up its lanes, and tells those that are paused and why', () => {
    const { memory, view } = setUp();
    const other = laneOf({ ...identity, tenant: 'else' } as LaneIdentity, ann);
    const slow = deferred('4.7.1', { reason: 'throttled', diagnostic: 'Graph asks to slow down' });
    memory.attempted(attempted(slow, now + 60_000), now);
    const shown = view([
      { lane, concurrency: 4, sending: 2, waiting: 3, pausedUntil: now + 60_000 },
      {
        lane: laneOf(identity, parseAddress('bob@contoso.com') ?? raise()),
        concurrency: 4,
        sending: 1,
        waiting: 1,
        pausedUntil: now - 1,
      },
      { lane: other, concurrency: 4, sending: 1, waiting: 1 },
    ]);
    expect(shown).toMatchObject({
      ...{ inFlight: 3, waiting: 4, lanes: 2, pausedLanesCount: 1 },
      pausedLanes: [
        {
          ...{ lane, mailbox: 'ann@contoso.com', pausedUntil: '2026-11-22T12:01:00.000Z' },
          why: 'Graph asks to slow down',
        },
      ],
    });
  });

  test('counts requests that are under way', () => {
    const { memory, view } = setUp();
    memory.requestStarted({ connection: 'main' });
    memory.requestStarted({ connection: 'main' });
    const ended = {
      connection: 'main',
      operation: 'send_mail',
      code: '202',
      durationMs: 1,
    } as const;
    memory.requestEnded(ended);
    expect(view()?.requestsInFlight).toBe(1);
  });
});

function raise(): never {
  throw new Error('The test is wrong');
}
