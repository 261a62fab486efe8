// Who gets the message: the envelope decides, and To, Cc and Bcc are brought into line with it, because Graph has no envelope.
import { addressKey, parseAddress, type Address } from './address.ts';
import type { HeaderEdit } from './header-edit.ts';
import { hasField, removalOf } from './header-field.ts';
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
      ...resentEdits(header, forwardPaths),
    ],
    to: to.forwardPaths,
    cc: cc.forwardPaths,
    bcc,
  };
}

/** For a next hop that has an envelope of its own: To and Cc stay as they are, and nobody who is hidden shows. */
export function hideRecipients(header: HeaderFacts): readonly HeaderEdit[] {
  return [...removalOf(header, 'Bcc'), ...removalOf(header, 'Resent-Bcc')];
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

/** Whether the bytes of the list can stay: nobody is taken out, and nobody could read somebody else in it. */
function isKeptWhole({ unclear }: HeaderFacts, name: 'To' | 'Cc', listed: Listed): boolean {
  return listed.takenOut.length === 0 && !unclear.includes(name.toLowerCase());
}

/** An app's own Bcc says who is hidden; the envelope says who gets the message, and that is enough. */
function bccEdits(header: HeaderFacts, bcc: readonly Address[]): readonly HeaderEdit[] {
  const mailboxes = bcc.map((address) => ({ name: '', address }));
  return [
    ...hideRecipients(header),
    ...(bcc.length > 0 ? [{ kind: 'setMailboxes', name: 'Bcc', mailboxes } as const] : []),
  ];
}

/**
 * Resent-To and Resent-Cc say whom somebody sent the message on to, earlier (RFC 5322 §3.6.6). Exchange may deliver to
 * them: one that names, or could be read to name, somebody outside the envelope is kept as a record alone.
 */
function resentEdits(header: HeaderFacts, forwardPaths: readonly Address[]): readonly HeaderEdit[] {
  return [
    ...resentListEdits(header, 'To', forwardPaths),
    ...resentListEdits(header, 'Cc', forwardPaths),
  ];
}

function resentListEdits(
  header: HeaderFacts,
  list: 'To' | 'Cc',
  forwardPaths: readonly Address[],
): readonly HeaderEdit[] {
  const [name, record] = [`Resent-${list}`, `X-Graphpost-Resent-${list}`];
  const mailboxes = header.resent[list === 'To' ? 'to' : 'cc'];
  const isSafe =
    !header.unclear.includes(name.toLowerCase()) && areAllAmong(mailboxes, forwardPaths);
  if (isSafe || !hasField(header, name)) return removalOf(header, record);
  return [
    { kind: 'remove', name },
    { kind: 'setMailboxes', name: record, mailboxes },
  ];
}

function areAllAmong(mailboxes: readonly Mailbox[], forwardPaths: readonly Address[]): boolean {
  const known = new Set(forwardPaths.map(addressKey));
  return mailboxes.every(({ address }) => known.has(addressKey(parseAddress(address) ?? '')));
}
