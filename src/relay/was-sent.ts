// Whether an earlier attempt sent a message after all: asked before it is sent again.
import { addressKey, type Address } from '../core/address.ts';
import type { Connection } from './policy.ts';
import type { StoredMessage, Submission } from './ports.ts';

export interface DoubtfulSend {
  readonly connection: Connection;
  readonly message: StoredMessage;
  readonly submission: Submission;
}

/**
 * Looks into the mailbox. What bears the delivery's own id proves that it was sent. A copy with the same Message-ID
 * proves it only where that Message-ID was made here, so that no device can have used it for another message, and where
 * the copy has this send's recipients, because a message that is split leaves several. Never throws.
 */
export async function wasSent(
  { connection, message, submission }: DoubtfulSend,
  options: { readonly signal: AbortSignal },
): Promise<boolean> {
  const found = await connection.transport.lookUp?.(submission, options);
  if (found?.kind !== 'copies') return found?.kind === 'sent';
  const wasMadeHere = message.messageId.startsWith(`<${message.id}@`);
  const { forwardPaths } = submission.envelope;
  return wasMadeHere && found.copies.some(({ recipients }) => isSame(recipients, forwardPaths));
}

function isSame(recipients: readonly string[], forwardPaths: readonly Address[]): boolean {
  const wanted = new Set(forwardPaths.map(addressKey));
  const found = new Set(recipients.map(addressKey));
  return wanted.size === found.size && [...wanted].every((key) => found.has(key));
}
