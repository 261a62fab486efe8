// Searches a mailbox for a message: by the id of its delivery, which proves a send, and by its Message-ID.
import type { Clock, FoundCopy, LookUp, Submission } from '../relay/ports.ts';
import { deliveryFilter, quote } from './delivery-property.ts';
import { immutableIds } from './draft-requests.ts';
import type { GraphHttp } from './http.ts';
import { elementsOf, propertiesOf } from './json-value.ts';
import { mailboxPath } from './mailbox-path.ts';
import { patienceFor } from './patience.ts';
import { isStatus, toRefused, type StepRefused } from './step.ts';

export interface LookUpOptions {
  readonly http: GraphHttp;
  readonly clock: Clock;
  /** Of the delivery, from 1. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

type Sought = Pick<Submission, 'deliveryId' | 'messageId' | 'sendAs'>;

/** A message in the mailbox, sent or not. */
export interface FoundMessage extends FoundCopy {
  readonly isDraft: boolean;
}

/** More copies than any delivery could leave. */
const maxFound = 50;

/** Never throws. */
export async function lookUp(sought: Sought, options: LookUpOptions): Promise<LookUp> {
  const own = await findOwn(sought, options);
  if ('kind' in own) return toLookUp(own);
  if (own.some(({ isDraft }) => !isDraft)) return { kind: 'sent' };
  const alike = await find(sought, `internetMessageId eq ${quote(sought.messageId)}`, options);
  if ('kind' in alike) return toLookUp(alike);
  const copies = alike.filter(({ isDraft }) => !isDraft);
  return copies.length === 0 ? { kind: 'notFound' } : { kind: 'copies', copies };
}

function toLookUp({ refusal: { diagnostic }, result }: StepRefused): LookUp {
  return { kind: isStatus(result, 403) ? 'notPermitted' : 'unknown', diagnostic };
}

/** What bears the id of the delivery, or why that is not known. Never throws. */
export function findOwn(
  sought: Sought,
  options: LookUpOptions,
): Promise<readonly FoundMessage[] | StepRefused> {
  return find(sought, deliveryFilter(sought.deliveryId), options);
}

async function find(
  { sendAs }: Sought,
  filter: string,
  options: LookUpOptions,
): Promise<readonly FoundMessage[] | StepRefused> {
  const query = `$filter=${encodeURIComponent(filter)}&$select=${selected}&$top=${maxFound}`;
  const result = await options.http.request({
    method: 'GET',
    path: `${mailboxPath(sendAs)}/messages?${query}`,
    headers: immutableIds,
    operation: 'look_up',
    deadlineMs: patienceFor(0),
    signal: options.signal,
  });
  const { value } = propertiesOf(
    result.kind === 'answer' && result.status === 200 ? result.json : undefined,
  );
  return Array.isArray(value) ? value.map(toFound) : toRefused(result, options);
}

const selected = 'isDraft,toRecipients,ccRecipients,bccRecipients';

function toFound(message: unknown): FoundMessage {
  const { id, isDraft, toRecipients, ccRecipients, bccRecipients } = propertiesOf(message);
  return {
    id: typeof id === 'string' ? id : '',
    isDraft: isDraft === true,
    recipients: [toRecipients, ccRecipients, bccRecipients].flatMap(toAddresses),
  };
}

function toAddresses(recipients: unknown): readonly string[] {
  return elementsOf(recipients).flatMap((recipient) => {
    const { emailAddress } = propertiesOf(recipient);
    const { address } = propertiesOf(emailAddress);
    return typeof address === 'string' ? [address] : [];
  });
}
