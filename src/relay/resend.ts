// Sends a stored message to others: it is accepted once more, as its client would hand it over.
import { addressKey, type Address } from '../core/address.ts';
import type { Accept, Acceptance, MessageRecord } from './ports.ts';

/**
 * The envelope decides: the recipients of the first time get nothing, and who of To and Cc is not among the new ones is
 * taken out of it. What was asked for reports concerned the others. Undefined: its body is not kept any more.
 */
export async function resend(
  { message, content }: MessageRecord,
  forwardPaths: readonly Address[],
  { accept }: { readonly accept: Accept },
): Promise<Acceptance | undefined> {
  if (!content) return undefined;
  const { reversePath, smtpUtf8 } = message.envelope;
  const unique = new Map(forwardPaths.map((path) => [addressKey(path), path]));
  return await accept({
    client: message.client,
    envelope: { reversePath, smtpUtf8, forwardPaths: [...unique.values()] },
    content: content.read(),
    refusal: () => undefined,
  });
}
