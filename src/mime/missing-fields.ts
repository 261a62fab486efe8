// What acceptance adds to a header, once and for all attempts: Received, and Message-ID, Date and From where they are missing.
import { formatDateTime } from '../core/date-time.ts';
import type { HeaderEdit } from '../core/header-edit.ts';
import type { HeaderFacts } from '../core/message.ts';
import type { CompletedHeader } from '../relay/ports.ts';
import { editFields } from './header-edit.ts';
import {
  fieldsNamed,
  isMboxLine,
  joinHeader,
  scanHeader,
  toRawField,
  type ScannedHeader,
} from './header-scan.ts';
import { formatReceived, type Hop } from './received.ts';

/**
 * The header as it is stored.
 * @param facts of the same header
 */
export function completeHeader(header: Uint8Array, facts: HeaderFacts, hop: Hop): CompletedHeader {
  const { fields, rest } = closeBeforeStrayLines(withoutMboxLine(scanHeader(header)));
  const messageId = facts.messageId ?? `<${hop.id}@${hop.hostname}>`;
  const fromWasMissing = facts.from.length === 0;
  const edits: readonly HeaderEdit[] = [
    ...(facts.messageId !== undefined && fieldsNamed(fields, 'Message-ID').length === 1
      ? []
      : [{ kind: 'set', name: 'Message-ID', text: messageId } as const]),
    ...(facts.hasDate
      ? []
      : [{ kind: 'set', name: 'Date', text: formatDateTime(hop.now) } as const]),
    ...(fromWasMissing ? setFrom(hop) : []),
  ];
  const completed = [toRawField(formatReceived(hop)), ...editFields(fields, edits)];
  return { header: joinHeader({ fields: completed, rest }), fromWasMissing, messageId };
}

/** From the null reverse-path nothing can be made. */
function setFrom({ envelope: { reversePath } }: Hop): readonly HeaderEdit[] {
  if (reversePath === null) return [];
  return [{ kind: 'setMailboxes', name: 'From', mailboxes: [{ name: '', address: reversePath }] }];
}

function withoutMboxLine({ fields, rest }: ScannedHeader): ScannedHeader {
  return { fields: fields.filter((field, index) => index > 0 || !isMboxLine(field)), rest };
}

/**
 * Lines after the last field that are no fields are the body of a sender who left out the empty line:
 * the header is closed before them.
 */
function closeBeforeStrayLines({ fields, rest }: ScannedHeader): ScannedHeader {
  const end = fields.findLastIndex(({ key }) => key !== '') + 1;
  if (end === 0 || end === fields.length) return { fields, rest };
  const body = fields.slice(end).map(({ raw }) => raw);
  return { fields: fields.slice(0, end), rest: ['\r\n', ...body, rest].join('') };
}
