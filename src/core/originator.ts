// Who a message is from: the rules of From forcing (docs/routing.md, "From").
import {
  addressKey,
  hasFullDomain,
  matchesAny,
  parseAddress,
  sameAddress,
  type Address,
  type AddressPattern,
} from './address.ts';
import type { HeaderEdit } from './header-edit.ts';
import { removalOf } from './header-field.ts';
import type { HeaderFacts, Mailbox } from './message.ts';

/** A `from` block of the configuration. The narrowest whole block wins: route, then connection, then top. */
export interface FromBlock {
  readonly force: 'always' | 'default' | 'never';
  /** Present unless `force` is `never`. */
  readonly address?: Address;
  readonly name?: string;
  /** Addresses that `default` replaces, beside missing ones and those without a full domain. */
  readonly defaults: readonly AddressPattern[];
  readonly replyTo: 'original' | 'never';
}

export interface OriginatorPlan {
  /** The From address that the message leaves with; absent when it has none that can be used. */
  readonly address?: Address;
  readonly replaced: boolean;
  readonly edits: readonly HeaderEdit[];
}

/** What `planOriginator` looks at besides the block. */
export interface OriginatorSource {
  readonly header: HeaderFacts;
  /** The original had no From: what stands there was added at acceptance. */
  readonly fromWasMissing: boolean;
}

/**
 * Decides From, Sender and Reply-To for one send of the original. What stays of them can be read in one way only:
 * who was judged is who is sent. Planning a header that was already rewritten so comes to the same header.
 */
export function planOriginator(source: OriginatorSource, block: FromBlock): OriginatorPlan {
  const { header } = source;
  const { address } = block;
  const senderEdits = senderFields.flatMap((field) =>
    isSenderRemoved(source, block, field)
      ? removalOf(header, field)
      : clarify(header, field, sendersIn(header, field)),
  );
  if (address === undefined || !isReplaced(source, block) || isOnlyFrom(header, address)) {
    const kept = keepFrom(header);
    const edits = [...kept.edits, ...senderEdits, ...planReplyTo(header, [])];
    return { ...kept, replaced: false, edits };
  }
  const from: HeaderEdit = {
    kind: 'setMailboxes',
    name: 'From',
    mailboxes: [{ name: newName(header, { ...block, address }), address }],
  };
  const edits = [from, ...senderEdits, ...planReplyTo(header, formerFrom(source, block))];
  return { address, replaced: true, edits };
}

/** Whether the block decides the From address: an app's own, if there was one, then counts for nothing. */
export function isReplaced(
  { header, fromWasMissing }: OriginatorSource,
  block: FromBlock,
): boolean {
  if (!canReplace(block)) return false;
  return fromWasMissing || header.from.every((mailbox) => isMailboxReplaceable(mailbox, block));
}

/** Whether the block would put its own address in place of this one, if it stood in From alone. */
export function isReplaceable(address: Address, block: FromBlock): boolean {
  return canReplace(block) && (block.force === 'always' || isPlaceholder(address, block));
}

/** The fields, beside From, that some readers take for who is responsible for a message (RFC 4407, RFC 5322 §3.6.6). */
export const senderFields = ['Sender', 'Resent-From', 'Resent-Sender'] as const;

export type SenderField = (typeof senderFields)[number];

export function sendersIn({ sender, resent }: HeaderFacts, field: SenderField): readonly Mailbox[] {
  switch (field) {
    case 'Sender':
      return sender;
    case 'Resent-From':
      return resent.from;
    case 'Resent-Sender':
      return resent.sender;
  }
}

/** Whether such a field goes: with a From that is replaced, when all that it names is replaceable, or nobody. */
export function isSenderRemoved(
  source: OriginatorSource,
  block: FromBlock,
  field: SenderField,
): boolean {
  const mailboxes = sendersIn(source.header, field);
  return (
    isReplaced(source, block) || mailboxes.every((mailbox) => isMailboxReplaceable(mailbox, block))
  );
}

function canReplace(block: FromBlock): boolean {
  return block.force !== 'never' && block.address !== undefined;
}

