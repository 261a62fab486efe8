// Who may send as whom: MAIL FROM, From and Sender of a message against the senders of its client.
import { matchesAny, parseAddress, type Address } from './address.ts';
import type { Client } from './client.ts';
import type { Mailbox } from './message.ts';
import {
  isReplaceable,
  isReplaced,
  isSenderRemoved,
  senderFields,
  sendersIn,
  type FromBlock,
  type OriginatorSource,
  type SenderField,
} from './originator.ts';
import { failed, type Failed } from './outcome.ts';

type ClientSenders = Pick<Client, 'name' | 'senders'>;

/**
 * Whether the client may use this reverse-path. The null one is allowed, and one that the block would replace.
 * @param block the top-level `from` block: a route's or connection's exempts nothing
 */
export function checkReversePath(
  client: ClientSenders,
  reversePath: Address | null,
  block: FromBlock,
): Failed | undefined {
  if (reversePath === null || isReplaceable(reversePath, block)) return undefined;
  return checkAddress(client, { field: 'MAIL FROM', text: reversePath });
}

/**
 * The reverse-path that may leave as it came. One that was let in because a block replaces From was not judged: it gives
 * way to the address that the message leaves as.
 */
export function reversePathOf(
  { senders }: ClientSenders,
  reversePath: Address | null,
  from: Address,
): Address | null {
  return reversePath === null || matchesAny(senders, reversePath) ? reversePath : from;
}

/**
 * Whether the client may send as everybody whom From, Sender, Resent-From and Resent-Sender name, and the block does
 * not replace. A header that names nobody passes: `planSubmission` says whether such a message can go.
 * @param block the top-level `from` block: a route's or connection's exempts nothing
 */
export function checkOriginators(
  client: ClientSenders,
  source: OriginatorSource,
  block: FromBlock,
): Failed | undefined {
  const { header } = source;
  const from = isReplaced(source, block) ? [] : header.from;
  let refusal = checkMailboxes(client, 'From', from);
  for (const field of senderFields) {
    if (isSenderRemoved(source, block, field)) continue;
    refusal ??= checkMailboxes(client, field, sendersIn(header, field));
  }
  return refusal;
}

type OriginatorField = 'MAIL FROM' | 'From' | SenderField;

function checkMailboxes(
  client: ClientSenders,
  field: OriginatorField,
  mailboxes: readonly Mailbox[],
): Failed | undefined {
  for (const { address } of mailboxes) {
    const refusal = checkAddress(client, { field, text: address });
    if (refusal) return refusal;
  }
  return undefined;
}

function checkAddress(
  client: ClientSenders,
  { field, text }: { readonly field: OriginatorField; readonly text: string },
): Failed | undefined {
  const address = parseAddress(text);
  if (address !== undefined && matchesAny(client.senders, address)) return undefined;
  const cause =
    address === undefined
      ? 'that cannot be read as an address'
      : 'it is not among the senders of that client';
  return failed('5.7.1', {
    reason: 'permission',
    diagnostic: `Client "${client.name}" may not send with ${field} ${quote(text)}: ${cause}`,
    reply: `Not allowed to send with this ${field} address`,
  });
}

/** Longer addresses are cut: what a client writes must not fill the log. */
const maxQuotedLength = 320;

function quote(text: string): string {
  return JSON.stringify(
    text.length > maxQuotedLength ? `${text.slice(0, maxQuotedLength)}…` : text,
  );
}
