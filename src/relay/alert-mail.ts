// An alert as an e-mail: a message of the gateway's own in the queue, over the connection that was named for it.
import type { Address } from '../core/address.ts';
import { formatDateTime } from '../core/date-time.ts';
import type { HeaderEdit } from '../core/header-edit.ts';
import { ownClient, toDelivery } from './make-report.ts';
import { planSends, type PlannedSend, type SendRoute } from './plan-sends.ts';
import type { Connection, Policy } from './policy.ts';
import type { Mime, Store, StoredMessage } from './ports.ts';

/** Name of the client that alerts come from. */
export const alertsClient = 'alerts';

export interface AlertMail {
  readonly to: Address;
  /** Name of the connection. */
  readonly via: string;
  /** Default: the mailbox that the connection sends as; where it has none, `to`. */
  readonly from?: Address;
  readonly subject: string;
  /** With line feeds. */
  readonly text: string;
}

export interface AlertMailParts {
  readonly store: Pick<Store, 'createBody' | 'commit'>;
  readonly mime: Pick<Mime, 'editHeader' | 'readHeader'>;
  readonly policy: Policy;
  /** The host name of this gateway. */
  readonly hostname: string;
  /** Queue id. */
  readonly id: string;
  /** Epoch ms. */
  readonly now: number;
}

/** When it resolves, the e-mail is in the queue. Throws when it cannot be; `StoreError` when the store is in trouble. */
export async function sendAlertMail(mail: AlertMail, parts: AlertMailParts): Promise<void> {
  const from = fromOf(mail, parts.policy.connections.get(mail.via));
  const header = headerOf({ ...mail, from }, parts);
  const body = new TextEncoder().encode(toBase64Lines(mail.text));
  const message = toMessage({ ...mail, from }, { ...parts, header, body });
  const delivery = toDelivery(message, planSend(message, mail, { ...parts, header }));
  const writer = parts.store.createBody(message.id);
  try {
    await writer.write(header);
    await writer.write(body);
    await parts.store.commit(message, [delivery], writer);
  } finally {
    await writer.discard();
  }
}

type AddressedMail = AlertMail & { readonly from: Address };

function fromOf({ from, to }: AlertMail, connection: Connection | undefined): Address {
  if (from !== undefined) return from;
  return connection?.sendAs.kind === 'mailbox' ? connection.sendAs.mailbox : to;
}

const emptyHeader = new TextEncoder().encode('\r\n');

/** RFC 3834 §5 keeps programs from answering; Exchange, which drops that field, has one of its own. */
function headerOf(
  { from, to, subject }: AddressedMail,
  { mime, id, hostname, now }: AlertMailParts,
): Uint8Array {
  return mime.editHeader(emptyHeader, [
    { kind: 'setMailboxes', name: 'From', mailboxes: [{ name: 'Graphpost', address: from }] },
    { kind: 'setMailboxes', name: 'To', mailboxes: [{ name: '', address: to }] },
    set('Subject', subject),
    set('Date', formatDateTime(now)),
    set('Message-ID', messageIdOf(id, hostname)),
    set('Auto-Submitted', 'auto-generated'),
    set('X-Auto-Response-Suppress', 'All'),
    set('MIME-Version', '1.0'),
    set('Content-Type', 'text/plain; charset=utf-8'),
    set('Content-Transfer-Encoding', 'base64'),
  ]);
}

function set(name: string, text: string): HeaderEdit {
  return { kind: 'set', name, text };
}

function messageIdOf(id: string, hostname: string): string {
  return `<${id}@${hostname}>`;
}

/** RFC 2045 §6.8. */
function toBase64Lines(text: string): string {
  const letters = Buffer.from(text.replaceAll('\n', '\r\n')).toString('base64');
  return letters.replaceAll(/.{1,76}/g, '$&\r\n');
}

/** Nothing reports on it: its reverse-path is null. */
function toMessage(
  { from, to, subject }: AddressedMail,
  {
    id,
    hostname,
    now,
    header,
    body,
  }: AlertMailParts & { readonly header: Uint8Array; readonly body: Uint8Array },
): StoredMessage {
  return {
    id,
    receivedAt: now,
    client: ownClient(alertsClient, { from, hostname }),
    envelope: { reversePath: null, forwardPaths: [to], smtpUtf8: !/^[ -~]*$/.test(to) },
    sizeBytes: header.length + body.length,
    headerBytes: header.length,
    subject,
    messageId: messageIdOf(id, hostname),
    from,
    fromWasMissing: false,
    isReport: true,
  };
}

function planSend(
  message: StoredMessage,
  { via, to }: AlertMail,
  { policy, mime, header }: AlertMailParts & { readonly header: Uint8Array },
): PlannedSend {
  const facts = mime.readHeader(header);
  const planned = planSends({ message, header, facts }, [routeOf(via, to)], { policy, mime });
  if ('kind' in planned) throw new Error(planned.diagnostic);
  const [send] = planned;
  if (send === undefined) throw new Error('The alert has no recipient');
  return send;
}

function routeOf(via: string, to: Address): SendRoute {
  return {
    rule: alertsClient,
    action: { kind: 'send', via, backup: [], priority: 'high' },
    // What forces the From of others must not force this one.
    from: { force: 'never', defaults: [], replyTo: 'never' },
    forwardPaths: [to],
  };
}
