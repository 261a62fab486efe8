import { describe, expect, test } from 'vitest';
import { LiveSeries } from '../core/live-series.ts';
import { claimOf } from '../../test/support/deliveries.ts';
import { deferred, delivered, failed, type Outcome } from '../core/outcome.ts';
import type { Events } from '../relay/ports.ts';
import { ClientMemory } from './client-memory.ts';
import { ConnectionMemory } from './connection-memory.ts';
import { observingEvents } from './observing-events.ts';

const now = Date.UTC(2026, 10, 22, 12);

function setUp({ isBroken = false } = {}) {
  const passed: string[] = [];
  const events = new Proxy({} as Events, {
    ownKeys: () => names,
    getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true }),
    get: (_, name) => () => void passed.push(String(name)),
  });
  const clients = new ClientMemory();
  const connections = new ConnectionMemory({ explainTokenFailure: () => delivered('2.0.0') });
  const series = new LiveSeries();
  const clock = {
    now: () => {
      if (isBroken) throw new Error('The clock is broken');
      return now;
    },
  };
  const observed = observingEvents(events, { clock, clients, connections, series });
  return { observed, passed, clients, connections, series };
}

const { message } = claimOf();
const place = { listener: 'apps', ip: '10.0.0.5' };
const asked = { connection: 'main' };

/** One of each that is remembered. */
const samples: { readonly [N in keyof Events]?: Parameters<Events[N]>[0] } = {
  connectionOpened: place,
  loginAttempted: { ...place, mechanism: 'PLAIN', username: 'erp', result: 'badCredentials' },
  refused: { ...place, stage: 'mail', reason: 'unknownClient', status: '5.7.1', diagnostic: 'x' },
  accepted: { message, forwardPaths: [], routes: [], durationMs: 1 },
  attempted: attemptedWith(delivered('2.0.0'), 'delivered'),
  holdBegan: { ...asked, scope: 'connection', diagnostic: 'x' },
  holdEnded: { ...asked, scope: 'connection', cause: 'mended', durationMs: 1 },
  breakerChanged: { ...asked, state: 'open' },
  graphRequestStarted: asked,
  graphRequestEnded: { ...asked, operation: 'send_mail', code: '202', durationMs: 1 },
  tokenRequested: { ...asked, result: 'success' },
};
const names = [...Object.keys(samples), 'notice', 'fault'];

function attemptedWith(
  outcome: Outcome,
  state: 'delivered' | 'failed' | 'deferred',
): Parameters<Events['attempted']>[0] {
  const claim = claimOf();
  const endedAt = claim.message.receivedAt + 500;
  const attempt = { number: 1, connection: 'main', startedAt: endedAt - 10, endedAt, outcome };
  return { claim, attempt, change: { state, attempts: 1, agesFrom: now } };
}

function tellAll(events: Events): void {
  for (const [name, event] of Object.entries(samples)) {
    Reflect.apply(Reflect.get(events, name), events, [event]);
  }
}

describe('observingEvents()', () => {
  test('tells every event on, once', () => {
    const { observed, passed } = setUp();
    tellAll(observed);
    observed.notice({ level: 'info', event: 'x', text: 'x' });
    expect(passed).toEqual([...Object.keys(samples), 'notice']);
  });

  test('tells a fault where it cannot remember, and hurts nobody', () => {
    const { observed, passed } = setUp({ isBroken: true });
    tellAll(observed);
    expect(passed).toEqual(Object.keys(samples).flatMap((name) => [name, 'fault']));
  });

  test('remembers who came, how connections are, and what went', () => {
    const { observed, clients, connections, series } = setUp();
    tellAll(observed);
    expect(clients.list().map(({ ip }) => ip)).toEqual([message.client.ip, '10.0.0.5']);
    expect(connections.of('main')).toEqual({
      ...{ up: true, lastSuccessAt: now, isCredentialRefused: false },
      ...{ breakerOpenSince: now, requestsInFlight: 0, token: { obtainedAt: now } },
    });
    const trouble = { reason: 'timeout', diagnostic: 'x' } as const;
    observed.attempted(attemptedWith(deferred('4.4.2', trouble), 'deferred'));
    observed.attempted(attemptedWith(failed('5.4.7', trouble), 'failed'));
    expect(series.points('hour', now).at(-1)).toMatchObject({
      ...{ accepted: 1, delivered: 1, deferred: 1, failed: 1 },
      latencyP50Ms: expect.closeTo(500, -2),
    });
  });
});
