// The envelope of a message on trial.
import { endHeader, headerLength } from '../mime/header-bounds.ts';
import { readHeader } from '../mime/header-facts.ts';
import type { TrialSession } from './trial.ts';

export interface GivenEnvelope {
  readonly mailFrom?: string | undefined;
  readonly rcpt?: readonly string[] | undefined;
}

/** Who sends it to whom, as its header has it where nothing else is said. */
export function envelopeOf(
  { mailFrom, rcpt }: GivenEnvelope,
  raw: Uint8Array,
): Pick<TrialSession, 'mailFrom' | 'rcpt'> {
  const whole = endHeader(raw);
  const { from, to, cc, bcc } = readHeader(whole.subarray(0, headerLength(whole)));
  return {
    mailFrom: (mailFrom ?? from[0]?.address ?? '').replace(/^<(.*)>$/, '$1'),
    rcpt: rcpt ?? [...to, ...cc, ...bcc].map(({ address }) => address),
  };
}
