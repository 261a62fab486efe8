// Numbers, times and reasons in words for people.
import type { DeliveryState } from '../core/delivery.ts';
import type { Delivered, Outcome, Reason } from '../core/outcome.ts';

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `3 messages`, `1 message`. */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : plural}`;
}

/** The largest unit alone: `4 minutes`. */
export function formatDuration(durationMs: number): string {
  const [noun, unitMs] = units.find((unit) => durationMs >= unit[1]) ?? ['second', 1_000];
  return formatCount(Math.max(0, Math.floor(durationMs / unitMs)), noun);
}

/** `80 ms`, `1.2 s`, or as `formatDuration` from a minute on. */
export function formatElapsed(durationMs: number): string {
  if (durationMs < 1_000) return `${durationMs} ms`;
  return durationMs < 60_000 ? `${(durationMs / 1_000).toFixed(1)} s` : formatDuration(durationMs);
}

/** `4 minutes ago`, `in 2 hours`, `now`. */
export function formatDistance(time: number, now: number): string {
  if (Math.abs(time - now) < 1_000) return 'now';
  return time < now ? `${formatDuration(now - time)} ago` : `in ${formatDuration(time - now)}`;
}

/** `2026-11-22 14:03:22`, in UTC. */
export function formatUtc(time: number): string {
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ');
}

/** In decimal units: `1.2 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return formatCount(bytes, 'byte');
  const power = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1_000 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${['kB', 'MB', 'GB'][power - 1]}`;
}

/** The first few of a list: `a@example.com, b@example.com and 3 more`. */
export function formatList(entries: readonly string[], most = 3): string {
  if (entries.length <= most) return entries.join(', ');
  return `${entries.slice(0, most).join(', ')} and ${entries.length - most} more`;
}

/** What began in lower case, with a full stop. */
export function toSentence(text: string): string {
  return `${capitalized(text).replace(/\.$/, '')}.`;
}

export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const stateWords: Readonly<Record<DeliveryState, string>> = {
  ready: 'waits for its turn',
  sending: 'on its way',
  unsure: 'may have been sent',
  deferred: 'will be tried again',
  held: 'waits for an administrator',
  failed: 'given up',
  delivered: 'the next hop has it',
};

const reasonWords: Readonly<Record<Reason, string>> = {
  network: 'The next hop could not be reached',
  timeout: 'No answer came in time',
  server: 'The next hop had trouble of its own',
  throttled: 'The next hop asked to slow down',
  quota: 'The mailbox has used up its quota',
  credential: 'The credential was refused',
  permission: 'A permission is missing',
  mailbox: 'The mailbox cannot be used',
  sendAsDenied: 'The mailbox may not send as this address',
  tooLarge: 'The message is too large',
  recipients: 'A recipient was refused',
  rule: 'A route refused it',
  content: 'The message was refused as malformed',
  configuration: 'The configuration does not fit',
  expired: 'It waited for too long',
  cancelled: 'It was cancelled',
  internal: 'A fault of the gateway',
};

export interface Trouble {
  readonly words: string;
  readonly diagnostic: string;
  /** Enhanced status and the next hop's own codes. */
  readonly codes: readonly string[];
}

/** What went wrong in an attempt; undefined when nothing did. */
export function troubleOf(outcome: Outcome | undefined): Trouble | undefined {
  if (outcome === undefined || outcome.kind === 'delivered') return undefined;
  const { httpStatus, code } = outcome.remote ?? {};
  return {
    words: wordsOf(outcome),
    diagnostic: outcome.diagnostic,
    codes: [
      outcome.status,
      ...(httpStatus === undefined ? [] : [`HTTP ${httpStatus}`]),
      ...(code === undefined ? [] : [code]),
    ],
  };
}

/** Of what may have been sent, it is not enough to say what went wrong. */
function wordsOf({ kind, reason }: Exclude<Outcome, Delivered>): string {
  if (kind !== 'unsure') return reasonWords[reason];
  return reason === 'network' || reason === 'timeout'
    ? 'No answer came; it may have been sent'
    : 'It may have been sent';
}
