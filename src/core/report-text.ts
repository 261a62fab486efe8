// What a report says to people: what happened to their message, and what they can do. Nothing of the configuration is in it.
import type { Address } from './address.ts';
import { formatDateTime } from './date-time.ts';
import type { Failed, Reason } from './outcome.ts';
import type { Report, ReportedEnd } from './report.ts';

interface Sentences {
  readonly problem: string;
  readonly remedy: string;
}

const later = 'Send it again later; if it is urgent, reach the recipient by another way.';
const askOperator = 'Ask those who run this mail system.';

/** By reason: its diagnostic is written for the operator, and may name what others must not know. */
const sentences: Readonly<Record<Reason, Sentences>> = {
  network: { problem: 'The next mail system could not be reached.', remedy: later },
  timeout: { problem: 'The next mail system did not answer in time.', remedy: later },
  server: { problem: 'The next mail system could not take it.', remedy: later },
  throttled: { problem: 'Too much mail was sent at once.', remedy: later },
  quota: { problem: 'The sending mailbox may send no more for now.', remedy: later },
  credential: { problem: 'Mail could not be sent on from here.', remedy: askOperator },
  permission: { problem: 'It may not be sent from here.', remedy: askOperator },
  mailbox: {
    problem: 'The mailbox that it was to leave from cannot be used.',
    remedy: askOperator,
  },
  sendAsDenied: {
    problem: 'Its sender address may not be used.',
    remedy: 'Send it with another address in From, or ask those who run this mail system.',
  },
  tooLarge: {
    problem: 'It is too large.',
    remedy: 'Send it with fewer or smaller attachments, or send a link in place of the files.',
  },
  recipients: {
    problem: 'A recipient address was refused.',
    remedy: 'Check the addresses of all recipients, and send it again.',
  },
  rule: { problem: 'A rule of this mail system forbids it.', remedy: askOperator },
  content: {
    problem: 'The next mail system refused its content.',
    remedy: 'Change the content, above all unusual attachments or formats, and send it again.',
  },
  configuration: { problem: 'Mail could not be sent on from here.', remedy: askOperator },
  expired: {
    problem: 'It could not be handed on before its time was over.',
    remedy: later,
  },
  cancelled: { problem: 'It was cancelled here.', remedy: askOperator },
  internal: { problem: 'This mail system failed to send it on.', remedy: askOperator },
};

/** Why it failed, in words that may be told to its sender. */
export function problemOf({ reason, reply }: Pick<Failed, 'reason' | 'reply'>): string {
  return reply === undefined ? sentences[reason].problem : closed(reply);
}

const isHandedOn =
  'It was handed on to the next mail system, which answers for it from here on. You need do nothing; if it cannot reach the mailbox, that system reports it.';

/** Plain text with CRLF line ends: a greeting, then one paragraph for each recipient. */
export function formatReportText(report: Report): string {
  const paragraphs = [
    `This is the mail gateway at ${report.reportingMta}.`,
    opening(report),
    ...report.recipients.map(({ forwardPath }) => paragraph(forwardPath, report.end)),
  ];
  return `${paragraphs.map(wrap).join('\r\n\r\n')}\r\n`;
}

function opening({ end, original, receivedAt }: Report): string {
  const subject = original.subject === '' ? 'without a subject' : `"${original.subject}"`;
  const what = end.kind === 'failed' ? 'was not delivered' : 'was sent on';
  return `Your message ${subject} of ${formatDateTime(receivedAt)} ${what}:`;
}

function paragraph(forwardPath: Address, end: ReportedEnd): string {
  if (end.kind === 'delivered') return `${forwardPath}: ${isHandedOn} (${end.status})`;
  return `${forwardPath}: ${problemOf(end)} ${sentences[end.reason].remedy} (${end.status})`;
}

function closed(sentence: string): string {
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** RFC 5322 §2.1.1. */
const maxLineLength = 76;

function wrap(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/[\s\p{Cc}]+/u)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > maxLineLength) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join('\r\n');
}
