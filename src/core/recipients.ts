// Who gets the message: the envelope decides, and To, Cc and Bcc are brought into line with it, because Graph has no envelope.
import { addressKey, parseAddress, type Address } from './address.ts';
import type { HeaderEdit } from './header-edit.ts';
import { fieldsNamed, removalOf } from './header-field.ts';
import type { HeaderFacts, Mailbox } from './message.ts';

/** Every forward-path stands in exactly one of the three lists. */
export interface RecipientPlan {
  readonly edits: readonly HeaderEdit[];
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  /** Those that the others must not see. */
  readonly bcc: readonly Address[];
}

/**
 * Leaves in To and Cc each forward-path once, and puts those that stand in neither into Bcc.
 * Who is taken out of To and Cc is kept in X-Graphpost-To and X-Graphpost-Cc, for the reader alone.
 */
export function planRecipients(
  header: HeaderFacts,
  forwardPaths: readonly Address[],
): RecipientPlan {
  const unplaced = new Map(forwardPaths.map((path) => [addressKey(path), path]));
  const to = placeListed(header.to, unplaced);
  const cc = placeListed(header.cc, unplaced);
  const bcc = [...unplaced.values()];
  return {
    edits: [
      ...listEdits(header, 'To', to),
      ...listEdits(header, 'Cc', cc),
      ...bccEdits(header, bcc),
    ],
    to: to.forwardPaths,
    cc: cc.forwardPaths,
    bcc,
  };
}

/** Forward-paths in portions of at most `maxRecipients` (1 or more), in their order; each goes out in a send of its own. */
export function splitRecipients(
  forwardPaths: readonly Address[],
  maxRecipients: number,
): readonly (readonly Address[])[] {
  const portions: Address[][] = [];
  for (let start = 0; start < forwardPaths.length; start += maxRecipients) {
    portions.push(forwardPaths.slice(start, start + maxRecipients));
  }
  return portions;
}

/** The mailboxes of To or Cc, parted. */
interface Listed {
  readonly forwardPaths: readonly Address[];
  /** Where those stand in the list. */
  readonly positions: readonly number[];
  readonly takenOut: readonly Mailbox[];
}

/** Takes the forward-paths that are listed here out of `unplaced`. */
function placeListed(mailboxes: readonly Mailbox[], unplaced: Map<string, Address>): Listed {
  const forwardPaths: Address[] = [];
  const positions: number[] = [];
  const takenOut: Mailbox[] = [];
  for (const [position, mailbox] of mailboxes.entries()) {
    const key = addressKey(parseAddress(mailbox.address) ?? '');
    const forwardPath = unplaced.get(key);
    unplaced.delete(key);
    if (forwardPath === undefined) {
      takenOut.push(mailbox);
    } else {
      forwardPaths.push(forwardPath);
      positions.push(position);
    }
  }
  return { forwardPaths, positions, takenOut };
}

function listEdits(header: HeaderFacts, name: 'To' | 'Cc', listed: Listed): readonly HeaderEdit[] {
  const record = `X-Graphpost-${name}`;
  const edits: HeaderEdit[] = [];
  if (!isKeptWhole(header, name, listed)) {
    edits.push({ kind: 'keepMailboxes', name, positions: listed.positions });
  }
  edits.push(...removalOf(header, record));
  if (listed.takenOut.length > 0) {
    edits.push({ kind: 'setMailboxes', name: record, mailboxes: listed.takenOut });
  }
  return edits;
}

/**
 * Whether the bytes of the list can stay: one field, and nothing in it but mailboxes with commas between them. Groups,
 * comments, entries without an address: Exchange might read somebody there, or answer ErrorInvalidRecipients.
 */
function isKeptWhole(header: HeaderFacts, name: 'To' | 'Cc', listed: Listed): boolean {
  const [field, ...others] = fieldsNamed(header, name);
  if (listed.takenOut.length > 0 || others.length > 0) return false;
  return field === undefined || isPlainList(field.value, listed.positions.length);
}

/** May be false for a list that is plain, and costs no more then than a signature; never true for another. */
function isPlainList(value: string, mailboxes: number): boolean {
  const has = (separator: string, times: number) => value.split(separator).length - 1 === times;
  return mailboxes > 0 && has('@', mailboxes) && has(',', mailboxes - 1) && !/[;:(]/.test(value);
}

/** An app's own Bcc says who is hidden; the envelope says who gets the message, and that is enough. */
function bccEdits(header: HeaderFacts, bcc: readonly Address[]): readonly HeaderEdit[] {
  const mailboxes = bcc.map((address) => ({ name: '', address }));
  return [
    ...removalOf(header, 'Bcc'),
    ...removalOf(header, 'Resent-Bcc'),
    ...(bcc.length > 0 ? [{ kind: 'setMailboxes', name: 'Bcc', mailboxes } as const] : []),
  ];
}
