// Which Exchange mailbox a message leaves from.
import { matchesPattern, type Address, type AddressPattern } from './address.ts';

/** `from`: the From address itself. A map is tried in order: its first pattern that matches the From address decides. */
export type SendAs =
  | { readonly kind: 'from' }
  | { readonly kind: 'mailbox'; readonly mailbox: Address }
  | {
      readonly kind: 'map';
      readonly entries: readonly {
        readonly from: AddressPattern;
        readonly sendAs: Address | 'from';
      }[];
    };

/** The mailbox for a From address; the address itself where the map says nothing of it. */
export function resolveSendAs(sendAs: SendAs, from: Address): Address {
  if (sendAs.kind === 'from') return from;
  if (sendAs.kind === 'mailbox') return sendAs.mailbox;
  const entry = sendAs.entries.find((candidate) => matchesPattern(candidate.from, from));
  return entry === undefined || entry.sendAs === 'from' ? from : entry.sendAs;
}
