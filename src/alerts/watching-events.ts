// The events of the gateway, which also tell those who watch it what they mean.
import type { AlertSignal } from '../core/alert.ts';
import { longPauseMs, longPauseSignal } from '../core/long-pauses.ts';
import { failureOf } from '../core/delivery.ts';
import type { Events, SharedHold, StoredMessage } from '../relay/ports.ts';

export interface WatchingOptions {
  readonly note: (signal: AlertSignal) => void;
  /** Name of the client that alerts by e-mail come from. */
  readonly ownClient: string;
  /** Whether somebody has to sign in for the connection. */
  readonly hasAccount: (connection: string) => boolean;
  /** Whether a listener keeps nothing, and its clients are told what the next hop says. */
  readonly isDirect: (listener: string) => boolean;
  /** A listener uses a certificate that ends then: epoch ms. */
  readonly onCertificate: (listener: string, expiresAt: number) => void;
}

type EventOf<N extends keyof Events> = Parameters<Events[N]>[0];

/** Mail is never hurt by what is noted: `note` must not throw. */
export function watchingEvents(events: Events, options: WatchingOptions): Events {
  const { note } = options;
  /** What the last attempt over a connection met. */
  const diagnostics = new Map<string, string>();
  return {
    ...events,
    attempted(event) {
      events.attempted(event);
      const { connection, outcome } = event.attempt;
      if (outcome.kind === 'delivered') diagnostics.delete(connection);
      else diagnostics.set(connection, outcome.diagnostic);
      const signals = [failureSignal, signInSignal, pauseSignal, directSignal].flatMap((signalOf) =>
        signalOf(event, options),
      );
      for (const signal of signals) note(signal);
    },
    holdBegan(event) {
      events.holdBegan(event);
      note(holdSignal(event));
    },
    holdEnded(event) {
      events.holdEnded(event);
      note({ kind: 'cleared', ...baseOf(event), source: 'hold' });
    },
    breakerChanged(event) {
      events.breakerChanged(event);
      note(breakerSignal(event, diagnostics.get(event.connection)));
    },
    certificateLoaded(event) {
      events.certificateLoaded(event);
      options.onCertificate(event.listener, event.expiresAt);
    },
    notice(event) {
      events.notice(event);
      const signal = noticeSignal(event);
      if (signal) note(signal);
    },
  };
}

function failureSignal(
  { claim: { message }, attempt, change }: EventOf<'attempted'>,
  { ownClient }: WatchingOptions,
): readonly AlertSignal[] {
  const failure = failureOf(change, attempt.outcome);
  if (failure === undefined) return [];
  const { connection } = attempt;
  return [
    {
      kind: 'happened',
      event: 'failed',
      cause: `connection ${connection}, reason ${failure.reason}`,
      text: `Message ${message.id} was given up over connection "${connection}": ${asPart(failure.diagnostic)}`,
      remedy: `Its history: "graphpost why ${message.id}"; when the cause is mended: "graphpost queue retry ${message.id}"`,
      // What tells of itself that it cannot be told, never ends.
      ...(isOwn(message, ownClient) && { untoldOver: connection }),
    },
  ];
}

function isOwn({ client, isReport }: StoredMessage, ownClient: string): boolean {
  return isReport === true && client.name === ownClient;
}

/** Of a user's connection, its credential is the sign-in. */
function signInSignal(
  { attempt: { connection, outcome } }: EventOf<'attempted'>,
  { hasAccount }: WatchingOptions,
): readonly AlertSignal[] {
  if (!hasAccount(connection)) return [];
  const base = {
    event: 'signInNeeded',
    cause: `connection ${connection}`,
    source: 'attempt',
    untoldOver: connection,
  } as const;
  if (outcome.kind === 'delivered') return [{ kind: 'cleared', ...base }];
  if (outcome.reason !== 'credential') return [];
  const text = `The sign-in of connection "${connection}" is of no use any more: ${asPart(outcome.diagnostic)}`;
  const remedy = `Sign in again: "graphpost login ${connection}"`;
  return [{ kind: 'raised', ...base, text, remedy }];
}

