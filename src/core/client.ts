// Who handed a message over.
import type { AddressPattern } from './address.ts';

export interface Client {
  /** The client's name in the configuration: the only label that metrics may carry. */
  readonly name: string;
  /** Its IP address; IPv4 without the `::ffff:` prefix. */
  readonly ip: string;
  readonly listener: string;
  /** Id of the connection that it came by, as in the log; absent: it came by none. */
  readonly session?: string;
  /** What it said in EHLO or HELO; '' before that. */
  readonly ehlo: string;
  /** False when it said HELO, and no extension is in use (RFC 5321 §2.2.1); absent: it said EHLO. */
  readonly extended?: boolean;
  /** The name it logged in with. */
  readonly login?: string;
  readonly tls: boolean;
  /** The addresses that it may send as. */
  readonly senders: readonly AddressPattern[];
}
