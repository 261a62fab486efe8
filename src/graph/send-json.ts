// Sends a message in the JSON form of sendMail (Graph: "user: sendMail"): where no copy in Sent Items is wanted.
import type { MessageOutline } from '../core/outline.ts';
import type { MessageParts, Submission } from '../relay/ports.ts';
import { fileAttachment, toMessageFiles } from './attachments.ts';
import { readGraphError } from './graph-error.ts';
import type { GraphHttp, GraphResult } from './http.ts';
import { toJsonMessage } from './json-message.ts';
import { mailboxPath } from './mailbox-path.ts';
import { patienceFor } from './patience.ts';
import { joinBodies, notingEnd, textBody, type RequestBody } from './request-body.ts';

export interface SendJsonOptions {
  readonly outline: MessageOutline;
  readonly parts: MessageParts;
  readonly http: GraphHttp;
  readonly requestLimitBytes: number;
  readonly signal: AbortSignal;
  /** As in `Transport.send`. */
  readonly onGiven?: () => void;
}

/**
 * Throws what the content of the message throws.
 * @returns undefined when the JSON is larger than a request may be, which only its making tells exactly
 */
export async function sendJson(
  submission: Submission,
  options: SendJsonOptions,
): Promise<GraphResult | undefined> {
  const text = await readBodyText(submission, options);
  const first = await post(submission, { ...options, text, headersByName: true });
  if (!refusesHeaders(first)) return first;
  return await post(submission, { ...options, text, headersByName: false });
}

/** The text that JSON carries, '' when there is none. Throws what the content throws. */
export async function readBodyText(
  { content }: Pick<Submission, 'content'>,
  { outline, parts }: { readonly outline: MessageOutline; readonly parts: MessageParts },
): Promise<string> {
  return outline.body === undefined ? '' : await parts.readText(content, outline.body);
}

/** Graph takes few fields by name; as extended properties it takes them all. */
export function refusesHeaders(result: GraphResult | undefined): boolean {
  if (result?.kind !== 'answer' || result.status !== 400) return false;
  const { codes } = readGraphError(result.json);
  return codes.some((code) => /^InvalidInternetMessageHeader(Collection)?$/i.test(code));
}

type Post = SendJsonOptions & { readonly text: string; readonly headersByName: boolean };

async function post(submission: Submission, options: Post): Promise<GraphResult | undefined> {
  const body = sendMailBody(submission, options);
  if (body.contentLength > options.requestLimitBytes) return undefined;
  return await options.http.request({
    method: 'POST',
    path: `${mailboxPath(submission.sendAs)}/sendMail`,
    headers: { 'content-type': 'application/json' },
    body: notingEnd(body, options.onGiven),
    operation: 'send_mail',
    deadlineMs: patienceFor(body.contentLength),
    signal: options.signal,
  });
}

function sendMailBody(submission: Submission, options: Post): RequestBody {
  const { outline, parts, text, headersByName } = options;
  const message = toJsonMessage(outline, { submission, text, headersByName });
  const files = toMessageFiles(outline.files, (part) => parts.readPart(submission.content, part));
  const list = files.flatMap((file, index) =>
    index === 0 ? [fileAttachment(file)] : [textBody(','), fileAttachment(file)],
  );
  return joinBodies([
    textBody(`{"Message":${JSON.stringify(message).slice(0, -1)},"attachments":[`),
    ...list,
    textBody(`]},"SaveToSentItems":${submission.saveToSentItems}}`),
  ]);
}
