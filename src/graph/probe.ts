// Harmless calls that tell what an app may do: nothing is sent, and nothing is kept.
import type { Address } from '../core/address.ts';
import type { Outcome } from '../core/outcome.ts';
import type { Clock } from '../relay/ports.ts';
import type { GraphHttp, GraphResult } from './http.ts';
import { mailboxPath } from './mailbox-path.ts';
import { outcomeOf } from './outcome.ts';
import { textBody } from './request-body.ts';

export interface ProbeOptions {
  readonly http: GraphHttp;
  readonly clock: Pick<Clock, 'now'>;
  readonly mailbox: Address;
  readonly signal: AbortSignal;
}

const deadlineMs = 10_000;

/**
 * A sendMail without recipients: 400 says that it may be sent from the mailbox, as `from` where that is given, since
 * Exchange looks at rights first. Undefined: allowed.
 */
export async function probeSend(
  options: ProbeOptions & { readonly from?: Address },
): Promise<Outcome | undefined> {
  const { http, mailbox, from, signal } = options;
  const message = {
    subject: 'Graphpost looks whether it may send',
    body: { contentType: 'text', content: 'This is sent to nobody.' },
    toRecipients: [],
    ...(from !== undefined && { from: { emailAddress: { address: from } } }),
  };
  const result = await http.request({
    method: 'POST',
    path: `${mailboxPath(mailbox)}/sendMail`,
    headers: { 'content-type': 'application/json' },
    body: textBody(JSON.stringify({ message, saveToSentItems: false })),
    operation: 'send_mail',
    ...{ deadlineMs, signal },
  });
  return explain(result, { ...options, allowed: [400] });
}

/** No draft has this id. */
const unusedId = 'graphpost-doctor';

/**
 * The deletion of a draft that is not there: 404 or 400 says that mail may be written in the mailbox, of which it is
 * known that it exists. Undefined: allowed.
 */
export async function probeWrite(options: ProbeOptions): Promise<Outcome | undefined> {
  const { http, mailbox, signal } = options;
  const result = await http.request({
    method: 'DELETE',
    path: `${mailboxPath(mailbox)}/messages/${unusedId}`,
    operation: 'delete_draft',
    ...{ deadlineMs, signal },
  });
  return explain(result, { ...options, allowed: [400, 404], draft: true });
}

function explain(
  result: GraphResult,
  {
    allowed,
    clock,
    draft = false,
  }: Pick<ProbeOptions, 'clock'> & {
    readonly allowed: readonly number[];
    readonly draft?: boolean;
  },
): Outcome | undefined {
  if (result.kind === 'answer' && allowed.includes(result.status)) return undefined;
  return outcomeOf(result, { now: clock.now(), attempt: 1, draft });
}
