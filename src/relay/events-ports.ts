// What the gateway tells of: one function for each event.
import type { Address } from '../core/address.ts';
import type { Attempt, DeliveryChange } from '../core/delivery.ts';
import type { LaneKey } from '../core/lane.ts';
import type { SharedHoldScope } from '../core/outcome.ts';
import type { Claim, StoredMessage } from './store-ports.ts';
import type { TokenFailure } from './transport-ports.ts';

export type SmtpStage = 'connect' | 'auth' | 'mail' | 'rcpt' | 'data';
export type SmtpRefusalReason =
  | 'tlsRequired'
  | 'rateLimited'
  | 'unknownClient'
  | 'tooManyConnections'
  | 'loginRequired'
  | 'badCredentials'
  | 'senderNotAllowed'
  | 'badAddress'
  | 'tooManyRecipients'
  | 'tooLarge'
  | 'badContent'
  | 'routing'
  | 'store'
  | 'timeout'
  | 'shutdown'
  | 'nextHop'
  | 'internal';

export type GraphOperation =
  | 'send_mail'
  | 'create_draft'
  | 'create_upload_session'
  | 'upload_chunk'
  | 'add_attachment'
  | 'send_draft'
  | 'delete_draft'
  | 'look_up';

/**
 * Why a hold ended: an attempt has shown that its fault is mended, the configuration was changed, or nothing was left that
 * it held.
 */
export type HoldEnd = 'mended' | 'reloaded' | 'abandoned';

/** What a fault of configuration holds together. */
export interface SharedHold {
  readonly connection: string;
  readonly scope: SharedHoldScope;
  /** Absent for a fault of the whole connection. */
  readonly lane?: LaneKey;
  /** Of scope `originator`: the From address. */
  readonly from?: Address;
}

/** One function per mail event: it writes the log line and the metric, and never throws. */
export interface Events {
  connectionOpened(event: { listener: string; ip: string; session?: string }): void;
  connectionClosed(event: { listener: string; ip: string; session?: string }): void;
  /** TLS could not be agreed on, or a PROXY header not be read: there was no session. */
  handshakeFailed(event: { listener: string; ip: string; diagnostic: string }): void;
  /** The certificate of a listener is in use from now on. `expiresAt`: epoch ms. */
  certificateLoaded(event: { listener: string; expiresAt: number }): void;
  loginAttempted(event: {
    listener: string;
    ip: string;
    session?: string;
    mechanism: string;
    username: string;
    result: 'success' | 'badCredentials' | 'locked' | 'error';
  }): void;
  /** A client was told no. `diagnostic` has the cause, which the client does not get. */
  refused(event: {
    listener: string;
    ip: string;
    session?: string;
    stage: SmtpStage;
    reason: SmtpRefusalReason;
    status: string;
    diagnostic: string;
    /** Queue id, where there is one already. */
    id?: string;
    client?: string;
    /** The line that the client was told. */
    reply?: string;
    /** What stood in MAIL FROM, where it got so far; '' for the null one. */
    sender?: string;
  }): void;
  /** A client vanished inside DATA: nothing of its message was kept. */
  clientVanished(event: {
    listener: string;
    ip: string;
    session?: string;
    receivedBytes: number;
  }): void;
  accepted(event: {
    message: StoredMessage;
    forwardPaths: readonly Address[];
    routes: readonly string[];
    durationMs: number;
  }): void;
  /** Recipients went to a rule that drops. */
  discarded(event: {
    id: string;
    route: string;
    client: string;
    forwardPaths: readonly Address[];
  }): void;
  routeMatched(event: { route: string }): void;
  attempted(event: {
    claim: Claim;
    attempt: Attempt;
    change: DeliveryChange;
    sendAs?: string;
  }): void;
  /** A sender is told how a delivery ended, or nobody is after all. `id`: of the message; `report`: of what tells him. */
  reported(event: {
    id: string;
    delivery: string;
    result: 'failed' | 'relayed' | 'dismissed';
    report?: string;
    reversePath?: Address;
  }): void;
  /** A message that may have been sent was searched for. `dueAt`: when it goes on. */
  lookedFor(event: {
    claim: Claim;
    result: 'notFound' | 'notPermitted' | 'unknown';
    dueAt?: number;
  }): void;
  /** A fault that only an administrator can mend holds all that shares it from now on. */
  holdBegan(event: SharedHold & { diagnostic: string }): void;
  /** It holds nothing any more. */
  holdEnded(event: SharedHold & { cause: HoldEnd; durationMs: number }): void;
  /** A message goes out again although its earlier attempt may have sent it. */
  possibleDuplicate(event: { id: string; connection: string; messageId: string }): void;
  /** The breaker of a connection opened, or closed again. */
  breakerChanged(event: { connection: string; state: 'open' | 'closed' }): void;
  graphRequestStarted(event: { connection: string }): void;
  graphRequestEnded(event: {
    connection: string;
    operation: GraphOperation;
    /** HTTP status, `network` or `timeout`. */
    code: string;
    durationMs: number;
    requestId?: string;
  }): void;
  tokenRequested(event: {
    connection: string;
    result: 'success' | 'failure';
    diagnostic?: string;
    /** Of the token: epoch ms. */
    expiresAt?: number;
    failure?: TokenFailure;
  }): void;
  storeCommitted(event: { durationMs: number; messages: number }): void;
  /** Somebody did something with the queue. `by`: how he showed that he may; `what`: of which deliveries. */
  operatorActed(event: { by: string; action: string; what: string; deliveries: number }): void;
  /** Those who watch the gateway were told of so many troubles at once, or could not be. */
  alerted(event: {
    channel: 'webhook' | 'slack' | 'teams' | 'email';
    result: 'told' | 'failed';
    alerts: number;
  }): void;
  /** A bug, or a part of the machine that fails. Nothing was lost. */
  fault(event: { where: string; error: unknown; id?: string }): void;
  notice(event: { level: 'info' | 'warn'; event: string; text: string }): void;
}
