// Connections, clients and figures as an operator meets them at night.
import { liveWindows, type LiveWindow } from '../../../src/core/live-series.ts';
import type { OpenTrouble } from '../../../src/core/open-troubles.ts';
import type { ClientView } from '../../../src/http/schema/client.ts';
import type { ConnectionView } from '../../../src/http/schema/connection.ts';
import type { FiguresView } from '../../../src/http/schema/figures.ts';
import type { AdminViews } from '../../../src/http/views.ts';
import { now } from './messages.ts';

function ago(minutes: number): string {
  return new Date(now - minutes * 60_000).toISOString();
}

const idle: ConnectionView = {
  name: 'smarthost',
  type: 'smtp',
  identity: { text: 'Mail server smtp.example.net port 465, as "relay"', username: 'relay' },
  state: 'up',
  lastSuccessAt: ago(31),
  troubleIsOver: true,
  breaker: { state: 'closed' },
  inFlight: 0,
  requestsInFlight: 0,
  limitPerLane: 3,
  waiting: 0,
  lanes: 0,
  pausedLanes: [],
  pausedLanesCount: 0,
  sharesLanesWith: [],
  holds: [],
  holdsCount: 0,
};

const connections: readonly ConnectionView[] = [
  {
    ...idle,
    name: 'main',
    type: 'graph',
    identity: {
      text: 'App 01234567-89ab-cdef-0123-456789abcdef in tenant contoso.onmicrosoft.com, with a client secret',
    },
    state: 'down',
    token: { obtainedAt: ago(92), expiresAt: ago(2) },
    credentialExpiresAt: ago(14),
    lastSuccessAt: ago(15),
    lastTrouble: {
      at: ago(1),
      reason: 'credential',
      problem: 'The client secret has expired',
      remedy: 'create a new secret for the app, or use a certificate',
      code: 'AADSTS7000222',
      httpStatus: 401,
    },
    troubleIsOver: false,
    inFlight: 1,
    requestsInFlight: 1,
    limitPerLane: 4,
    waiting: 217,
    lanes: 6,
    holds: [
      {
        scope: 'connection',
        since: ago(14),
        what: 'All mail over this connection',
        problem: 'The client secret has expired',
        remedy: 'create a new secret for the app, or use a certificate',
        code: 'AADSTS7000222',
      },
    ],
    holdsCount: 1,
  },
  {
    ...idle,
    name: 'marketing',
    type: 'graph',
    identity: {
      text: 'App 89abcdef-0123-4567-89ab-cdef01234567 in tenant contoso.onmicrosoft.com, with a certificate',
    },
    token: { obtainedAt: ago(20), expiresAt: ago(-52) },
    credentialExpiresAt: ago(-60 * 24 * 25),
    lastSuccessAt: ago(3),
    lastTrouble: {
      at: ago(4),
      reason: 'throttled',
      problem: 'Too many requests',
      remedy: 'send less at once',
      code: 'ApplicationThrottled',
      httpStatus: 429,
      requestId: '5c9b2ad1-6b0e-4cf1-9b43-0f9a1e6f0b77',
    },
    troubleIsOver: false,
    inFlight: 3,
    limitPerLane: 4,
    waiting: 1_204,
    lanes: 2,
    pausedLanes: [
      {
        lane: 'graph marketing newsletter@contoso.example',
        mailbox: 'newsletter@contoso.example',
        pausedUntil: ago(-12),
        why: 'Microsoft 365 asked for it (ApplicationThrottled)',
      },
    ],
    pausedLanesCount: 1,
  },
  {
    ...idle,
    name: 'personal',
    type: 'graph',
    identity: {
      text: 'App 4567 in tenant consumers, as someone@outlook.example',
      account: 'someone@outlook.example',
    },
    state: 'down',
    signIn: { needed: true, command: 'graphpost login personal' },
    breaker: { state: 'open', openSince: ago(9), nextProbeAt: ago(-2) },
    lastTrouble: {
      at: ago(2),
      reason: 'credential',
      problem: 'The sign-in has ended',
      remedy: 'sign in again: "graphpost login personal"',
      code: 'AADSTS700082',
    },
    troubleIsOver: false,
  },
  idle,
];

