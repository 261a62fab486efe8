// What the store asks of its thread and what the thread answers, one entry per operation: all that travels between the two.
import type { DeliveryChange, DeliveryState } from '../../core/delivery.ts';
import type {
  DeliveryFilter,
  LaneSummary,
  LanesOptions,
  QueueAction,
  QueueFigures,
  StoreFault,
} from '../../relay/ports.ts';
import type { DeliveryRow } from '../documents.ts';
import type { GivenId } from '../given-id.ts';

/** A delivery that is new with its message, as its row is written. */
export interface NewDeliveryRow {
  readonly id: string;
  /** Key of the lane. */
  readonly lane: string;
  readonly laneConcurrency: number;
  readonly state: 'ready' | 'unsure' | 'held';
  readonly mayHaveBeenSent: boolean;
  readonly priority: 'high' | 'normal';
  /** Epoch ms; absent for a held one. */
  readonly dueAt?: number;
  readonly connection: string;
  /** JSON of a `Route`. */
  readonly route: string;
}

export interface NewMessage {
  /** The number under which its chunks lie; the number of the message from now on. */
  readonly body: number;
  readonly id: string;
  readonly receivedAt: number;
  readonly sizeBytes: number;
  /** JSON of a `StoredMessage`. */
  readonly document: string;
  /** How many chunks were committed before. */
  readonly chunksStored: number;
  /** The bytes after those chunks: at most one chunk, perhaps none. */
  readonly tail: Uint8Array;
  readonly deliveries: readonly NewDeliveryRow[];
  readonly givenId?: GivenId;
  /** The delivery whose report it is: where that is not due, nothing is written. */
  readonly reportOf?: string;
}

/** A claimed delivery with its message, as their rows have them. */
export interface ClaimedRow {
  readonly id: string;
  readonly body: number;
  readonly sizeBytes: number;
  /** JSON of a `StoredMessage`. */
  readonly document: string;
  /** JSON of a `Route`. */
  readonly route: string;
  readonly connection: string;
  readonly lane: string;
  readonly attempts: number;
  readonly agesFrom: number;
  readonly lookUps: number;
  readonly leaseUntil: number;
  readonly fence: number;
  readonly mayHaveBeenSent: boolean;
  /** The whole body where it is one chunk, and whole. */
  readonly bytes?: Uint8Array;
}

/** What the operator's list needs of a delivery. */
export interface ListedRow extends DeliveryRow {
  /** JSON of a `StoredMessage`. */
  readonly document: string;
}

/** A page of rows of one question, and where to go on. */
export interface ListedPage {
  readonly rows: readonly ListedRow[];
  readonly next?: string;
}

/** A message with all its deliveries. */
export interface FoundRow extends BodyRow {
  /** The queue id. */
  readonly id: string;
  readonly deliveries: readonly (DeliveryRow & {
    /** JSON of each `Attempt`, oldest first. */
    readonly history: readonly string[];
  })[];
}

/** A message, and where its body lies. */
export interface BodyRow {
  readonly body: number;
  /** JSON of a `StoredMessage`. */
  readonly document: string;
  readonly sizeBytes: number;
  /** The body was not dropped. */
  readonly hasBody: boolean;
}

/** An end that is to be reported. */
export interface DueReportRow extends BodyRow {
  readonly delivery: DeliveryRow;
}

/** An attempt that ended, with what its delivery becomes. */
export interface AttemptResult {
  readonly id: string;
  readonly fence: number;
  /** JSON of an `Attempt`. */
  readonly attempt: string;
  readonly endedAt: number;
  readonly change: DeliveryChange;
}

/** How far a sweep has come: what ended in this state up to here was looked at. */
export interface SweepPlace {
  readonly state: 'failed' | 'delivered';
  readonly endedAt: number;
  /** Number of the delivery. */
  readonly number: number;
}

