// The way out over one connection, and the token that it needs.
import type { Address } from '../core/address.ts';
import type { Passage } from '../core/delivery.ts';
import type { Envelope } from '../core/envelope.ts';
import type { HeaderFacts } from '../core/message.ts';
import type { Failed, Outcome } from '../core/outcome.ts';
import type { MessageOutline } from '../core/outline.ts';
import type { RequestUse } from '../core/pace.ts';
import type { TransportFacts, TransportPlan } from '../core/transport-plan.ts';
import type { Content } from './message-ports.ts';

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
