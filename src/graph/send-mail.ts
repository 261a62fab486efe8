// Sends a message in the MIME form of sendMail (Graph: "user: sendMail", "Send Outlook messages in MIME format").
import type { Submission } from '../relay/ports.ts';
import { base64Body } from './base64.ts';
import type { GraphHttp, GraphResult } from './http.ts';
import { mailboxPath } from './mailbox-path.ts';
import { patienceFor } from './patience.ts';
import { notingEnd } from './request-body.ts';

export interface SendMailOptions {
  readonly http: GraphHttp;
  readonly signal: AbortSignal;
  /** As in `Transport.send`. */
  readonly onGiven?: () => void;
}

/** Exchange always keeps a copy in Sent Items: this form of sendMail has no way to say otherwise. Never throws. */
export function sendMail(
  { sendAs, content }: Pick<Submission, 'sendAs' | 'content'>,
  { http, signal, onGiven }: SendMailOptions,
): Promise<GraphResult> {
  const body = notingEnd(base64Body(content), onGiven);
  return http.request({
    method: 'POST',
    path: `${mailboxPath(sendAs)}/sendMail`,
    headers: { 'content-type': 'text/plain' },
    body,
    operation: 'send_mail',
    deadlineMs: patienceFor(body.contentLength),
    signal,
  });
}
