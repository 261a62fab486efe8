// Changes to a header, decided here and carried out on the bytes by mime/.
import type { Mailbox } from './message.ts';

export type HeaderEdit =
  /** Takes every field of that name out. */
  | { readonly kind: 'remove'; readonly name: string }
  /** One field of that name, in place of the first that stands there, else at the end. */
  | { readonly kind: 'set'; readonly name: string; readonly text: string }
  /** One more field at the end. */
  | { readonly kind: 'add'; readonly name: string; readonly text: string }
  /** As `set`, with a list of mailboxes, encoded and quoted as RFC 5322 asks. */
  | { readonly kind: 'setMailboxes'; readonly name: string; readonly mailboxes: readonly Mailbox[] }
  /**
   * Keeps, of all mailboxes in the fields of that name, those at the given positions (as `HeaderFacts` counts them)
   * with their own spelling, joined into one field; no field when none is left.
   */
  | {
      readonly kind: 'keepMailboxes';
      readonly name: string;
      readonly positions: readonly number[];
    };
