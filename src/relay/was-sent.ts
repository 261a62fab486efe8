// Whether an earlier attempt sent a message after all: asked before it is sent again.
import { addressKey, type Address } from '../core/address.ts';
import type { Connection } from './policy.ts';
import type { Claim, FoundCopy, Submission } from './ports.ts';

export interface DoubtfulSend {
  readonly connection: Connection;
  readonly claim: Claim;
  readonly submission: Submission;
}

/**
 * Looks into the mailbox. `unproven`: nothing was found there, or nothing that proves a send, or looking is not allowed.
 * `unknown`: it could not be searched just now. Never throws.
 */
export async function wasSent(
  { connection, claim, submission }: DoubtfulSend,
  options: { readonly signal: AbortSignal },
): Promise<'yes' | 'unproven' | 'unknown'> {
  const found = await connection.transport.lookUp?.(submission, options);
  switch (found?.kind) {
    case 'sent':
      return 'yes';
    case 'unknown':
      return 'unknown';
    case 'copies':
      return isProof(found.copies, claim, submission) ? 'yes' : 'unproven';
    case 'notFound':
    case 'notPermitted':
    case undefined:
      return 'unproven';
  }
}

/**
 * A copy with the same Message-ID proves a send where that Message-ID was made here, so that no device can have used it
 * for another message, and where the copy has this send's recipients: a message that is split leaves several. Those of
 * redirects may all have the same, so that none of them proves anything.
 */
function isProof(
  copies: readonly FoundCopy[],
  { message, delivery }: Claim,
  { envelope }: Submission,
): boolean {
  const wasMadeHere = message.messageId.startsWith(`<${message.id}@`);
  if (!wasMadeHere || delivery.route.insteadOf) return false;
  return copies.some(({ recipients }) => isSame(recipients, envelope.forwardPaths));
}

function isSame(recipients: readonly string[], forwardPaths: readonly Address[]): boolean {
  const wanted = new Set(forwardPaths.map(addressKey));
  const found = new Set(recipients.map(addressKey));
  return wanted.size === found.size && [...wanted].every((key) => found.has(key));
}