const clients: readonly ClientView[] = [
  {
    ip: '10.4.17.203',
    clients: ['cluster'],
    firstSeenAt: ago(600),
    lastSeenAt: ago(0.4),
    listener: 'apps',
    tls: true,
    lastAccepted: { at: ago(0.4), id: '01jd9x7k00009999', client: 'cluster' },
  },
  {
    ip: '2001:db8:85a3:0:0:8a2e:370:7334',
    clients: [],
    firstSeenAt: ago(7),
    lastSeenAt: ago(2),
    listener: 'apps',
    lastRefusal: {
      at: ago(2),
      listener: 'apps',
      stage: 'mail',
      reason: 'unknownClient',
      reply:
        '550 5.7.1 2001:db8:85a3::8a2e:370:7334 may not send here: ask the administrator to allow it',
      cause: 'No client of the configuration has the address 2001:db8:85a3:0:0:8a2e:370:7334',
      sender: 'scanner-third-floor@printers.contoso.example',
      isOver: false,
      advice: {
        text: 'Let 2001:db8:85a3:0:0:8a2e:370:7334 send, as a client of its own',
        yaml: 'clients:\n  - name: client-2001-db8\n    networks: ["2001:db8:85a3:0:0:8a2e:370:7334"]\n    senders: ["scanner-third-floor@printers.contoso.example"]',
      },
    },
  },
  {
    ip: '10.8.0.12',
    clients: ['wordpress'],
    firstSeenAt: ago(900),
    lastSeenAt: ago(12),
    listener: 'apps',
    tls: false,
    login: 'wordpress',
    lastAccepted: { at: ago(12), id: '01jd9x7k00009990', client: 'wordpress' },
    lastRefusal: {
      at: ago(45),
      listener: 'apps',
      stage: 'auth',
      reason: 'badCredentials',
      reply: '535 5.7.8 The user name or the password is wrong',
      cause: 'The password of "wordpress" is wrong',
      isOver: true,
    },
  },
];

/** A day's tide, and nothing for the last quarter of an hour: the secret has expired. */
function figures(window: LiveWindow): FiguresView {
  const { intervalMs, intervals } = liveWindows[window];
  const points = Array.from({ length: intervals }, (_, index) => {
    const at = Math.floor(now / intervalMs) * intervalMs - (intervals - 1 - index) * intervalMs;
    const accepted = Math.round(9 + 5 * Math.sin(index / 45) + ((index * 7919) % 3));
    const isDown = now - at < 14 * 60_000;
    const slow = 900 + 300 * Math.sin(index / 30) + ((index * 104_729) % 150);
    return {
      at: new Date(at).toISOString(),
      accepted,
      delivered: isDown ? 0 : Math.max(0, accepted - 1),
      failed: index % 90 === 0 ? 1 : 0,
      deferred: isDown ? accepted : 0,
      ...(!isDown && { latencyP50Ms: Math.round(slow), latencyP95Ms: Math.round(slow * 2.4) }),
    };
  });
  return { window, intervalMs, points };
}

export const shownViews: AdminViews = {
  connections: () => Promise.resolve(connections),
  lanes: () => Promise.resolve([]),
  clients: () => clients,
  figures,
};

export const shownTroubles: readonly OpenTrouble[] = [
  {
    event: 'connectionDown',
    cause: 'connection main',
    text: 'All mail over connection "main" waits: The client secret has expired (AADSTS7000222): create a new secret for the app, or use a certificate. Microsoft says: AADSTS7000222: The provided client secret keys are expired',
    remedy:
      'Mail that waits for this is not bounced; mended, it goes on within minutes, or at once after "graphpost queue retry --all --connection \'main\'"',
    since: now - 14 * 60_000,
  },
  {
    event: 'signInNeeded',
    cause: 'connection personal',
    text: 'The sign-in of connection "personal" is of no use any more: The sign-in has ended (AADSTS700082): sign in again',
    remedy: 'Sign in again: "graphpost login personal"',
    since: now - 9 * 60_000,
  },
  {
    event: 'throttled',
    cause: 'lane newsletter',
    text: 'Mail of "newsletter@contoso.example" is slowed down, and goes on at 2026-11-22T14:15:22Z at the earliest',
    remedy:
      'Microsoft 365, or "limits" of the connection, asks for it: send less at once, or from several mailboxes',
    since: now - 5 * 60_000,
  },
];
