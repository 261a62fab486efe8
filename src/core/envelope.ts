// The envelope of RFC 5321 §2.3.1: who gets the message, whatever its header says.
import type { Address } from './address.ts';

export interface Envelope {
  /** Where reports go; `null` is `<>`. */
  readonly reversePath: Address | null;
  /** At least one; no two alike by `sameAddress`. */
  readonly forwardPaths: readonly Address[];
  /** The client announced SMTPUTF8 (RFC 6531). */
  readonly smtpUtf8: boolean;
}
