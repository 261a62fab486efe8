// How each way out is: for the page and the API.
import type { ConnectionConfig } from '../config/config.ts';
import type { Expiry } from '../core/alert-signals.ts';
import { stateOf, type Breaker } from '../core/breaker.ts';
import type { LaneSummary } from '../relay/ports.ts';
import { viewLoad, type LaneFacts } from './connection-load.ts';
import type { ConnectionMemory, SeenConnection, SeenHold } from './connection-memory.ts';
import { readDiagnostic } from './diagnostic.ts';
import { describeIdentity } from './identity-words.ts';
import { mailboxOf } from './lanes-view.ts';
import type { ConnectionView, HoldView } from './schema/connection.ts';
import { isoTime } from './time-text.ts';
import { viewTrouble } from './trouble-view.ts';

export interface ConnectionsSource {
  /** Those in force. */
  readonly connections: () => readonly ConnectionConfig[];
  /** By name of the connection. */
  readonly laneFacts: () => ReadonlyMap<string, LaneFacts>;
  /** Those that are or were open. */
  readonly breakers: () => ReadonlyMap<string, Breaker>;
  /** Ends of credentials that are known. */
  readonly expiries: () => readonly Expiry[];
  readonly memory: Pick<ConnectionMemory, 'of' | 'holdsOf' | 'pauseOf'>;
}

/** More holds and paused lanes of one connection are only counted. */
const mostShown = 20;

/** @param now epoch ms */
export function viewConnections(
  lanes: readonly LaneSummary[],
  source: ConnectionsSource,
  now: number,
): readonly ConnectionView[] {
  const facts = { lanes, now, laneFacts: source.laneFacts(), expiries: source.expiries() };
  const breakers = source.breakers();
  return source.connections().map((connection) => {
    const breaker = breakers.get(connection.name);
    return viewConnection(connection, { ...facts, breaker, memory: source.memory });
  });
}

interface Facts {
  readonly lanes: readonly LaneSummary[];
  readonly laneFacts: ReadonlyMap<string, LaneFacts>;
  readonly breaker: Breaker | undefined;
  readonly expiries: readonly Expiry[];
  readonly memory: ConnectionsSource['memory'];
  readonly now: number;
}

function viewConnection(connection: ConnectionConfig, facts: Facts): ConnectionView {
  const { name, type } = connection;
  const seen = facts.memory.of(name);
  const holds = facts.memory.holdsOf(name);
  const breaker = viewBreaker(facts.breaker, { seen, now: facts.now });
  const expiry = facts.expiries.find((one) => one.of === 'connection' && one.name === name);
  const isHeld = holds.some(({ scope }) => scope === 'connection');
  return {
    ...{ name, type, identity: describeIdentity(connection) },
    state: isHeld || breaker.state === 'open' ? 'down' : stateOfSeen(seen),
    ...viewToken(seen),
    ...(expiry && { credentialExpiresAt: isoTime(expiry.expiresAt) }),
    ...viewPast(connection, seen),
    breaker,
    requestsInFlight: seen.requestsInFlight,
    ...viewLoad(name, { ...facts, mostShown }),
    holds: holds.slice(0, mostShown).map(viewHold),
    holdsCount: holds.length,
    ...viewSignIn(connection, seen),
  };
}

function stateOfSeen({ up }: SeenConnection): ConnectionView['state'] {
  if (up === undefined) return 'unknown';
  return up ? 'up' : 'down';
}

function viewToken({ token }: SeenConnection): Pick<ConnectionView, 'token'> {
  if (!token) return {};
  const { obtainedAt, expiresAt } = token;
  return {
    token: {
      obtainedAt: isoTime(obtainedAt),
      ...(expiresAt !== undefined && { expiresAt: isoTime(expiresAt) }),
    },
  };
}

function viewPast(
  connection: ConnectionConfig,
  { lastSuccessAt, lastTrouble }: SeenConnection,
): Pick<ConnectionView, 'lastSuccessAt' | 'lastTrouble' | 'troubleIsOver'> {
  const isOver = !lastTrouble || (lastSuccessAt ?? -Infinity) >= lastTrouble.at;
  return {
    ...(lastSuccessAt !== undefined && { lastSuccessAt: isoTime(lastSuccessAt) }),
    ...(lastTrouble && {
      lastTrouble: viewTrouble(lastTrouble.outcome, {
        at: lastTrouble.at,
        remedy:
          hasAccount(connection) && lastTrouble.outcome.reason === 'credential'
            ? `sign in again: "${signInCommand(connection)}"`
            : undefined,
      }),
    }),
    troubleIsOver: isOver,
  };
}

function viewBreaker(
  breaker: Breaker | undefined,
  { seen, now }: { readonly seen: SeenConnection; readonly now: number },
): ConnectionView['breaker'] {
  if (breaker?.openUntil === undefined) return { state: 'closed' };
  const { breakerOpenSince } = seen;
  return {
    state: stateOf(breaker, now),
    ...(breakerOpenSince !== undefined && { openSince: isoTime(breakerOpenSince) }),
    nextProbeAt: isoTime(Math.max(breaker.openUntil, now)),
  };
}

function viewHold({ scope, lane, from, since, diagnostic }: SeenHold): HoldView {
  const mailbox = lane && mailboxOf(lane);
  const { problem, remedy, code } = readDiagnostic(diagnostic);
  return {
    scope,
    since: isoTime(since),
    ...(lane !== undefined && { lane }),
    ...(mailbox !== undefined && { mailbox }),
    ...(from !== undefined && { from }),
    what: whatIsHeld({ scope, mailbox: mailbox ?? '', from: from ?? '' }),
    problem,
    ...(remedy !== undefined && { remedy }),
    ...(code !== undefined && { code }),
  };
}

function whatIsHeld({
  scope,
  mailbox,
  from,
}: Pick<SeenHold, 'scope'> & { readonly mailbox: string; readonly from: string }): string {
  switch (scope) {
    case 'connection':
      return 'All mail over this connection';
    case 'lane':
      return `Mail of mailbox ${mailbox}`;
    case 'largeMessages':
      return `Large mail of mailbox ${mailbox}`;
    case 'originator':
      return `Mail from ${from} as mailbox ${mailbox}`;
  }
}

function viewSignIn(
  connection: ConnectionConfig,
  { isCredentialRefused }: SeenConnection,
): Pick<ConnectionView, 'signIn'> {
  if (!hasAccount(connection)) return {};
  return { signIn: { needed: isCredentialRefused, command: signInCommand(connection) } };
}

function hasAccount(connection: ConnectionConfig): boolean {
  return connection.type === 'graph' && connection.account !== undefined;
}

function signInCommand({ name }: ConnectionConfig): string {
  return `graphpost login ${name}`;
}
