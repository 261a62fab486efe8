// What sendmail's callers learn of a message: an exit code of sysexits.h, and lines on standard error.
import type { HandedOver } from '../smarthost/hand-over.ts';

/** By their meaning here; the numbers are those of sysexits.h. */
export const exitCodes = {
  ok: 0,
  /** EX_USAGE */
  usage: 64,
  /** EX_DATAERR */
  data: 65,
  /** EX_NOUSER */
  recipient: 67,
  /** EX_NOHOST */
  host: 68,
  /** EX_UNAVAILABLE */
  refused: 69,
  /** EX_IOERR */
  input: 74,
  /** EX_TEMPFAIL */
  later: 75,
  /** EX_NOPERM */
  notAllowed: 77,
  /** EX_CONFIG */
  configuration: 78,
} as const;

type Refused = Extract<HandedOver, { kind: 'refused' }>;

export function exitCodeOf(answer: HandedOver): number {
  // Others have the message already: who tries all of it again would send it to them twice.
  if (answer.kind === 'taken')
    return answer.refused.length === 0 ? exitCodes.ok : exitCodes.recipient;
  const { code } = answer;
  if (code === undefined)
    return answer.text.includes('ENOTFOUND') ? exitCodes.host : exitCodes.later;
  return code < 500 ? exitCodes.later : exitCodeOfFailure(answer);
}

function exitCodeOfFailure({ stage, code, text }: Refused): number {
  if (/\b5\.7\.\d/.test(text) || stage === 'login' || code === 530 || code === 535) {
    return exitCodes.notAllowed;
  }
  if (stage === 'rcpt') return exitCodes.recipient;
  if (code === 552 || /\b5\.(6\.\d|3\.4)\b/.test(text)) return exitCodes.data;
  return exitCodes.refused;
}

export function saidOf(
  answer: HandedOver,
  { host, port }: { readonly host: string; readonly port: number },
): readonly string[] {
  if (answer.kind === 'taken') {
    return answer.refused.map(({ forwardPath, reply }) => `${forwardPath}: ${reply}`);
  }
  return answer.code === undefined
    ? [`Nothing was sent: ${host}:${port} did not take it: ${answer.text}`]
    : [`Nothing was sent: ${answer.text}`];
}
