// Sends a message in the MIME form of sendMail (Graph: "user: sendMail", "Send Outlook messages in MIME format").
import type { Submission } from '../relay/ports.ts';
import { base64Body } from './base64.ts';
import type { GraphHttp, GraphResult } from './http.ts';

/** For the answer, and for a token. */
const patienceMs = 120_000;
/** The slowest upload that is waited for, 20 kB/s. */
const bytesPerMs = 20;

/** Exchange always keeps a copy in Sent Items: this form of sendMail has no way to say otherwise. Never throws. */
export function sendMail(
  { sendAs, content }: Pick<Submission, 'sendAs' | 'content'>,
  { http, signal }: { readonly http: GraphHttp; readonly signal: AbortSignal },
): Promise<GraphResult> {
  const body = base64Body(content);
  return http.request({
    method: 'POST',
    path: `/v1.0/users/${encodeURIComponent(sendAs)}/sendMail`,
    headers: { 'content-type': 'text/plain' },
    body,
    operation: 'send_mail',
    deadlineMs: patienceMs + body.contentLength / bytesPerMs,
    signal,
  });
}
