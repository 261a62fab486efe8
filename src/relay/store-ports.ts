// The durable queue, and what it gives back.
import type { Address } from '../core/address.ts';
import type { Breaker } from '../core/breaker.ts';
import type { Attempt, Delivery, DeliveryChange, DeliveryState } from '../core/delivery.ts';
import type { LaneKey } from '../core/lane.ts';
import type { InboundMessage } from '../core/message.ts';
import type { HoldScope } from '../core/outcome.ts';
import type { PaceLedger } from '../core/pace.ts';
import type { Content } from './message-ports.ts';

/** What kind of trouble a store is in. `full`: 452 4.3.1; `away`: 451 4.3.0; `corrupt`: one message or row cannot be read. */
export type StoreFault = 'full' | 'away' | 'corrupt';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly fault: StoreFault;

  constructor(fault: StoreFault, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.fault = fault;
  }
}

/** A message body on its way into the store. Its bytes are no message before `Store.commit`. */
export interface BodyWriter {
  readonly sizeBytes: number;
  /** Resolves when there is room for the next piece; the bytes are copied. Throws `StoreError`. */
  write(piece: Uint8Array): Promise<void>;
  /** What was written so far, to be read before anything more is written or committed. */
  content(): Content;
  /** Forgets what was written. Never throws; does nothing after `commit`. */
  discard(): Promise<void>;
}

/** Where bodies of direct connections go that find no room in memory. Nothing of it outlives the process. */
export interface BodyFolder {
  /** A file of its own. All that it does rejects with `StoreError` alone. */
  create(): Promise<BodyFile>;
}

export interface BodyFile {
  /** Behind what was written before. */
  write(piece: Uint8Array): Promise<void>;
  /** As `Content.read`. */
  read(range: { readonly start: number; readonly end: number }): AsyncIterable<Uint8Array>;
  /** Never rejects. */
  remove(): Promise<void>;
}

/** A message as the store gives it back. */
export interface StoredMessage extends InboundMessage {
  /** The message had no From: what stands in its header was added at acceptance. */
  readonly fromWasMissing: boolean;
  /** Where its body begins: bytes of the header, closing empty line included. */
  readonly headerBytes: number;
  /**
   * SHA-256 in base64 of the body, its Date and its Subject, where the client gave a Message-ID of its own. `messageId` is
   * what the message leaves with: another than the one in its stored header where the client had used that for other
   * content.
   */
  readonly bodyDigest?: string;
  /** The Message-ID that the client gave, where `messageId` is another. */
  readonly reusedMessageId?: string;
  /** Made here to report on a delivery: it is never reported on itself. */
  readonly isReport?: boolean;
  /** A program wrote it, perhaps in answer to another: nobody is told how it ended. */
  readonly isAutomatic?: boolean;
  /** W3C `traceparent` of its acceptance, where somebody follows it: its attempts belong to the same trace. */
  readonly traceparent?: string;
}

/** A delivery that is new with its message, or takes the place of another. `held` ones wait for an operator. */
export interface NewDelivery extends Omit<Delivery, 'attempts' | 'state' | 'agesFrom' | 'lookUps'> {
  readonly state: 'ready' | 'unsure' | 'held';
  /** The one whose place it takes may have been sent. Default: only where the state is `unsure`. */
  readonly mayHaveBeenSent?: boolean;
  readonly priority: 'high' | 'normal';
  /** How many deliveries of the lane may be in flight at once, over all replicas. */
  readonly laneConcurrency: number;
}

/** A delivery that this process may attempt now, until its lease ends. The claim itself is the record of the attempt. */
export interface Claim {
  readonly delivery: Delivery;
  readonly message: StoredMessage;
  /** The message as stored: header and body. */
  readonly content: Content;
  /** Grows with every claim of the delivery: a result with an older one is not written. */
  readonly fence: number;
  /** The earlier attempt ended without an answer, or its process died: the message may have been sent. */
  readonly mayHaveBeenSent: boolean;
}

export interface ClaimOptions {
  /** At most this many. */
  readonly limit: number;
  readonly now: number;
  readonly leaseMs: number;
}

