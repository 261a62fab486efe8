// Searches a mailbox for a message: by the id of its delivery, which proves a send, and by its Message-ID.
import type { Clock, FoundCopy, LookUp, Submission } from '../relay/ports.ts';
import { deliveryFilter, quote } from './delivery-property.ts';
import { immutableIds } from './draft-requests.ts';
import type { GraphHttp, GraphResult } from './http.ts';
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
export interface FoundMessage {
  readonly id: string;
  readonly isDraft: boolean;
}

/** On one page of a list. */
const pageLength = 50;
/** Copies that are looked at, newest first: more than a message could leave that is split for its routes. */
const maxCopies = 100;
/** A copy may have a thousand recipients. */
const maxCopyBytes = 1_048_576;

/** Never throws. */
export async function lookUp(sought: Sought, options: LookUpOptions): Promise<LookUp> {
  const own = await findOwn(sought, options);
  if ('kind' in own) return toLookUp(own);
  if (own.some(({ isDraft }) => !isDraft)) return { kind: 'sent' };
  const alike = await find(sought, `internetMessageId eq ${quote(sought.messageId)}`, options);
  if ('kind' in alike) return toLookUp(alike);
  const copies: FoundCopy[] = [];
  for (const { id } of alike.filter(({ isDraft }) => !isDraft)) {
    const copy = await readCopy(id, sought, options);
    if (copy && 'kind' in copy) return toLookUp(copy);
    if (copy) copies.push(copy);
  }
  return copies.length === 0 ? { kind: 'notFound' } : { kind: 'copies', copies };
}

function toLookUp({ refusal, result }: StepRefused): LookUp {
  const { diagnostic } = refusal;
  if (isStatus(result, 403)) return { kind: 'notPermitted', diagnostic };
  const retryAfterMs = refusal.kind === 'deferred' ? refusal.retryAfterMs : undefined;
  return { kind: 'unknown', diagnostic, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** What bears the id of the delivery, or why that is not known. Never throws. */
export function findOwn(
  sought: Sought,
  options: LookUpOptions,
): Promise<readonly FoundMessage[] | StepRefused> {
  return find(sought, deliveryFilter(sought.deliveryId), options);
}

/** Without their recipients, so that a page of them is small, whatever they are. */
async function find(
  { sendAs }: Sought,
  filter: string,
  options: LookUpOptions,
): Promise<readonly FoundMessage[] | StepRefused> {
  const found: FoundMessage[] = [];
  for (;;) {
    const paging = `$top=${pageLength}${found.length > 0 ? `&$skip=${found.length}` : ''}`;
    const query = `$filter=${encodeURIComponent(filter)}&$select=id,isDraft&${paging}`;
    const result = await get(`${mailboxPath(sendAs)}/messages?${query}`, options);
    const { value } = propertiesOf(isStatus(result, 200) ? jsonOf(result) : undefined);
    if (!Array.isArray(value)) return toRefused(result, options);
    found.push(...value.map(toFound));
    if (value.length < pageLength || found.length >= maxCopies) return found.slice(0, maxCopies);
  }
}

/** Undefined when it has gone meanwhile. */
async function readCopy(
  id: string,
  { sendAs }: Sought,
  options: LookUpOptions,
): Promise<FoundCopy | StepRefused | undefined> {
  const path = `${mailboxPath(sendAs)}/messages/${encodeURIComponent(id)}`;
  const result = await get(`${path}?$select=${selected}`, options);
  if (isStatus(result, 404)) return undefined;
  const { sentDateTime, toRecipients, ccRecipients, bccRecipients } = propertiesOf(
    isStatus(result, 200) ? jsonOf(result) : undefined,
  );
  if (!Array.isArray(toRecipients)) return toRefused(result, options);
  const recipients = [toRecipients, ccRecipients, bccRecipients].flatMap(toAddresses);
  const sentAt = typeof sentDateTime === 'string' ? Date.parse(sentDateTime) : Number.NaN;
  return { id, recipients, ...(Number.isFinite(sentAt) && { sentAt }) };
}

const selected = 'sentDateTime,toRecipients,ccRecipients,bccRecipients';

function get(path: string, { http, signal }: LookUpOptions): Promise<GraphResult> {
  return http.request({
    method: 'GET',
    path,
    headers: immutableIds,
    operation: 'look_up',
    deadlineMs: patienceFor(0),
    maxAnswerBytes: maxCopyBytes,
    signal,
  });
}

function jsonOf(result: GraphResult): unknown {
  return result.kind === 'answer' ? result.json : undefined;
}

function toFound(message: unknown): FoundMessage {
  const { id, isDraft } = propertiesOf(message);
  return { id: typeof id === 'string' ? id : '', isDraft: isDraft === true };
}

function toAddresses(recipients: unknown): readonly string[] {
  return elementsOf(recipients).flatMap((recipient) => {
    const { emailAddress } = propertiesOf(recipient);
    const { address } = propertiesOf(emailAddress);
    return typeof address === 'string' ? [address] : [];
  });
}
