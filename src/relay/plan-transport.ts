// Whether every send has a transport that can carry it: asked before the message is accepted.
import type { Failed } from '../core/outcome.ts';
import type { MessageOutline } from '../core/transport-plan.ts';
import type { PlannedSend } from './plan-sends.ts';
import type { Content, MessageParts } from './ports.ts';

/**
 * Why one of the sends could never leave: it is signed and too large for one request, or its text is. The content is
 * read only for messages that do not fit into one request. Throws what the content throws.
 */
export async function findUncarriable(
  sends: readonly PlannedSend[],
  { content, parts }: { readonly content: () => Content; readonly parts: MessageParts },
): Promise<Failed | undefined> {
  let outline: MessageOutline | undefined;
  for (const { connection, sizeBytes } of sends) {
    const { transport } = connection;
    // A copy in Sent Items that nobody wanted is better than a refusal.
    const facts = { sizeBytes, saveToSentItems: true };
    if (transport.plan === undefined || transport.plan(facts)) continue;
    outline ??= await parts.readOutline(content());
    const plan = transport.plan({ ...facts, outline });
    if (plan?.kind === 'failed') return plan;
  }
  return undefined;
}