/** What a lane has used of its limits. */
export interface LedgerRow {
  readonly lane: string;
  readonly version: number;
  /** JSON of a `PaceLedger`. */
  readonly ledger: string;
}

export interface Operations {
  /** False: it is a report that is not due. */
  commit: { ask: NewMessage; answer: boolean };
  /** The buffer is lent: the answer gives it back. */
  writeChunk: { ask: { body: number; sequence: number; bytes: ArrayBuffer }; answer: ArrayBuffer };
  discard: { ask: { body: number }; answer: undefined };
  readChunk: { ask: { body: number; sequence: number }; answer: Uint8Array };
  claim: { ask: { limit: number; now: number; leaseMs: number }; answer: readonly ClaimedRow[] };
  renew: { ask: { id: string; fence: number; leaseUntil: number }; answer: boolean };
  record: { ask: AttemptResult; answer: boolean };
  /** Takes a claimed delivery out of the queue because its row cannot be read: it waits, held, for an operator. */
  setAside: { ask: { id: string; fence: number }; answer: undefined };
  nextDueAt: { ask: undefined; answer: number | undefined };
  figures: { ask: undefined; answer: QueueFigures };
  /** One bounded step of a list. */
  list: {
    ask: { filter: DeliveryFilter; before: string | undefined; limit: number };
    answer: ListedPage;
  };
  find: { ask: { id: string }; answer: FoundRow | undefined };
  /** One bounded step of an action; `before` as in a list. */
  act: {
    ask: { action: QueueAction; filter: DeliveryFilter; before: string | undefined };
    answer: { readonly changed: number; readonly next?: string };
  };
  replace: {
    ask: {
      id: string;
      deliveries: readonly NewDeliveryRow[];
      seen: { fence: number; state: DeliveryState };
    };
    answer: boolean;
  };
  lanes: { ask: LanesOptions; answer: readonly LaneSummary[] };
  bodyDigestsOf: { ask: { key: bigint }; answer: readonly string[] };
  /** The next keys of Message-IDs that clients gave, in order. */
  givenIds: { ask: { after: bigint; limit: number }; answer: readonly bigint[] };
  dueReports: { ask: { limit: number }; answer: readonly DueReportRow[] };
  dismissReport: { ask: { id: string }; answer: undefined };
  /** Answers with those that were not written, as they are. */
  writeLedgers: {
    ask: { ledgers: readonly LedgerRow[]; now: number };
    answer: readonly LedgerRow[];
  };
  /** JSON of each `Breaker`, by connection. */
  breakers: { ask: undefined; answer: readonly [connection: string, document: string][] };
  saveBreaker: { ask: { connection: string; document: string }; answer: undefined };
  /** One bounded step of a sweep; without `after` the first. */
  sweep: {
    ask: { deliveredBefore: number; failedBefore: number; after: SweepPlace | undefined };
    answer: { readonly messages: number; readonly next?: SweepPlace };
  };
  /** Answered when the copy is whole, long after its round. */
  backup: { ask: { file: string }; answer: undefined };
  close: { ask: undefined; answer: undefined };
}

export type Operation = keyof Operations;
export type Ask<K extends Operation> = Operations[K]['ask'];
export type AnswerTo<K extends Operation> = Operations[K]['answer'];

/** One question on its way to the thread. */
export type Call = {
  [K in Operation]: { readonly number: number; readonly operation: K; readonly ask: Ask<K> };
}[Operation];

/** Why the thread could not do what was asked, in the words of `StoreError`. */
export interface Trouble {
  readonly fault: StoreFault;
  readonly message: string;
  readonly cause: unknown;
}

export type Answer =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly trouble: Trouble };

/** Everything that one round of the thread came to, in one post. */
export interface Round {
  readonly answers: readonly Answer[];
  /** Present when messages were committed: how many, and how long their transaction took. */
  readonly committed?: { readonly messages: number; readonly durationMs: number };
  /** Trouble that concerns nobody's question. */
  readonly troubles: readonly Trouble[];
}
