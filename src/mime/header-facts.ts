// What a header says, decoded: the facts that rules, recipients and From forcing go by.
import type { HeaderFacts, HeaderField } from '../core/message.ts';
import { decodeValue } from './decode.ts';
import { fieldsNamed, nameOf, scanHeader, unfoldedValue, type RawField } from './header-scan.ts';
import { readMailboxes } from './mailbox-facts.ts';

/** Reads what every message is asked for at once, and `fields` when somebody looks at it. Never throws. */
export function readHeader(header: Uint8Array): HeaderFacts {
  const { fields } = scanHeader(header);
  const messageId = readMessageId(fields);
  let decoded: readonly HeaderField[] | undefined;
  return {
    get fields() {
      decoded ??= decodeFields(fields);
      return decoded;
    },
    from: readMailboxes(fieldsNamed(fields, 'From')),
    sender: readMailboxes(fieldsNamed(fields, 'Sender')),
    replyTo: readMailboxes(fieldsNamed(fields, 'Reply-To')),
    to: readMailboxes(fieldsNamed(fields, 'To')),
    cc: readMailboxes(fieldsNamed(fields, 'Cc')),
    bcc: readMailboxes(fieldsNamed(fields, 'Bcc')),
    subject: fieldsNamed(fields, 'Subject').map(decodeValue)[0] ?? '',
    ...(messageId !== undefined && { messageId }),
    hasDate: fieldsNamed(fields, 'Date').some((field) => unfoldedValue(field).trim() !== ''),
  };
}

function decodeFields(fields: readonly RawField[]): readonly HeaderField[] {
  return fields
    .filter(({ key }) => key !== '')
    .map((field) => ({ name: nameOf(field), value: decodeValue(field) }));
}

const maxMessageIdOctets = 900;

/** The first Message-ID, unless it is one that no look-up would find again: RFC 5322 §3.6.4, in printable ASCII. */
function readMessageId(fields: readonly RawField[]): string | undefined {
  const [first] = fieldsNamed(fields, 'Message-ID');
  const value = first && unfoldedValue(first).trim();
  if (value === undefined || value.length > maxMessageIdOctets) return undefined;
  return /^<[!-;=?-~]+>$/.test(value) ? value : undefined;
}
