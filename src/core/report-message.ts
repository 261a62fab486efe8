// Delivery status notifications: a report as a message (RFC 3464, RFC 6522, RFC 6533).
import type { Address } from './address.ts';
import { formatDateTime } from './date-time.ts';
import type { HeaderEdit } from './header-edit.ts';
import { formatReportStatus } from './report-status.ts';
import { formatReportText } from './report-text.ts';
import type { Report, ReturnedOriginal } from './report.ts';

export interface ReportAddressing {
  readonly from: Address;
  /** The reverse-path of the original. */
  readonly to: Address;
  /** With its angle brackets. */
  readonly messageId: string;
  /** Epoch ms. */
  readonly now: number;
  /** A text that stands nowhere in the original: of letters and digits. */
  readonly boundary: string;
}

/** A message: the edits that make its header out of an empty one, and the bytes after it. */
export interface ComposedReport {
  readonly subject: string;
  readonly edits: readonly HeaderEdit[];
  readonly body: Uint8Array;
}

export function composeReport(report: Report, addressing: ReportAddressing): ComposedReport {
  const subject = subjectOf(report);
  const parts = partsOf(report);
  const edits = [
    ...headerOf(report, { ...addressing, subject }),
    ...structureOf(parts, addressing),
  ];
  return { subject, edits, body: join(parts, addressing.boundary) };
}

function subjectOf({ end, original }: Report): string {
  const what = end.kind === 'failed' ? 'Not delivered' : 'Sent on';
  return original.subject === '' ? what : `${what}: ${original.subject}`;
}

/**
 * RFC 3834 §5 keeps programs from answering; Exchange, which drops that field, has one of its own. Nothing else does:
 * mail through Graph cannot have the null reverse-path that RFC 3464 §2 asks for.
 */
function headerOf(
  { original }: Report,
  { from, to, messageId, now, subject }: ReportAddressing & { readonly subject: string },
): readonly HeaderEdit[] {
  return [
    { kind: 'setMailboxes', name: 'From', mailboxes: [{ name: 'Mail delivery', address: from }] },
    { kind: 'setMailboxes', name: 'To', mailboxes: [{ name: '', address: to }] },
    set('Subject', subject),
    set('Date', formatDateTime(now)),
    set('Message-ID', messageId),
    set('In-Reply-To', original.messageId),
    set('References', original.messageId),
    set('Auto-Submitted', 'auto-replied'),
    set('X-Auto-Response-Suppress', 'All'),
  ];
}

function structureOf(
  parts: readonly Part[],
  { boundary }: ReportAddressing,
): readonly HeaderEdit[] {
  const type = `multipart/report; report-type=delivery-status; boundary="${boundary}"`;
  return [
    set('MIME-Version', '1.0'),
    set('Content-Type', type),
    set('Content-Transfer-Encoding', parts.every(isAscii) ? '7bit' : '8bit'),
  ];
}

function set(name: string, text: string): HeaderEdit {
  return { kind: 'set', name, text };
}

interface Part {
  readonly contentType: string;
  readonly description: string;
  readonly bytes: Uint8Array;
}

function partsOf(report: Report): readonly Part[] {
  const status = encode(formatReportStatus(report));
  // An address that is not ASCII has no other form.
  const isGlobal = report.smtpUtf8 || status.some((byte) => byte > 127);
  const { returned } = report.original;
  return [
    {
      contentType: 'text/plain; charset=utf-8',
      description: 'Notification',
      bytes: encode(formatReportText(report)),
    },
    {
      contentType: isGlobal ? 'message/global-delivery-status' : 'message/delivery-status',
      description: 'Delivery report',
      bytes: status,
    },
    ...(returned ? [toPart(returned, isGlobal)] : []),
  ];
}

/** RFC 6522 §4 and RFC 6533 §4, §5. */
function toPart({ kind, bytes }: ReturnedOriginal, isGlobal: boolean): Part {
  if (kind === 'header') {
    const contentType = isGlobal ? 'message/global-headers' : 'text/rfc822-headers';
    return { contentType, description: 'Header of your message', bytes };
  }
  const contentType = isGlobal ? 'message/global' : 'message/rfc822';
  return { contentType, description: 'Your message', bytes };
}

function join(parts: readonly Part[], boundary: string): Uint8Array {
  return concat([
    ...parts.flatMap((part) => [encode(headOf(part, boundary)), part.bytes]),
    encode(`\r\n--${boundary}--\r\n`),
  ]);
}

function headOf(part: Part, boundary: string): string {
  const { contentType, description } = part;
  return [
    '',
    `--${boundary}`,
    `Content-Type: ${contentType}`,
    `Content-Description: ${description}`,
    `Content-Transfer-Encoding: ${isAscii(part) ? '7bit' : '8bit'}`,
    '',
    '',
  ].join('\r\n');
}

function isAscii({ bytes }: Part): boolean {
  return bytes.every((byte) => byte < 128);
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const piece of pieces) {
    whole.set(piece, filled);
    filled += piece.length;
  }
  return whole;
}
