// The trace field that this gateway puts on top of a message.
import { isIPv6 } from 'node:net';
import type { Client } from '../core/client.ts';
import { formatDateTime } from '../core/date-time.ts';
import type { Envelope } from '../core/envelope.ts';

export interface Hop {
  /** The queue id. */
  readonly id: string;
  readonly hostname: string;
  /** Epoch ms. */
  readonly now: number;
  readonly client: Client;
  readonly envelope: Envelope;
}

/** `Received` by RFC 5321 §4.4, closing CRLF included: with no login name in it, and no recipient. */
export function formatReceived({ id, hostname, now, client, envelope }: Hop): string {
  return [
    `Received: from ${toHostName(client.ehlo)} (${toAddressLiteral(client.ip)})`,
    `\tby ${toHostName(hostname)} with ${protocolOf(client, envelope)} id ${id};`,
    `\t${formatDateTime(now)}`,
    '',
  ].join('\r\n');
}

/** RFC 3848 and RFC 6531 §4.3. */
function protocolOf({ tls, login, extended }: Client, { smtpUtf8 }: Envelope): string {
  if (extended === false) return 'SMTP';
  const protocol = smtpUtf8 ? 'UTF8SMTP' : 'ESMTP';
  return `${protocol}${tls ? 'S' : ''}${login === undefined ? '' : 'A'}`;
}

/** Clients say what they like in EHLO: what is neither a host name nor an address literal is not repeated. */
function toHostName(text: string): string {
  const isName = text.length <= 255 && /^([\w-]+(\.[\w-]+)*|\[[\w:.]+\])$/.test(text);
  return isName ? text : 'unknown';
}

/** RFC 5321 §4.1.3. */
function toAddressLiteral(ip: string): string {
  const withoutZone = ip.replace(/%.*$/s, '');
  return isIPv6(withoutZone) ? `[IPv6:${withoutZone}]` : `[${withoutZone}]`;
}
