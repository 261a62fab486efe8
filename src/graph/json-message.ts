// The header and the text of a message in Graph's JSON ("message resource type"); its files come apart.
import { parseAddress } from '../core/address.ts';
import type { HeaderFacts, Mailbox } from '../core/message.ts';
import type { MessageOutline } from '../core/outline.ts';
import type { Submission } from '../relay/ports.ts';
import { deliveryProperty } from './delivery-property.ts';
import { carryFields } from './json-fields.ts';

export interface JsonMessageOptions {
  readonly submission: Pick<Submission, 'deliveryId' | 'messageId'>;
  /** The body, decoded; '' when there is none. */
  readonly text: string;
  /** Up to five X- fields go as `internetMessageHeaders`, else none. */
  readonly headersByName: boolean;
}

export function toJsonMessage(
  { header, body }: MessageOutline,
  { submission, text, headersByName }: JsonMessageOptions,
): Record<string, unknown> {
  const { headers, properties } = carryFields(header, { headersByName });
  const [from] = header.from;
  return {
    subject: header.subject,
    body: { contentType: body?.contentType === 'text/html' ? 'html' : 'text', content: text },
    ...(from && { from: toRecipient(from) }),
    toRecipients: header.to.map(toRecipient),
    ccRecipients: header.cc.map(toRecipient),
    bccRecipients: header.bcc.map(toRecipient),
    replyTo: header.replyTo.map(toRecipient),
    importance: importanceOf(header),
    isReadReceiptRequested: asks(header, 'disposition-notification-to'),
    isDeliveryReceiptRequested: asks(header, 'return-receipt-to'),
    internetMessageId: submission.messageId,
    ...(headers.length > 0 && { internetMessageHeaders: headers }),
    singleValueExtendedProperties: [deliveryProperty(submission.deliveryId), ...properties],
  };
}

function toRecipient({ name, address }: Mailbox) {
  const canonical = parseAddress(address) ?? address;
  return { emailAddress: { ...(name !== '' && { name }), address: canonical } };
}

/** Importance (RFC 2156 §5.3.4), and what programs without it write. */
function importanceOf(header: HeaderFacts): 'low' | 'normal' | 'high' {
  const importance = valueOf(header, 'importance') || valueOf(header, 'x-msmail-priority');
  const priority = valueOf(header, 'x-priority') || valueOf(header, 'priority');
  if (/^high/i.test(importance)) return 'high';
  if (/^low/i.test(importance)) return 'low';
  if (/^([12]\b|urgent)/i.test(priority)) return 'high';
  return /^([45]\b|non-urgent)/i.test(priority) ? 'low' : 'normal';
}

function asks(header: HeaderFacts, key: string): boolean {
  return valueOf(header, key) !== '';
}

function valueOf({ fields }: HeaderFacts, key: string): string {
  return fields.find(({ name }) => name.toLowerCase() === key)?.value ?? '';
}