/** What cannot be read as an address is as good as missing. */
function isMailboxReplaceable(mailbox: Mailbox, block: FromBlock): boolean {
  const address = parseAddress(mailbox.address);
  return address === undefined ? canReplace(block) : isReplaceable(address, block);
}

/** An address that says nothing of who sends: `root@host`, and what the operator lists. */
function isPlaceholder(address: Address, block: FromBlock): boolean {
  return matchesAny(block.defaults, address) || !hasFullDomain(address);
}

interface ReadableMailbox extends Mailbox {
  readonly address: Address;
}

/** The mailboxes whose addresses can be read, with canonical address and without a name that repeats it. */
function readMailboxes(mailboxes: readonly Mailbox[]): readonly ReadableMailbox[] {
  return mailboxes.flatMap((mailbox) => {
    const address = parseAddress(mailbox.address);
    return address === undefined ? [] : [{ name: usefulName(mailbox.name, address), address }];
  });
}

/** No longer name can repeat an address; the pattern below takes quadratic time. */
const maxRepeatingLength = 400;

function usefulName(name: string, address: Address): string {
  if (!name.includes('@') || name.length > maxRepeatingLength) return name;
  const bare = name.replaceAll(/^[\s'"<]+|[\s'">]+$/g, '');
  const repeated = parseAddress(bare) ?? bare;
  return addressKey(repeated) === addressKey(address) ? '' : name;
}

function isOnlyFrom(header: HeaderFacts, address: Address): boolean {
  const [own] = readMailboxes(header.from);
  return header.from.length === 1 && own !== undefined && sameAddress(own.address, address);
}

/** No address where one of the mailboxes cannot be read: what was judged would not be what is sent. */
function keepFrom(header: HeaderFacts): Pick<OriginatorPlan, 'address' | 'edits'> {
  const mailboxes = readMailboxes(header.from);
  const [first] = mailboxes;
  if (first === undefined || mailboxes.length < header.from.length) return { edits: [] };
  // Exchange takes a display name that holds `@` for an address, and answers ErrorSendAsDenied.
  const hasOddName = header.from.some(({ name }) => name.includes('@'));
  if (!hasOddName && !isUnclear(header, 'From')) return { address: first.address, edits: [] };
  return { address: first.address, edits: [{ kind: 'setMailboxes', name: 'From', mailboxes }] };
}

function isUnclear({ unclear }: HeaderFacts, field: string): boolean {
  return unclear.includes(field.toLowerCase());
}

/** Writes a field anew that is unclear, or names what cannot be read; one that then names nobody goes. */
function clarify(
  header: HeaderFacts,
  name: SenderField | 'Reply-To',
  own: readonly Mailbox[],
): readonly HeaderEdit[] {
  const mailboxes = readMailboxes(own);
  if (!isUnclear(header, name) && mailboxes.length === own.length) return [];
  return mailboxes.length === 0
    ? removalOf(header, name)
    : [{ kind: 'setMailboxes', name, mailboxes }];
}

function newName(
  header: HeaderFacts,
  block: { readonly address: Address; readonly name?: string },
): string {
  if (block.name !== undefined) return usefulName(block.name, block.address);
  const own = header.from[0]?.name ?? '';
  return own.includes('@') ? '' : own;
}

/** An own Reply-To wins over the former From. */
function planReplyTo(
  header: HeaderFacts,
  formerFrom: readonly ReadableMailbox[],
): readonly HeaderEdit[] {
  if (readMailboxes(header.replyTo).length > 0 || formerFrom.length === 0) {
    return clarify(header, 'Reply-To', header.replyTo);
  }
  return [{ kind: 'setMailboxes', name: 'Reply-To', mailboxes: formerFrom }];
}

/** Whom an answer should still reach when From is replaced. */
function formerFrom(
  { header, fromWasMissing }: OriginatorSource,
  block: FromBlock,
): readonly ReadableMailbox[] {
  if (block.replyTo === 'never' || fromWasMissing) return [];
  return readMailboxes(header.from).filter(({ address }) => !isPlaceholder(address, block));
}
