// The envelope of RFC 5321 §2.3.1: who gets the message, whatever its header says.
import type { Address } from './address.ts';

export interface Envelope {
  /** Where reports go; `null` is `<>`. */
  readonly reversePath: Address | null;
  /** At least one; no two alike by `sameAddress`. */
  readonly forwardPaths: readonly Address[];
  /** The client announced SMTPUTF8 (RFC 6531). */
  readonly smtpUtf8: boolean;
  /** How much of the message a report is to return (RET, RFC 3461 §4.3). */
  readonly ret?: 'FULL' | 'HDRS';
  /** The client's own name for the transaction, which a report repeats (ENVID, RFC 3461 §4.4); decoded. */
  readonly envid?: string;
  /** What was asked for single recipients; those that nothing was asked for are not in it. */
  readonly reportWishes?: readonly ReportWish[];
}

/** When a recipient's fate is to be reported, and under which name (RFC 3461 §4.1, §4.2). */
export interface ReportWish {
  readonly forwardPath: Address;
  /** `NEVER` stands alone. */
  readonly notify?: readonly ('NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY')[];
  /** The recipient as first named, with its type, such as `rfc822;someone@example.com`; decoded. */
  readonly orcpt?: string;
}