/** Which deliveries are meant: all that is given must hold. */
export interface DeliveryFilter {
  /** Of deliveries, or of messages: then all of theirs. */
  readonly ids?: readonly string[];
  readonly state?: DeliveryState;
  readonly client?: string;
  readonly route?: string;
  readonly connection?: string;
  readonly lane?: LaneKey;
  /** A part of the reverse-path, of From or of a forward-path; case is ignored. */
  readonly address?: string;
  /** A part of the subject; case is ignored. */
  readonly subject?: string;
  /** With its angle brackets: the one with which it leaves, or the one that its client gave. */
  readonly messageId?: string;
  /** Epoch ms, inclusive. */
  readonly receivedFrom?: number;
  /** Epoch ms, exclusive. */
  readonly receivedBefore?: number;
}

export interface ListOptions extends DeliveryFilter {
  /** At most this many. */
  readonly limit: number;
  /** `next` of the page before. */
  readonly before?: string;
}

export interface DeliveryPage {
  readonly deliveries: readonly DeliverySummary[];
  /**
   * Where the next page begins; absent: that was all. A page may have fewer than `limit`, or none, and still have a next
   * one: a single question looks at a bounded number of rows.
   */
  readonly next?: string;
}

/** One line of the operator's list. */
export interface DeliverySummary {
  readonly id: string;
  /** The queue id of its message. */
  readonly messageId: string;
  readonly receivedAt: number;
  readonly client: string;
  readonly reversePath: Address | null;
  readonly from: string;
  readonly subject: string;
  readonly sizeBytes: number;
  readonly forwardPaths: readonly Address[];
  readonly route: string;
  readonly connection: string;
  readonly lane: LaneKey;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly dueAt?: number;
  /** Why it waits for an administrator, and what waits with it. */
  readonly hold?: HoldScope;
  readonly lastAttempt?: Attempt;
}

/** A message with all that became of it. */
export interface MessageRecord {
  readonly message: StoredMessage;
  readonly deliveries: readonly DeliveryRecord[];
  /** Absent: its body was dropped. */
  readonly content?: Content;
}

export interface DeliveryRecord extends DeliverySummary {
  readonly delivery: Delivery;
  readonly mayHaveBeenSent: boolean;
  /** As in a `Claim`: of the last one. */
  readonly fence: number;
  /** Oldest first; of very many the oldest are gone. */
  readonly history: readonly Attempt[];
}

/** What an operator does with deliveries. None of it touches one whose attempt is under way. */
export type QueueAction =
  /** `ready`, `deferred`, `unsure` and `failed` ones are due now; a failed one ages anew, and counts its attempts anew. */
  | { readonly kind: 'retry'; readonly now: number }
  /** `ready`, `deferred` and `unsure` ones wait for a release. */
  | { readonly kind: 'hold' }
  /** `held` ones are due now, and age anew. */
  | { readonly kind: 'release'; readonly now: number }
  /** Any are forgotten; with the last of a message, the message and its body. */
  | { readonly kind: 'remove' };

/** How much of something came in one second. */
export interface RateCount {
  /** What is counted, and of whom. */
  readonly key: string;
  /** Since 1970. */
  readonly second: number;
  readonly amount: number;
}

/** What a lane has used of its limits, as all processes and starts share it. */
export interface KeptLedger {
  readonly lane: LaneKey;
  /** Grows by one with each write; 0: the store has none. */
  readonly version: number;
  readonly ledger: PaceLedger;
}

export interface LanesOptions {
  readonly now: number;
  /** What waits in each lane is counted up to this, since each that is counted costs a row. Default: 1,000. */
  readonly countTo?: number;
}

export interface LaneSummary {
  readonly lane: LaneKey;
  readonly concurrency: number;
  /** Deliveries in flight. */
  readonly sending: number;
  /** Deliveries that are `ready`, `deferred` or `unsure`; counted up to `LanesOptions.countTo`. */
  readonly waiting: number;
  /** Epoch ms; absent where nothing holds it. */
  readonly pausedUntil?: number;
}

/** The end of a delivery that its sender is still to be told. */
export interface DueReport extends Pick<MessageRecord, 'message' | 'content'> {
  readonly delivery: Delivery;
  /** The one that ended it. */
  readonly attempt: Attempt;
}

export interface QueueFigures {
  /** Deliveries by state. */
  readonly deliveries: Readonly<Record<DeliveryState, number>>;
  /** Bytes of bodies that are kept. */
  readonly bodyBytes: number;
  /** Epoch ms at which the oldest message that still waits was received. */
  readonly oldestReceivedAt?: number;
  /** The same of the first message of each of these states. Absent where nothing is kept. */
  readonly oldestByState?: Readonly<Partial<Record<TroubledState, number>>>;
}

