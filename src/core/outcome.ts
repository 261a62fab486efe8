// What became of an attempt to hand a message to the next hop: four kinds, and no other.
import type { Permanent, Success, Transient } from './status.ts';

/** Why an attempt did not end in `delivered`: a closed set, used as a metric label. */
export type Reason =
  | 'network'
  | 'timeout'
  | 'server'
  | 'throttled'
  | 'quota'
  | 'credential'
  | 'permission'
  | 'mailbox'
  | 'sendAsDenied'
  | 'tooLarge'
  | 'recipients'
  | 'rule'
  | 'content'
  | 'configuration'
  | 'expired'
  | 'cancelled'
  | 'internal';

/**
 * What an administrator must mend before the mail can go, and how far the fault reaches: everything of the connection,
 * everything of the lane, one From address in the lane, what goes by draft in the lane, or this message alone.
 */
export type HoldScope = SharedHoldScope | 'message';

/** The scopes of a fault that one message shows and that holds others, too. */
export type SharedHoldScope = 'connection' | 'lane' | 'originator' | 'largeMessages';

/** What the next hop said of itself, for the log and the operator: never shown to an SMTP client. */
export interface RemoteDetail {
  /** Microsoft's error code, such as `ErrorSendAsDenied` or `AADSTS7000222`. */
  readonly code?: string;
  /** HTTP status of the answer. */
  readonly httpStatus?: number;
  /** Graph's `request-id`, by which Microsoft's support finds the request. */
  readonly requestId?: string;
  /** Its own words, where they are not in the diagnostic already. */
  readonly words?: string;
}

/** The next hop took responsibility for the message (RFC 5321 §4.2.5). */
export interface Delivered {
  readonly kind: 'delivered';
  readonly status: Success;
  /** Ms for which the next hop wants its lane to be left alone, although it took the message. */
  readonly retryAfterMs?: number;
  readonly remote?: RemoteDetail;
}

/** Not now: the message stays in the queue. */
export interface Deferred {
  readonly kind: 'deferred';
  readonly status: Transient;
  readonly reason: Reason;
  /** One sentence for log, report and operator. */
  readonly diagnostic: string;
  /** One sentence for the SMTP client, where the general one for `reason` does not do. */
  readonly reply?: string;
  /** The next hop's own wish, in ms from now. With reason `throttled` it pauses the whole lane. */
  readonly retryAfterMs?: number;
  /** Present on a fault of configuration: the mail waits for an administrator and does not age. */
  readonly hold?: HoldScope;
  /** Present where nothing was tried for so many ms, for want of room here: it was no attempt, and did not age the mail. */
  readonly waitedMs?: number;
  /** It was put back unasked: a fault that another message has met holds it, or its lane has done enough for now. */
  readonly isUntried?: boolean;
  readonly remote?: RemoteDetail;
}

/** Never: no attempt will be made again. */
export interface Failed {
  readonly kind: 'failed';
  readonly status: Permanent;
  readonly reason: Reason;
  readonly diagnostic: string;
  /** One sentence for the SMTP client, where the general one for `reason` does not do. */
  readonly reply?: string;
  readonly remote?: RemoteDetail;
}

/** The whole message was given and no answer came back: it may have been sent. */
export interface Unsure {
  readonly kind: 'unsure';
  readonly status: Transient;
  readonly reason: Reason;
  readonly diagnostic: string;
  /** Ms for which the next hop wants its lane to be left alone. */
  readonly retryAfterMs?: number;
  readonly remote?: RemoteDetail;
}

export type Outcome = Delivered | Deferred | Failed | Unsure;

/** False where it was put back before its connection was asked for anything. */
export function wasTried(outcome: Outcome): boolean {
  if (outcome.kind !== 'deferred') return true;
  return outcome.isUntried !== true && outcome.waitedMs === undefined;
}

/** A deferral or failure, said to the SMTP client. */
export type Refusal = Deferred | Failed;

export function delivered(status: Success, remote?: RemoteDetail): Delivered {
  return { kind: 'delivered', status, ...(remote && { remote }) };
}

export function deferred(status: Transient, detail: Omit<Deferred, 'kind' | 'status'>): Deferred {
  return { kind: 'deferred', status, ...detail };
}

export function failed(status: Permanent, detail: Omit<Failed, 'kind' | 'status'>): Failed {
  return { kind: 'failed', status, ...detail };
}

export function unsure(status: Transient, detail: Omit<Unsure, 'kind' | 'status'>): Unsure {
  return { kind: 'unsure', status, ...detail };
}
