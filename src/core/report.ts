// A report on how a delivery ended, for its sender: what is to be said in it.
import type { Address } from './address.ts';
import type { Delivered, Failed } from './outcome.ts';

/** How it ended: `delivered` is `relayed` in a report, for the next hop does not say what became of it. */
export type ReportedEnd = Failed | Delivered;

export interface ReportedRecipient {
  readonly forwardPath: Address;
  /** As in `ReportWish`. */
  readonly orcpt?: string;
}

/** What is returned of the original: its header with the empty line that closes it, or all of it. */
export interface ReturnedOriginal {
  readonly kind: 'header' | 'message';
  readonly bytes: Uint8Array;
}

export interface Report {
  /** The host name of this gateway. */
  readonly reportingMta: string;
  /** As in `Envelope`. */
  readonly envid?: string;
  /** The client announced SMTPUTF8: its sender can read the global forms of RFC 6533. */
  readonly smtpUtf8: boolean;
  /** Epoch ms at which the original was accepted. */
  readonly receivedAt: number;
  /** At least one. */
  readonly recipients: readonly ReportedRecipient[];
  readonly end: ReportedEnd;
  /** Epoch ms at which the last attempt ended. */
  readonly endedAt: number;
  /** The host that answered, where there was one. */
  readonly remoteMta?: string;
  readonly original: {
    /** With its angle brackets, as its sender knows it. */
    readonly messageId: string;
    readonly subject: string;
    /** Absent where it is not kept any more. */
    readonly returned?: ReturnedOriginal;
  };
}
