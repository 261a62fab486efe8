// Outcomes that anybody can force by writing to an address: the local part says what happens, the domain may be any.
import { localPartOf, type Address } from '../core/address.ts';
import type { GraphFault } from './answer.ts';
import { accessDenied, invalidMime, messageTooLarge, sendAsDenied } from './graph-faults.ts';
import type { Journal } from './journal.ts';
import { formatRetryAfter, parseRetryAfter, type SandboxLimits } from './limits.ts';

/** One row of the list that README and page show. */
export interface ForcedOutcome {
  /** What stands before the @ of a recipient, or of the mailbox that the mail leaves from. */
  readonly localPart: string;
  /** What happens then: one sentence. */
  readonly what: string;
}

interface Row extends ForcedOutcome {
  /** How often it happens to one message from one mailbox; absent: always. */
  readonly times?: number;
  /** The message is refused so; absent: it is sent. */
  readonly fault?: GraphFault;
  /** The refusal asks to wait. */
  readonly hasRetryAfter?: true;
  /** What becomes of the answer to a message that is sent. */
  readonly answer?: 'late' | 'cut';
  /** As the mailbox's local part it spoils every request, not only those that send. */
  readonly spoilsMailbox?: true;
}

const rows: readonly Row[] = [
  {
    localPart: 'throttled',
    what: 'The first request for a message is answered 429 with Retry-After; then it goes',
    times: 1,
    hasRetryAfter: true,
    fault: {
      status: 429,
      code: 'ApplicationThrottled',
      message: 'Application is over its MailboxConcurrency limit.',
    },
  },
  {
    localPart: 'unavailable',
    what: 'Every request is answered 503 with Retry-After',
    hasRetryAfter: true,
    fault: {
      status: 503,
      code: 'ErrorMailboxStoreUnavailable',
      message: 'The mailbox database is temporarily unavailable.',
    },
  },
  {
    localPart: 'broken',
    what: 'The first two requests for a message are answered 503 without Retry-After; then it goes',
    times: 2,
    fault: { status: 503, code: 'UnknownError', message: 'An unknown error occurred.' },
  },
  {
    localPart: 'slow',
    what: 'Sent, but the answer comes after five seconds',
    answer: 'late',
  },
  {
    localPart: 'cut',
    what: 'Sent, but the first time the connection ends in place of the answer',
    times: 1,
    answer: 'cut',
  },
  {
    localPart: 'denied',
    what: '403 ErrorAccessDenied: the app lacks the permission, or is not let near the mailbox',
    spoilsMailbox: true,
    fault: accessDenied,
  },
  {
    localPart: 'sendas-denied',
    what: '403 ErrorSendAsDenied: the mailbox may not send as that From',
    fault: sendAsDenied,
  },
  {
    localPart: 'missing',
    what: '404 ErrorInvalidUser: there is no such mailbox',
    spoilsMailbox: true,
    fault: { status: 404, code: 'ErrorInvalidUser', message: 'The requested user is invalid.' },
  },
  {
    localPart: 'toolarge',
    what: '413 ErrorMessageSizeExceeded: the message is too large for the mailbox',
    fault: messageTooLarge,
  },
  {
    localPart: 'never',
    what: '400 ErrorMimeContentInvalid: a failure for good, which no further attempt can mend',
    fault: invalidMime,
  },
  {
    localPart: 'quota',
    what: '429 ErrorExceededMessageLimit: the daily quota of Outlook.com is used up, which is no short throttle',
    fault: {
      status: 429,
      code: 'ErrorExceededMessageLimit',
      message: 'Cannot send mail. Daily Message/Recipient limit exceeded.',
    },
  },
];

/** The list, to be shown to people. */
export const forcedOutcomes: readonly ForcedOutcome[] = rows.map(({ localPart, what }) => ({
  localPart,
  what,
}));

/** What is forced upon one submission. */
export interface Forced {
  /** Refused with this, and not sent. */
  readonly fault?: GraphFault;
  /** Sent, and answered so. */
  readonly delayMs?: number;
  readonly cut?: true;
}

export interface Submitter {
  readonly mailbox: Address;
  readonly recipients: readonly Address[];
  readonly messageId: string;
}

const byLocalPart = new Map(rows.map((row) => [row.localPart, row]));
const maxRemembered = 10_000;

/** What one message met so far. */
interface Encounter {
  times: number;
  /** Epoch ms. */
  waitsUntil: number;
}

/** Counts how often each message met its outcome. */
export class ForcedOutcomes {
  readonly #options: ForcedOutcomesOptions;
  /** Oldest first. */
  readonly #encounters = new Map<string, Encounter>();

  constructor(options: ForcedOutcomesOptions) {
    this.#options = options;
  }

  /** What any request for this mailbox meets. */
  ofMailbox(mailbox: Address): GraphFault | undefined {
    const row = rowOf(mailbox);
    return row?.spoilsMailbox === true ? row.fault : undefined;
  }

  /** What a message meets when it is to be sent; the mailbox decides before the recipients, in their order. */
  ofSubmission({ mailbox, recipients, messageId }: Submitter): Forced | undefined {
    const row = [mailbox, ...recipients].map(rowOf).find((found) => found !== undefined);
    if (row === undefined) return undefined;
    const encounter = this.#recall(`${row.localPart} ${mailbox.toLowerCase()} ${messageId}`);
    if (this.#options.now() < encounter.waitsUntil) {
      this.#options.journal.violation(`Message ${messageId} came again within its Retry-After`);
    }
    if (row.times !== undefined && encounter.times >= row.times) return undefined;
    encounter.times += 1;
    return this.#force(row, encounter);
  }

  #recall(key: string): Encounter {
    const encounter = this.#encounters.get(key) ?? { times: 0, waitsUntil: 0 };
    this.#encounters.set(key, encounter);
    const [oldest] = this.#encounters.keys();
    if (this.#encounters.size > maxRemembered && oldest !== undefined) {
      this.#encounters.delete(oldest);
    }
    return encounter;
  }

  #force({ fault, answer, hasRetryAfter }: Row, encounter: Encounter): Forced {
    const { limits, now } = this.#options;
    if (answer === 'cut') return { cut: true };
    if (fault === undefined) return { delayMs: limits.slowMs };
    if (hasRetryAfter !== true) return { fault };
    const value = formatRetryAfter(limits.retryAfterSeconds, {
      form: limits.retryAfterForm,
      now: now(),
    });
    encounter.waitsUntil = parseRetryAfter(value, now()) ?? 0;
    return { fault: { ...fault, headers: { 'retry-after': value } } };
  }
}

export interface ForcedOutcomesOptions {
  readonly now: () => number;
  readonly limits: SandboxLimits;
  readonly journal: Journal;
}

function rowOf(address: Address): Row | undefined {
  return byLocalPart.get(localPartOf(address).toLowerCase());
}
