// Turns what a smart host answered, or did not, into the outcome of an attempt.
import {
  deferred,
  failed,
  unsure,
  type HoldScope,
  type Outcome,
  type Reason,
} from '../core/outcome.ts';
import type { Permanent, Transient } from '../core/status.ts';

/** How far the transaction was when it ended. */
export type Stage = 'connect' | 'login' | 'mail' | 'rcpt' | 'data';

export interface SmtpTrouble {
  readonly stage: Stage;
  /** RFC 5321 §4.2; absent: there was no reply. */
  readonly code?: number;
  /** The reply, or what went wrong without one; one line. */
  readonly text: string;
  /** The whole message and its final dot were given. */
  readonly wasGiven: boolean;
}

/** Every reply that is not understood, and every silence before the final dot, defers. */
export function outcomeOf(trouble: SmtpTrouble): Outcome {
  if (trouble.code === undefined) return withoutReply(trouble);
  const detail = { diagnostic: diagnosticOf(trouble), remote: { code: String(trouble.code) } };
  const fault = faultOf(trouble);
  if (fault) return deferred(fault.status, { ...fault.detail, ...detail });
  if (trouble.code >= 500 && trouble.code < 600) {
    return failed(permanentOf(trouble), { reason: failureOf(trouble), ...detail });
  }
  return deferred(transientOf(trouble), { reason: deferralOf(trouble), ...detail });
}

function withoutReply({ stage, text, wasGiven }: SmtpTrouble): Outcome {
  if (wasGiven) {
    return unsure('4.4.2', {
      reason: 'network',
      diagnostic: `The smart host did not answer after the whole message was given: ${text}`,
    });
  }
  return deferred(stage === 'connect' ? '4.4.1' : '4.4.2', {
    reason: 'network',
    diagnostic: `The smart host could not be reached, or did not answer: ${text}`,
  });
}

interface Fault {
  readonly status: Transient;
  readonly detail: { readonly reason: Reason; readonly hold: HoldScope };
}

/** What an administrator must mend: 530, 534, 535 and 538 of RFC 4954 §6, and Exchange's SendAsDenied. */
function faultOf({ stage, code = 0, text }: SmtpTrouble): Fault | undefined {
  if (stage === 'login' || [530, 534, 535, 538].includes(code)) {
    const isTemporary = code >= 400 && code < 500;
    return isTemporary
      ? undefined
      : { status: '4.7.8', detail: { reason: 'credential', hold: 'connection' } };
  }
  if (/SendAsDenied|\b5\.7\.60\b|\b5\.2\.252\b/.test(text)) {
    return { status: '4.7.1', detail: { reason: 'sendAsDenied', hold: 'originator' } };
  }
  if (stage === 'connect' && code >= 500) {
    return { status: '4.7.1', detail: { reason: 'permission', hold: 'connection' } };
  }
  return undefined;
}

function failureOf({ stage, code, text }: SmtpTrouble): Reason {
  if (code === 552 || /\b5\.3\.4\b|\b5\.2\.3\b/.test(text)) return 'tooLarge';
  return stage === 'rcpt' ? 'recipients' : 'content';
}

/** What is said of one recipient is his own trouble, and no word on the pace. */
function deferralOf({ stage, text }: SmtpTrouble): Reason {
  if (stage === 'rcpt') return 'server';
  // Exchange: 432 4.3.2 Concurrent connections limit exceeded, 451 4.7.500 Server busy.
  return /\b4\.3\.2\b|\b4\.7\.5\d\d\b|throttl|too many|rate limit/i.test(text)
    ? 'throttled'
    : 'server';
}

function permanentOf({ stage, text }: SmtpTrouble): Permanent {
  const [, rest] = /\b5\.(\d{1,3}\.\d{1,3})\b/.exec(text) ?? [];
  return rest === undefined ? (stage === 'rcpt' ? '5.1.1' : '5.0.0') : toPermanent(rest);
}

function transientOf({ text }: SmtpTrouble): Transient {
  const [, subject, detail] = /\b4\.(\d{1,3})\.(\d{1,3})\b/.exec(text) ?? [];
  return subject === undefined ? '4.0.0' : `4.${Number(subject)}.${Number(detail)}`;
}

function toPermanent(rest: string): Permanent {
  const [subject, detail] = rest.split('.');
  return `5.${Number(subject)}.${Number(detail)}`;
}

const stageNames: Readonly<Record<Stage, string>> = {
  connect: 'the greeting',
  login: 'the login',
  mail: 'MAIL FROM',
  rcpt: 'RCPT TO',
  data: 'the message',
};

function diagnosticOf({ stage, text }: SmtpTrouble): string {
  return `The smart host answered ${stageNames[stage]} with: ${text}`;
}

/** Of one of nodemailer's errors: which command was refused; undefined for the others. */
export function stageOf(error: unknown): Stage | undefined {
  const command = error instanceof Error ? String(Reflect.get(error, 'command') ?? '') : '';
  if (command.startsWith('MAIL')) return 'mail';
  if (command.startsWith('RCPT')) return 'rcpt';
  return undefined;
}

/** A number that an error bears. */
export function numberOf(error: unknown, key: string): number | undefined {
  const value: unknown = error instanceof Error ? Reflect.get(error, key) : undefined;
  return typeof value === 'number' ? value : undefined;
}

/** The server's own words where it has said some; one line. */
export function textOf(error: unknown): string {
  const reply: unknown = error instanceof Error ? Reflect.get(error, 'response') : undefined;
  const text = typeof reply === 'string' ? reply : String(error);
  return text.replaceAll(/\s+/g, ' ').slice(0, 500);
}