/** The states that somebody may have to look at; of the others, `oldestReceivedAt` tells. */
export const troubledStates = ['unsure', 'deferred', 'held', 'failed'] as const;
export type TroubledState = (typeof troubledStates)[number];

/** The durable queue. Every promise rejects with `StoreError` alone. */
export interface Store extends AsyncDisposable {
  createBody(messageId: string): BodyWriter;
  /**
   * Makes the message exist, with its deliveries: durable (fsync) when it resolves.
   * When it rejects, nothing of it exists. With `reportOf`, the report of that delivery is not due any more, in the same
   * transaction. False: it was not due (another process has just made it), and nothing was written.
   */
  commit(
    message: StoredMessage,
    deliveries: readonly NewDelivery[],
    body: BodyWriter,
    options?: { readonly reportOf?: string },
  ): Promise<boolean>;
  /** Takes due deliveries, fair between lanes, and counts the attempt. Expired leases come back as `mayHaveBeenSent`. */
  claim(options: ClaimOptions): Promise<readonly Claim[]>;
  /** Prolongs a lease. False: it is no longer ours, and the attempt must stop. */
  renew(claim: Claim, leaseUntil: number): Promise<boolean>;
  /** Writes what an attempt came to. False: the claim was no longer ours, and nothing was written. */
  record(claim: Claim, attempt: Attempt, change: DeliveryChange): Promise<boolean>;
  /** Epoch ms of the earliest time at which `claim` may find something; absent when nothing waits. */
  nextDueAt(): Promise<number | undefined>;
  figures(): Promise<QueueFigures>;
  /** Newest first. */
  list(options: ListOptions): Promise<DeliveryPage>;
  /** By the queue id of the message, or the id of one of its deliveries. */
  find(id: string): Promise<MessageRecord | undefined>;
  /** Carries it out for all that are meant, in steps of bounded size. Returns for how many it changed something. */
  act(action: QueueAction, filter: DeliveryFilter): Promise<number>;
  /**
   * Puts others of the same message, at least one, into the place of a delivery, in one transaction. False: it is not as it
   * was `seen` when they were planned (an attempt was made, or an operator held it), its attempt is under way, it was
   * delivered, or it is gone; nothing was written.
   */
  replace(
    deliveryId: string,
    deliveries: readonly NewDelivery[],
    seen: Pick<DeliveryRecord, 'fence' | 'state'>,
  ): Promise<boolean>;
  /** Those with something in flight or waiting, longest pause first; at most 1,000. */
  lanes(options: LanesOptions): Promise<readonly LaneSummary[]>;
  /** Digests of the bodies with which clients gave this Message-ID, as far as their messages are still here. */
  bodyDigestsOf(messageId: string): Promise<readonly string[]>;
  /** Ends that are still to be reported, oldest first. One that cannot be read is told as a fault, and is not due any more. */
  dueReports(options: { readonly limit: number }): Promise<readonly DueReport[]>;
  /** The report of this delivery is not due any more: there is nobody to tell. */
  dismissReport(deliveryId: string): Promise<void>;
  /**
   * Tells the other processes what came to this one, and hears what came to them, in the last minute. Absent: there are
   * none.
   */
  shareRates?(
    own: readonly RateCount[],
    options: { readonly now: number },
  ): Promise<readonly RateCount[]>;
  /**
   * Writes each of these ledgers whose `version` is the one that the store has, as the next version. Returns the others, as
   * they are now: somebody else has written them. No lane may be there twice.
   */
  writeLedgers(
    ledgers: readonly KeptLedger[],
    options: { readonly now: number },
  ): Promise<readonly KeptLedger[]>;
  /** Breakers that are or were open, by connection, as any process has saved them last: shared by all replicas. */
  breakers(): Promise<ReadonlyMap<string, Breaker>>;
  /** Keeps the breaker of a connection, as one JSON document in a table of its own (`breaker`: connection, document). */
  saveBreaker(connection: string, breaker: Breaker): Promise<void>;
  /** Copies the whole queue, as it is at one moment, into a new file, while mail goes on. Rejects when it cannot. */
  backup(file: string): Promise<void>;
  /**
   * Forgets what was delivered or failed before these times; of a message that still has something undelivered, what was
   * delivered stays, because who routes the rest anew must know who has it. Returns how many messages went.
   */
  sweep(options: {
    readonly deliveredBefore: number;
    readonly failedBefore: number;
  }): Promise<number>;
}