/** Shorter pauses are seen when they do not end. */
function pauseSignal({ claim, attempt, change }: EventOf<'attempted'>): readonly AlertSignal[] {
  const { pauseLaneUntil = 0 } = change;
  if (pauseLaneUntil - attempt.endedAt < longPauseMs) return [];
  return [longPauseSignal(claim.delivery.lane, pauseLaneUntil)];
}

/** Without a queue nothing is held: each client meets the fault anew. */
function directSignal(
  { claim: { message }, attempt: { connection, outcome } }: EventOf<'attempted'>,
  { isDirect }: WatchingOptions,
): readonly AlertSignal[] {
  if (!isDirect(message.client.listener)) return [];
  const base = { ...baseOf({ connection, scope: 'connection' }), source: 'direct' } as const;
  if (outcome.kind === 'delivered') return [{ kind: 'cleared', ...base }];
  if (outcome.kind !== 'deferred' || outcome.hold !== 'connection') return [];
  const text = `No mail leaves over connection "${connection}": ${asPart(outcome.diagnostic)}`;
  const remedy = 'Clients of direct listeners are told to come back, and find it mended or not';
  return [{ kind: 'raised', ...base, text, remedy }];
}

/** A breaker and a hold of the whole connection are one trouble. */
function baseOf({ connection, scope, lane, from }: SharedHold) {
  const event = 'connectionDown';
  if (scope === 'connection') {
    return { event, cause: `connection ${connection}`, untoldOver: connection } as const;
  }
  const cause = [`connection ${connection}`, scope, lane ?? '', from ?? ''].join(' ').trim();
  return { event, cause } as const;
}

function holdSignal(event: EventOf<'holdBegan'>): AlertSignal {
  return {
    kind: 'raised',
    ...baseOf(event),
    source: 'hold',
    text: `${whatIsHeld(event)} waits: ${asPart(event.diagnostic)}`,
    remedy: `Mail that waits for this is not bounced; mended, it goes on within minutes, or at once after ${retryCommand(event.connection)}`,
  };
}

function whatIsHeld({ connection, scope, lane, from }: SharedHold): string {
  const over = `over connection "${connection}"`;
  const mailbox = lane?.split(' ').at(-1) ?? '';
  switch (scope) {
    case 'connection':
      return `All mail ${over}`;
    case 'lane':
      return `Mail of mailbox "${mailbox}" ${over}`;
    case 'largeMessages':
      return `Large mail of mailbox "${mailbox}" ${over}`;
    case 'originator':
      return `Mail from "${from ?? ''}" as mailbox "${mailbox}" ${over}`;
  }
}

function breakerSignal(
  { connection, state }: EventOf<'breakerChanged'>,
  diagnostic: string | undefined,
): AlertSignal {
  const base = { ...baseOf({ connection, scope: 'connection' }), source: 'breaker' } as const;
  if (state === 'closed') return { kind: 'cleared', ...base };
  const why = diagnostic === undefined ? '' : `: ${asPart(diagnostic)}`;
  return {
    kind: 'raised',
    ...base,
    text: `Connection "${connection}" met trouble again and again${why}`,
    remedy: `It is tried now and then, and goes on by itself when it works; at once after ${retryCommand(connection)}`,
  };
}

function retryCommand(connection: string): string {
  return `"graphpost queue retry --all --connection '${connection}'"`;
}

function noticeSignal({ event, text }: EventOf<'notice'>): AlertSignal | undefined {
  switch (event) {
    case 'config.refused':
      return {
        kind: 'raised',
        ...ofReload,
        text: asPart(text),
        remedy:
          'Correct the file, see what is wrong with "graphpost check"; it is read again by itself',
      };
    case 'config.reloaded':
      return { kind: 'cleared', ...ofReload };
    case 'overloaded':
      return {
        kind: 'raised',
        ...ofIntake,
        text: asPart(text),
        remedy:
          'Clients keep their mail and try again; make room, or mend what the queue waits for',
      };
    case 'recovered':
      return { kind: 'cleared', ...ofIntake };
    default:
      return undefined;
  }
}

const ofReload = { event: 'reloadFailed', cause: 'configuration', source: 'reload' } as const;
const ofIntake = { event: 'diskLow', cause: 'intake', source: 'pressure' } as const;

/** A sentence inside another. */
function asPart(sentence: string): string {
  return sentence.trim().replace(/\.$/, '');
}
