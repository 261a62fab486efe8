// What an SMTP client is told when the answer is no: reply code, enhanced status, and one sentence that reveals no configuration.
import type { Reason, Refusal } from '../core/outcome.ts';
import type { Permanent, ReplyCode, Transient } from '../core/status.ts';
import type { SmtpRefusalReason } from '../relay/ports.ts';

/** A negative reply of RFC 5321 §4.2. */
export interface Reply {
  /** Beside the common ones: 454 (RFC 4954 §6) and 502 (RFC 5321 §4.2.2). */
  readonly code: ReplyCode | 454 | 502;
  readonly status: Transient | Permanent;
  readonly text: string;
}

/** A no: what the client is told of it, and what the log is. */
export interface Rejection {
  readonly reply: Reply;
  readonly reason: SmtpRefusalReason;
  readonly diagnostic: string;
}

/** Statuses that have a reply code of their own; the others get the usual one of their class. */
const codes: ReadonlyMap<string, ReplyCode> = new Map([
  ['4.3.1', 452],
  ['4.5.3', 452],
  ['4.7.1', 450],
  ['5.3.4', 552],
]);

/** Failures that lie with an address or a right, not with the message. */
const addressReasons: ReadonlySet<Reason> = new Set([
  'permission',
  'mailbox',
  'sendAsDenied',
  'recipients',
  'rule',
]);

/** Statuses that say more than the reason does, where the trouble is our own. */
const statusSentences: ReadonlyMap<string, string> = new Map([
  ['4.3.0', 'Mail cannot be taken'],
  ['4.3.1', 'There is no room for more mail'],
  ['4.4.5', 'Taking the message took too long'],
]);

const reasonSentences: Readonly<Record<Reason, string>> = {
  network: 'The next mail system cannot be reached',
  timeout: 'The next mail system did not answer in time',
  server: 'The next mail system is in trouble',
  throttled: 'Too much mail at once',
  quota: 'The sending quota is used up',
  credential: 'Mail cannot be sent on',
  permission: 'The message may not be sent',
  mailbox: 'The sending mailbox cannot be used',
  sendAsDenied: 'The sender address may not be used',
  tooLarge: 'The message is too large',
  recipients: 'A recipient address was refused',
  rule: 'The message is not taken here',
  content: 'The content of the message cannot be accepted',
  configuration: 'Mail cannot be sent on',
  expired: 'The message could not be sent in time',
  cancelled: 'The message was cancelled',
  internal: 'The mail system is in trouble',
};

const eventReasons: Readonly<Record<Reason, SmtpRefusalReason>> = {
  network: 'nextHop',
  timeout: 'timeout',
  server: 'nextHop',
  throttled: 'nextHop',
  quota: 'nextHop',
  credential: 'nextHop',
  permission: 'senderNotAllowed',
  mailbox: 'routing',
  sendAsDenied: 'senderNotAllowed',
  tooLarge: 'tooLarge',
  recipients: 'routing',
  rule: 'routing',
  content: 'badContent',
  configuration: 'routing',
  expired: 'internal',
  cancelled: 'routing',
  internal: 'internal',
};

export function toReply(refusal: Refusal): Reply {
  return { code: codeOf(refusal), status: refusal.status, text: textOf(refusal) };
}

export function toRejection(refusal: Refusal): Rejection {
  const { reason, status } = refusal;
  const isStore = reason === 'internal' && (status === '4.3.0' || status === '4.3.1');
  return {
    reply: toReply(refusal),
    reason: isStore ? 'store' : eventReasons[reason],
    diagnostic: refusal.diagnostic,
  };
}

export const badProxyHeader: Reply = {
  code: 421,
  status: '4.7.0',
  text: 'No valid PROXY header',
};

/** The text of the reply line after its code. */
export function formatReply({ status, text }: Reply): string {
  return `${status} ${text}`;
}

/** The whole reply line. */
export function formatReplyLine(reply: Reply): string {
  return `${reply.code} ${formatReply(reply)}`;
}

/** The form in which the library's handlers take a negative reply. */
export function toSmtpError(reply: Reply): Error & { readonly responseCode: number } {
  return Object.assign(new Error(formatReply(reply)), { responseCode: reply.code });
}

function codeOf(refusal: Refusal): ReplyCode {
  const code = codes.get(refusal.status);
  if (code !== undefined) return code;
  if (refusal.kind === 'deferred') return 451;
  return addressReasons.has(refusal.reason) ? 550 : 554;
}

function textOf(refusal: Refusal): string {
  if (refusal.reply !== undefined) return toReplyText(refusal.reply);
  const { reason, status } = refusal;
  const isOwn = reason === 'internal' || reason === 'timeout';
  const sentence = (isOwn ? statusSentences.get(status) : undefined) ?? reasonSentences[reason];
  return refusal.kind === 'deferred' ? `${sentence}; try again later` : sentence;
}

/** RFC 5321 §4.5.3.1.5 allows 512 octets with code, status and line end. */
const maxTextLength = 480;

/** Text for a reply line, which is ASCII (RFC 5321 §4.2): accents are taken off, other letters become `?`. */
export function toReplyText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/gu, '?')
    .trim()
    .slice(0, maxTextLength);
}
