// What the relay needs of the world: each port is implemented by one folder beside this one, and wired in gateway.ts.
import type { Address } from '../core/address.ts';
import type { Breaker } from '../core/breaker.ts';
import type { Client } from '../core/client.ts';
import type { ContentFacts } from '../core/content.ts';
import type {
  Attempt,
  Delivery,
  DeliveryChange,
  DeliveryState,
  Passage,
} from '../core/delivery.ts';
import type { Envelope } from '../core/envelope.ts';
import type { HeaderEdit } from '../core/header-edit.ts';
import type { LaneKey } from '../core/lane.ts';
import type { HeaderFacts, InboundMessage } from '../core/message.ts';
import type { Failed, HoldScope, Outcome, Refusal, SharedHoldScope } from '../core/outcome.ts';
import type { MessageOutline, MessagePart } from '../core/outline.ts';
import type { PaceLedger, RequestUse } from '../core/pace.ts';
import type { TransportFacts, TransportPlan } from '../core/transport-plan.ts';

export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Resolves after `delayMs`, or at once, without error, when `signal` is aborted. */
  wait(delayMs: number, options: { readonly signal: AbortSignal }): Promise<void>;
}

/** Bytes that can be read more than once, in pieces of bounded size. */
export interface Content {
  readonly sizeBytes: number;
  /**
   * The bytes from `start` (0) up to, not including, `end` (`sizeBytes`).
   * Throws `StoreError` when they cannot be read. A piece is valid until the next one is asked for.
   */
  read(range?: { readonly start?: number; readonly end?: number }): AsyncIterable<Uint8Array>;
}

/** One mail transaction of RFC 5321 §3.3, at its DATA. */
export interface Transaction {
  readonly client: Client;
  readonly envelope: Envelope;
  /** The message with CRLF line ends and dots unstuffed. Throws when the client vanishes before the final dot. */
  readonly content: AsyncIterable<Uint8Array>;
  /** Aborted when the client is gone: nobody is left to hear the answer. Default: it never goes. */
  readonly signal?: AbortSignal;
  /** Known when `content` has ended: what in the bytes themselves forbids to accept them (size, NUL). */
  refusal(): Refusal | undefined;
}

export interface Accepted {
  readonly kind: 'accepted';
  readonly id: string;
  /** Every recipient took a rule that drops: there is no message of that id. */
  readonly isDropped?: boolean;
}

export type Acceptance = Accepted | Refusal;

/**
 * Takes responsibility for a message, or says why not; the content is read to its end in both cases.
 * Throws what `content` throws, and for bugs; nothing of the message is kept then.
 */
export type Accept = (transaction: Transaction) => Promise<Acceptance>;

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

