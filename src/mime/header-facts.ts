// What a header says, decoded: the facts that rules, recipients and From forcing go by.
import type { HeaderFacts, HeaderField } from '../core/message.ts';
import { decodeValue } from './decode.ts';
import { nameOf, scanHeader, unfoldedValue, type RawField } from './header-scan.ts';
import { readMailboxes } from './mailbox-facts.ts';
import { isPlainField } from './plain-field.ts';

/** Reads what every message is asked for at once, and the rest when somebody looks at it. Never throws. */
export function readHeader(header: Uint8Array): HeaderFacts {
  const { fields } = scanHeader(header);
  const byKey = Map.groupBy(fields, ({ key }) => key);
  const named = (key: string) => byKey.get(key) ?? [];
  const mailboxes = (key: string) => readMailboxes(named(key));
  const messageId = readMessageId(named('message-id'));
  let decoded: readonly HeaderField[] | undefined;
  let unclear: readonly string[] | undefined;
  return {
    get fields() {
      decoded ??= decodeFields(fields);
      return decoded;
    },
    get unclear() {
      unclear ??= addressFields.filter((key) => !isPlain(named(key)));
      return unclear;
    },
    from: mailboxes('from'),
    sender: mailboxes('sender'),
    replyTo: mailboxes('reply-to'),
    to: mailboxes('to'),
    cc: mailboxes('cc'),
    bcc: mailboxes('bcc'),
    resent: {
      from: mailboxes('resent-from'),
      sender: mailboxes('resent-sender'),
      to: mailboxes('resent-to'),
      cc: mailboxes('resent-cc'),
    },
    subject: named('subject').map(decodeValue)[0] ?? '',
    ...(messageId !== undefined && { messageId }),
    hasDate: named('date').some((field) => unfoldedValue(field).trim() !== ''),
  };
}

function decodeFields(fields: readonly RawField[]): readonly HeaderField[] {
  return fields
    .filter(({ key }) => key !== '')
    .map((field) => ({ name: nameOf(field), value: decodeValue(field) }));
}

const addressFields = [
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'bcc',
  'resent-from',
  'resent-sender',
  'resent-to',
  'resent-cc',
] as const;

/** Of several fields with one name nobody knows which one a reader takes. */
function isPlain([first, ...others]: readonly RawField[]): boolean {
  return first === undefined || (others.length === 0 && isPlainField(first));
}

const maxMessageIdOctets = 900;

/** The first Message-ID, unless it is one that no look-up would find again: RFC 5322 §3.6.4, in printable ASCII. */
function readMessageId([first]: readonly RawField[]): string | undefined {
  const value = first && unfoldedValue(first).trim();
  if (value === undefined || value.length > maxMessageIdOctets) return undefined;
  return /^<[!-;=?-~]+>$/.test(value) ? value : undefined;
}
