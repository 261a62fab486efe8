// The part of a report that programs read: message/delivery-status (RFC 3464 §2), or its global form (RFC 6533 §3).
import type { Address } from './address.ts';
import { formatDateTime } from './date-time.ts';
import type { RemoteDetail } from './outcome.ts';
import { problemOf } from './report-text.ts';
import type { Report, ReportedEnd, ReportedRecipient } from './report.ts';
import type { EnhancedStatus } from './status.ts';

/** A block of fields for the message, and one for each recipient, with an empty line between. */
export function formatReportStatus(report: Report): string {
  const blocks = [messageFields(report), ...report.recipients.map((one) => fieldsOf(one, report))];
  return blocks.map((block) => block.join('')).join('\r\n');
}

function messageFields({ envid, reportingMta, receivedAt }: Report): readonly string[] {
  return [
    ...(envid === undefined ? [] : [field('Original-Envelope-Id', envid)]),
    field('Reporting-MTA', `dns; ${reportingMta}`),
    field('Arrival-Date', formatDateTime(receivedAt)),
  ];
}

function fieldsOf({ forwardPath, orcpt }: ReportedRecipient, report: Report): readonly string[] {
  const { end, endedAt, remoteMta } = report;
  // Of an attempt that never got to the next hop, it says nothing.
  const isRemote = remoteMta !== undefined && end.remote !== undefined;
  return [
    ...(orcpt === undefined ? [] : [field('Original-Recipient', typed(orcpt))]),
    field('Final-Recipient', `${addressType(forwardPath)}; ${forwardPath}`),
    field('Action', end.kind === 'failed' ? 'failed' : 'relayed'),
    field('Status', end.status),
    ...(isRemote ? [field('Remote-MTA', `dns; ${remoteMta}`)] : []),
    ...diagnosticFields(end),
    field('Last-Attempt-Date', formatDateTime(endedAt)),
  ];
}

/** RFC 6533 §3. */
function addressType(address: Address): 'rfc822' | 'utf-8' {
  return /^[ -~]*$/.test(address) ? 'rfc822' : 'utf-8';
}

/** `rfc822;someone@example.com`, as RFC 3461 §4.2 has it; the type that a client left out is the usual one. */
function typed(orcpt: string): string {
  const [, type = 'rfc822', address = orcpt] = /^([!-:<-~]+);(.*)$/su.exec(orcpt) ?? [];
  return `${type}; ${address.trim()}`;
}

/** What the next hop answered, else why it was not asked (RFC 3464 §2.3.6). */
function diagnosticFields(end: ReportedEnd): readonly string[] {
  if (end.kind === 'delivered') return [];
  const said = end.remote && wordsOf(end.remote, end.status);
  return [field('Diagnostic-Code', said ?? `X-Graphpost; ${problemOf(end)}`)];
}

function wordsOf(remote: RemoteDetail, status: EnhancedStatus): string | undefined {
  const { code, httpStatus, requestId } = remote;
  // The reply code of a smart host; Microsoft's codes are words.
  if (code !== undefined && /^\d{3}$/.test(code)) return `smtp; ${code} ${status}`;
  const words = [
    ...(httpStatus === undefined ? [] : [`HTTP ${httpStatus}`]),
    ...(code === undefined ? [] : [code]),
    ...(requestId === undefined ? [] : [`(request-id ${requestId})`]),
  ];
  return words.length === 0 ? undefined : `X-Microsoft; ${words.join(' ')}`;
}

/** Of a value from outside: RFC 5322 §2.1.1 allows 998 octets on a line. */
const maxValueLength = 900;

/** One line whatever the value: it can end neither its field nor its block. */
function field(name: string, value: string): string {
  const line = value.replaceAll(/[\s\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, maxValueLength);
  return `${name}: ${line.trim()}\r\n`;
}
