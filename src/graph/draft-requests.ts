// The requests that a draft takes, one by one (Graph: "Create message", "message: send", "Delete message").
import { failed } from '../core/outcome.ts';
import type { MessageOutline } from '../core/outline.ts';
import type { MessageParts, Submission } from '../relay/ports.ts';
import { fileAttachment, type MessageFile } from './attachments.ts';
import type { GraphHttp, GraphRequest, GraphResult } from './http.ts';
import { toJsonMessage } from './json-message.ts';
import { propertiesOf } from './json-value.ts';
import { mailboxPath } from './mailbox-path.ts';
import { patienceFor } from './patience.ts';
import { textBody, type RequestBody } from './request-body.ts';
import { readBodyText, refusesHeaders } from './send-json.ts';
import {
  isStatus,
  takeStep,
  toRefused,
  type Step,
  type StepContext,
  type StepRefused,
} from './step.ts';

export interface DraftContext extends StepContext {
  readonly submission: Submission;
  readonly outline: MessageOutline;
  readonly parts: MessageParts;
  readonly http: GraphHttp;
  readonly requestLimitBytes: number;
  readonly signal: AbortSignal;
  /** As in `Transport.send`. */
  readonly onGiven?: () => void;
}

/** Ids that stay as they are when the draft moves to Sent Items ("Get immutable identifiers for Outlook resources"). */
export const immutableIds = { prefer: 'IdType="ImmutableId"' };

/** Throws what the content throws. The id of the draft, or why there is none. */
export async function createDraft(context: DraftContext): Promise<string | StepRefused> {
  const text = await readBodyText(context.submission, context);
  const first = await postDraft(context, { text, headersByName: true });
  if (typeof first === 'string' || !refusesHeaders(first.result)) return first;
  return await postDraft(context, { text, headersByName: false });
}

async function postDraft(
  context: DraftContext,
  options: { readonly text: string; readonly headersByName: boolean },
): Promise<string | StepRefused> {
  const { outline, submission, requestLimitBytes } = context;
  const body = textBody(JSON.stringify(toJsonMessage(outline, { submission, ...options })));
  if (body.contentLength > requestLimitBytes) return textTooLarge(body, requestLimitBytes);
  const step = await takeStep({
    ...context,
    isDone: (status) => status === 201,
    // A draft that nobody knows stays in the mailbox; the next attempt searches for it.
    isIdempotent: false,
    send: () =>
      post(context, {
        path: '/messages',
        body,
        operation: 'create_draft',
        // The answer repeats the draft, text included.
        maxAnswerBytes: 2 * body.contentLength + 65_536,
      }),
  });
  if (step.kind === 'refused') return step;
  return readId(step.answer.json) ?? toRefused(step.answer, context);
}

function textTooLarge({ contentLength }: RequestBody, maxBytes: number): StepRefused {
  const refusal = failed('5.3.4', {
    reason: 'tooLarge',
    diagnostic: `The text and header of the message make ${contentLength} bytes of JSON, and one request carries ${maxBytes}`,
  });
  return { kind: 'refused', refusal };
}

/** Throws what the content throws. Not idempotent: without an answer the file may be attached. */
export async function postFile(
  file: MessageFile,
  { id, ...context }: DraftContext & { readonly id: string },
): Promise<Step> {
  return await takeStep({
    ...context,
    isDone: (status) => status === 201 || status === 200,
    isIdempotent: false,
    send: () =>
      post(context, {
        path: `/messages/${encodeURIComponent(id)}/attachments`,
        body: fileAttachment(file),
        operation: 'add_attachment',
      }),
  });
}

/** One try. */
export function postSend(id: string, context: DraftContext): Promise<GraphResult> {
  context.onGiven?.();
  return post(context, {
    path: `/messages/${encodeURIComponent(id)}/send`,
    operation: 'send_draft',
  });
}

/** Whether the message is a draft still. `gone`: there is no message of that id. */
export async function readState(
  id: string,
  context: DraftContext,
): Promise<'draft' | 'sent' | 'gone' | 'unknown'> {
  const { http, signal, submission } = context;
  const result = await http.request({
    method: 'GET',
    path: `${mailboxPath(submission.sendAs)}/messages/${encodeURIComponent(id)}?$select=isDraft`,
    headers: immutableIds,
    operation: 'look_up',
    deadlineMs: patienceFor(0),
    signal,
  });
  if (isStatus(result, 404)) return 'gone';
  const { isDraft } = propertiesOf(result.kind === 'answer' ? result.json : undefined);
  if (isDraft === true) return 'draft';
  return isDraft === false ? 'sent' : 'unknown';
}

/** True when it is gone. */
export async function deleteDraft(
  id: string,
  { http, signal, submission }: Pick<DraftContext, 'http' | 'signal' | 'submission'>,
  deadlineMs = patienceFor(0),
): Promise<boolean> {
  const result = await http.request({
    method: 'DELETE',
    path: `${mailboxPath(submission.sendAs)}/messages/${encodeURIComponent(id)}`,
    headers: immutableIds,
    operation: 'delete_draft',
    deadlineMs,
    signal,
  });
  return isStatus(result, 204, 200, 404);
}

function post(
  { http, signal, submission }: DraftContext,
  request: Pick<GraphRequest, 'path' | 'operation' | 'maxAnswerBytes'> & {
    readonly body?: RequestBody;
  },
): Promise<GraphResult> {
  const { path, body, operation, maxAnswerBytes } = request;
  return http.request({
    method: 'POST',
    path: `${mailboxPath(submission.sendAs)}${path}`,
    headers: { ...immutableIds, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body }),
    ...(maxAnswerBytes !== undefined && { maxAnswerBytes }),
    operation,
    deadlineMs: patienceFor(body?.contentLength ?? 0),
    signal,
  });
}

function readId(json: unknown): string | undefined {
  const { id } = propertiesOf(json);
  return typeof id === 'string' && id !== '' ? id : undefined;
}