/** SHA-256 of what it is given. */
export interface Digest {
  update(piece: Uint8Array): void;
  /** In base64. */
  end(): string;
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

/** What became, or would become, of one delivery whose message was routed anew. */
export interface Rerouting {
  readonly deliveryId: string;
  /** The queue id of its message. */
  readonly messageId: string;
  readonly route: string;
  readonly connection: string;
  /** `left`: it stays as it is, and `reason` says why. */
  readonly verdict: 'rerouted' | 'unchanged' | 'left';
  readonly reason?: string;
  /** What takes its place; none unless `rerouted`. */
  readonly instead: readonly Pick<NewDelivery, 'id' | 'route' | 'connection' | 'state'>[];
}

export interface RerouteReport {
  readonly counts: Readonly<Record<Rerouting['verdict'], number>>;
  /** The first 1,000. */
  readonly reroutings: readonly Rerouting[];
}

export interface RerouteOptions {
  /** Only says what would change. */
  readonly dryRun: boolean;
  /** Those that may have been sent, too. */
  readonly force: boolean;
}

/** What people do with the queue, from the page or by a command. Every promise rejects with `StoreError` alone. */
export interface Operator {
  /** As `Store.act`. */
  act(action: QueueAction['kind'], filter: DeliveryFilter): Promise<number>;
  /** Routes messages by the rules of today, for the recipients of the deliveries that are meant. */
  reroute(filter: DeliveryFilter, options: RerouteOptions): Promise<RerouteReport>;
  /** Accepts a stored message once more, for these recipients alone. Undefined: it or its body is gone. */
  resend(messageId: string, forwardPaths: readonly Address[]): Promise<Acceptance | undefined>;
}

/** What acceptance writes into a header that lacks it. */
export interface CompletedHeader {
  readonly header: Uint8Array;
  readonly fromWasMissing: boolean;
  /** With its angle brackets. */
  readonly messageId: string;
}

/** Header work on bytes. A header ends with the empty line that closes it; its line ends are CRLF. */
export interface Mime {
  /** Bytes of the header at the start of a message, closing empty line included; -1 when it has not ended yet. */
  headerLength(start: Uint8Array, searchFrom?: number): number;
  /** The header of a message that ended without an empty line. */
  endHeader(start: Uint8Array): Uint8Array;
  /** What forbids to work with this header: no field at all, or more than 256 KiB. */
  checkHeader(header: Uint8Array): Failed | undefined;
  readHeader(header: Uint8Array): HeaderFacts;
  /** The header with Received on top (RFC 5321 §4.4), and with Message-ID, Date and From where they were missing. */
  completeHeader(
    header: Uint8Array,
    facts: HeaderFacts,
    options: {
      readonly id: string;
      readonly hostname: string;
      readonly now: number;
      readonly client: Client;
      readonly envelope: Envelope;
    },
  ): CompletedHeader;
  /** The header with the edits carried out in order; every other byte as it was. */
  editHeader(header: Uint8Array, edits: readonly HeaderEdit[]): Uint8Array;
}

/** Reads the content of one message while it arrives, for rules that ask about body or attachments. */
export interface ContentReading {
  /** The next piece, from the header on; resolves when another may come. The bytes are copied. Never throws. */
  write(piece: Uint8Array): Promise<void>;
  /** What was read, or why it was not: 5.6.0 when it cannot be parsed. Never throws. */
  end(): Promise<ContentFacts | Refusal>;
  /** Forgets it; does nothing after `end`. */
  discard(): void;
}

export interface ContentReader {
  open(): ContentReading;
}

/** Decoded content of a part: the same bytes each time. */
export interface PartContent {
  readonly sizeBytes: number;
  /** A piece is valid until the next one is asked for. Throws as `Content.read`, and when the size is another. */
  read(): AsyncIterable<Uint8Array>;
}

/** Work on the parts of a message. Memory is bounded, whatever the message. All throw what `content` throws. */
export interface MessageParts {
  /** Never throws for a message that is malformed: it is `inseparable`. Throws when `signal` is aborted. */
  readOutline(
    content: Content,
    options?: { readonly signal?: AbortSignal },
  ): Promise<MessageOutline>;
  readPart(content: Content, part: MessagePart): PartContent;
  /** The whole text of a part in memory, from its charset. */
  readText(content: Content, part: MessagePart): Promise<string>;
  /** The message with its quoted-printable text in base64; the same content where there is none, or it is signed. */
  withoutQuotedPrintable(content: Content): Promise<Content>;
}

/** A message ready to leave over one connection. */
export interface Submission {
  readonly deliveryId: string;
  readonly attempt: number;
  /** An earlier try may have left a draft; one that was throttled is no attempt. Default: this is not the first attempt. */
  readonly wasTried?: boolean;
  /** The Exchange mailbox that it leaves from. */
  readonly sendAs: Address;
  readonly envelope: Envelope;
  /** With its angle brackets. */
  readonly messageId: string;
  readonly saveToSentItems: boolean;
  /** The header as it was accepted, to tell which fields get lost; absent: that is not told. */
  readonly header?: HeaderFacts;
  readonly content: Content;
}

/** A copy of a message in a mailbox, found by its Message-ID. */
export interface FoundCopy {
  readonly id: string;
  /** Addresses in To, Cc and Bcc; Bcc is known of copies in Sent Items alone. */
  readonly recipients: readonly string[];
  /** Epoch ms by the clock of the mailbox; absent when it does not say. */
  readonly sentAt?: number;
}

/** What a search for a message that may have been sent came to. */
export type LookUp =
  /** This delivery was sent: what was found bears its own id. */
  | { readonly kind: 'sent' }
  /** Copies with its Message-ID, which other deliveries may have left. */
  | { readonly kind: 'copies'; readonly copies: readonly FoundCopy[] }
  | { readonly kind: 'notFound' }
  /** The app may not look into the mailbox. */
  | { readonly kind: 'notPermitted'; readonly diagnostic: string }
  | {
      readonly kind: 'unknown';
      readonly diagnostic: string;
      /** The mailbox was throttled: it wants to be left alone so long. */
      readonly retryAfterMs?: number;
    };

/** The way out over one connection. */
export interface Transport {
  /** The largest message that it can carry, in bytes of `Content`. */
  readonly maxMessageBytes: number;
  /** Never throws for a remote answer; an abort of `signal` ends as the outcome that fits what was already given. */
  send(
    submission: Submission,
    options: {
      readonly signal: AbortSignal;
      /** Called when the request that sends the message is given whole: to abort it is no use from here on. */
      readonly onGiven?: () => void;
      /** Called at the end with what was taken of the lane, where that is counted. */
      readonly onUse?: (use: RequestUse) => void;
    },
  ): Promise<Outcome & { readonly passage?: Passage }>;
  /** Searches for a submission that ended as `unsure`. Never throws. */
  lookUp?(
    submission: Pick<Submission, 'deliveryId' | 'messageId' | 'sendAs'>,
    options: { readonly signal: AbortSignal },
  ): Promise<LookUp>;
  /** How a message would go, or why it never can; undefined: that takes its outline. */
  plan?(
    facts: TransportFacts & { readonly outline?: MessageOutline },
  ): TransportPlan | Failed | undefined;
}

export interface Token {
  readonly kind: 'token';
  readonly accessToken: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** Why there is no token: what Entra answered, or why it did not. `graph/outcome.ts` says what follows from it. */
export interface TokenFailure {
  readonly kind: 'failure';
  /** OAuth's error (`invalid_client`, `invalid_grant` …), or `network` when no answer came. */
  readonly error: string;
  /** AADSTS numbers, most telling first. */
  readonly codes: readonly number[];
  readonly description: string;
  readonly httpStatus?: number;
  readonly retryAfterMs?: number;
}

export interface TokenSource {
  /** A token with at least a minute to live. Never throws. */
  token(): Promise<Token | TokenFailure>;
  /** Graph refused this one: the next `token()` asks for another. */
  reject(token: Token): void;
}

export interface SandboxMessageSummary {
  readonly id: string;
  /** Epoch ms. */
  readonly sentAt: number;
  /** The mailbox that it left from. */
  readonly sendAs: string;
  readonly from: string;
  /** All recipients, as Exchange would deliver. */
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly sizeBytes: number;
}

export interface SandboxMessage extends SandboxMessageSummary {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  /** '' when there is none. */
  readonly text: string;
  readonly html: string;
  readonly attachments: readonly {
    readonly name: string;
    readonly contentType: string;
    readonly sizeBytes: number;
    readonly sha256: string;
  }[];
  readonly raw: Uint8Array;
}

/** What the simulator "sent", newest first. */
export interface SandboxMailbox {
  list(): readonly SandboxMessageSummary[];
  get(id: string): Promise<SandboxMessage | undefined>;
}

/** A message that nobody sends, and how it would come. */
export interface ExplainQuestion {
  /** The message as text. */
  readonly message: string;
  /** Name of a client, or an IP address. */
  readonly client: string;
  readonly address?: string;
  readonly listener?: string;
  readonly ehlo?: string;
  /** Default: the address in From. */
  readonly mailFrom?: string;
  /** Default: everybody in To, Cc and Bcc. */
  readonly rcpt?: readonly string[];
}

/** What would become of it, for programs and for people; or what is wrong with the question. */
export type ExplainAnswer =
  { readonly report: object; readonly text: string } | { readonly fault: string };

export type Explainer = (question: ExplainQuestion) => Promise<ExplainAnswer>;

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
