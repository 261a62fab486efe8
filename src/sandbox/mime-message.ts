// Reads what Exchange reads of a MIME message before it sends it: the header at its top, and no more.
import { readAddressList, type ListedMailbox } from './address-list.ts';
import type { Address } from '../core/address.ts';
import type { ComposedMessage } from './compose.ts';

export interface HeaderField {
  /** As written. */
  readonly name: string;
  /** Unfolded, without the blanks around it. */
  readonly value: string;
}

/** Of one that was not composed here, `frame` is all of it. */
export interface MimeMessage extends ComposedMessage {
  readonly fields: readonly HeaderField[];
  /** Where the body begins in `frame`; its length when there is none. */
  readonly bodyStart: number;
  readonly from: readonly ListedMailbox[];
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  /** To, Cc and Bcc, each recipient once, whatever the case of its letters. */
  readonly recipients: readonly Address[];
  /** What stands in From, To, Cc or Bcc and is no address. */
  readonly invalidFrom: readonly string[];
  readonly invalidRecipients: readonly string[];
  /** With its angle brackets; '' when there is none. */
  readonly messageId: string;
}

const maxHeaderBytes = 1_048_576;
const fieldLine = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)$/s;

/** Undefined when Exchange could make nothing of it: no header, a line in it that is no field, NUL. */
export function readMimeMessage(raw: Buffer): MimeMessage | undefined {
  const bodyStart = findBody(raw);
  if (bodyStart > maxHeaderBytes || raw.includes(0)) return undefined;
  const fields = readFields(raw.toString('utf8', 0, bodyStart));
  if (fields === undefined || fields.length === 0) return undefined;
  const lists = {
    from: readLists(fields, 'from'),
    to: readLists(fields, 'to'),
    cc: readLists(fields, 'cc'),
    bcc: readLists(fields, 'bcc'),
  };
  const [to, cc, bcc] = [addressesOf(lists.to), addressesOf(lists.cc), addressesOf(lists.bcc)];
  return {
    frame: raw,
    sizeBytes: raw.length,
    raw: () => raw,
    fields,
    bodyStart,
    from: lists.from.mailboxes,
    to,
    cc,
    bcc,
    recipients: unique([...to, ...cc, ...bcc]),
    invalidFrom: lists.from.invalid,
    invalidRecipients: [...lists.to.invalid, ...lists.cc.invalid, ...lists.bcc.invalid],
    messageId: valueOf(fields, 'message-id'),
  };
}

export function readComposed(composed: ComposedMessage): MimeMessage | undefined {
  const message = readMimeMessage(composed.frame);
  return message && { ...message, ...composed };
}

/** The value of the first field of that name (in lower case); '' when there is none. */
export function valueOf(fields: readonly HeaderField[], name: string): string {
  return fields.find((field) => field.name.toLowerCase() === name)?.value ?? '';
}

/** The fields of a header, or undefined when a line of it is none. */
export function readFields(header: string): readonly HeaderField[] | undefined {
  const unfolded = header.replace(/\r?\n(?=[ \t])/g, '');
  const fields: HeaderField[] = [];
  for (const line of unfolded.split(/\r?\n/)) {
    if (line === '') continue;
    const [, name, value] = fieldLine.exec(line) ?? [];
    if (name === undefined || value === undefined) return undefined;
    fields.push({ name, value: value.trim() });
  }
  return fields;
}

/** The header ends with an empty line; a message without one is all header. */
function findBody(raw: Buffer): number {
  const end = raw.indexOf('\r\n\r\n');
  if (end !== -1) return end + 4;
  const bareEnd = raw.indexOf('\n\n');
  return bareEnd === -1 ? raw.length : bareEnd + 2;
}

interface Lists {
  readonly mailboxes: ListedMailbox[];
  readonly invalid: string[];
}

function readLists(fields: readonly HeaderField[], name: string): Lists {
  const lists: Lists = { mailboxes: [], invalid: [] };
  for (const field of fields) {
    if (field.name.toLowerCase() !== name) continue;
    const { mailboxes, invalid } = readAddressList(field.value);
    lists.mailboxes.push(...mailboxes);
    lists.invalid.push(...invalid);
  }
  return lists;
}

function addressesOf({ mailboxes }: Lists): readonly Address[] {
  return unique(mailboxes.map((mailbox) => mailbox.address));
}

/** Exchange delivers one copy to each, and ignores the case of local parts. */
function unique(addresses: readonly Address[]): readonly Address[] {
  return [...new Map(addresses.map((address) => [address.toLowerCase(), address])).values()];
}
