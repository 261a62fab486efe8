// A report as a message of its own: from `bounce.from`, to the reverse-path, over `bounce.via`.
import { addressKey, domainOf, localPartOf, type Address } from '../core/address.ts';
import type { Client } from '../core/client.ts';
import { laneOf } from '../core/lane.ts';
import { composeReport, type ComposedReport } from '../core/report-message.ts';
import { addressReport, type ReportAddresses } from '../core/report-wish.ts';
import type { Report, ReportedEnd, ReturnedOriginal } from '../core/report.ts';
import { planSends, type PlannedSend, type SendRoute } from './plan-sends.ts';
import type { BouncePolicy, Policy } from './policy.ts';
import type { DueReport, Events, Mime, NewDelivery, StoredMessage } from './ports.ts';
import { readOriginal } from './read-original.ts';

export interface MakeReportParts {
  readonly mime: Mime;
  readonly events: Pick<Events, 'fault' | 'reported'>;
  readonly policy: () => Policy;
  /** The host name of this gateway. */
  readonly hostname: string;
  /** Queue id of the report. */
  readonly id: string;
  /** Epoch ms. */
  readonly now: number;
}

/** What `Store.commit` is to get, and who is told. */
export interface MadeReport {
  readonly message: StoredMessage;
  readonly delivery: NewDelivery;
  readonly header: Uint8Array;
  readonly body: Uint8Array;
  readonly reversePath: Address;
  readonly action: 'failed' | 'relayed';
}

/**
 * Composes the report of an end, by the configuration of now: it may have changed since the report became due.
 * Returns undefined when nobody is to be told. Throws when it cannot be made now; `StoreError` when the store is in
 * trouble.
 */
export async function makeReport(
  due: DueReport,
  parts: MakeReportParts,
): Promise<MadeReport | undefined> {
  const policy = parts.policy();
  const end = endOf(due);
  if (end === undefined || policy.bounce === undefined) return undefined;
  const { message, delivery } = due;
  const addresses = addressReport(
    { message, route: delivery.route, state: end.kind },
    policy.bounce,
  );
  if (addresses === undefined) return undefined;
  const original = await readOriginal(due, { ...parts, end });
  const told: Told = { ...parts, policy, bounce: policy.bounce, addresses, end };
  return toMessage(compose(due, original, told), told);
}

/** Whom one report tells what. */
interface Told extends Omit<MakeReportParts, 'policy'> {
  readonly policy: Policy;
  readonly bounce: BouncePolicy;
  readonly addresses: ReportAddresses;
  readonly end: ReportedEnd;
}

function endOf({ attempt: { outcome } }: DueReport): ReportedEnd | undefined {
  return outcome.kind === 'failed' || outcome.kind === 'delivered' ? outcome : undefined;
}

function compose(
  due: DueReport,
  original: ReturnedOriginal | undefined,
  told: Told,
): ComposedReport {
  const { addresses, bounce, hostname, id, now } = told;
  return composeReport(toReport(due, original, told), {
    from: bounce.from,
    to: addresses.reversePath,
    messageId: messageIdOf(id, hostname),
    now,
    // The original was there before the id was drawn.
    boundary: `report${id}`,
  });
}

function toReport(
  { message, attempt }: DueReport,
  returned: ReturnedOriginal | undefined,
  { addresses, end, hostname, policy }: Told,
): Report {
  const { envid, smtpUtf8, reportWishes = [] } = message.envelope;
  const remoteMta = policy.connections.get(attempt.connection)?.remoteHost;
  return {
    reportingMta: hostname,
    ...(envid !== undefined && { envid }),
    smtpUtf8,
    receivedAt: message.receivedAt,
    recipients: addresses.forwardPaths.map((forwardPath) => {
      const wish = reportWishes.find((own) => isSame(own.forwardPath, forwardPath));
      return { forwardPath, ...(wish?.orcpt !== undefined && { orcpt: wish.orcpt }) };
    }),
    end,
    endedAt: attempt.endedAt,
    ...(remoteMta !== undefined && { remoteMta }),
    original: {
      messageId: message.reusedMessageId ?? message.messageId,
      subject: message.subject,
      ...(returned && { returned }),
    },
  };
}

function isSame(one: Address, other: Address): boolean {
  return addressKey(one) === addressKey(other);
}

function messageIdOf(id: string, hostname: string): string {
  return `<${id}@${hostname}>`;
}

const emptyHeader = new TextEncoder().encode('\r\n');

function toMessage({ subject, edits, body }: ComposedReport, told: Told): MadeReport {
  const { addresses, bounce, end, hostname, id, mime, now } = told;
  const { reversePath } = addresses;
  const header = mime.editHeader(emptyHeader, edits);
  const message: StoredMessage = {
    id,
    receivedAt: now,
    client: ownClient('bounce', { from: bounce.from, hostname }),
    envelope: {
      reversePath: null,
      forwardPaths: [reversePath],
      smtpUtf8: !/^[ -~]*$/.test(reversePath),
    },
    sizeBytes: header.length + body.length,
    headerBytes: header.length,
    subject,
    messageId: messageIdOf(id, hostname),
    from: bounce.from,
    fromWasMissing: false,
    isReport: true,
  };
  const delivery = toDelivery(message, planSend(message, header, told));
  const action = end.kind === 'failed' ? 'failed' : 'relayed';
  return { message, delivery, header, body, reversePath, action };
}

/** The gateway as a client of its own: it may send as nobody but `from`. */
export function ownClient(
  name: string,
  { from, hostname }: { readonly from: Address; readonly hostname: string },
): Client {
  const localPart = localPartOf(from).toLowerCase();
  return {
    name,
    ip: '127.0.0.1',
    listener: '',
    ehlo: hostname,
    tls: false,
    senders: [{ text: from, localPart, domain: domainOf(from) }],
  };
}

function planSend(
  message: StoredMessage,
  header: Uint8Array,
  { policy, bounce, mime }: Told,
): PlannedSend {
  const facts = mime.readHeader(header);
  const route = routeOf(bounce, message.envelope.forwardPaths);
  const planned = planSends({ message, header, facts }, [route], { policy, mime });
  if ('kind' in planned) throw new Error(planned.diagnostic);
  const [send] = planned;
  if (send === undefined) throw new Error('The report has no recipient');
  return send;
}

function routeOf({ via, backup }: BouncePolicy, forwardPaths: readonly Address[]): SendRoute {
  return {
    rule: 'bounce',
    action: { kind: 'send', via, backup, priority: 'normal' },
    // What forces the From of others must not force this one.
    from: { force: 'never', defaults: [], replyTo: 'never' },
    forwardPaths,
  };
}

/** The one delivery of a message that was made here. */
export function toDelivery(
  { id, receivedAt }: StoredMessage,
  { route, connection, submission }: PlannedSend,
): NewDelivery {
  return {
    id: `${id}-1`,
    messageId: id,
    route,
    connection: connection.name,
    lane: laneOf(connection.laneIdentity, submission.sendAs),
    laneConcurrency: connection.laneConcurrency,
    priority: route.action.priority,
    state: 'ready',
    dueAt: receivedAt,
  };
}
