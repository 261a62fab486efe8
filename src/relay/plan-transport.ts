// Whether every send has a transport that can carry it: asked before the message is accepted.
import type { Failed } from '../core/outcome.ts';
import type { MessageOutline } from '../core/outline.ts';
import { laterCandidates } from '../core/backup.ts';
import type { Refusal } from '../core/outcome.ts';
import {
  planOver,
  planSends,
  type PlanParts,
  type PlannableMessage,
  type PlannedSend,
  type SendRoute,
} from './plan-sends.ts';
import type { Content, MessageParts } from './ports.ts';

export interface CarryParts extends PlanParts {
  readonly message: PlannableMessage;
  readonly content: () => Content;
  readonly parts: Pick<MessageParts, 'readOutline'>;
}

/**
 * The sends of each route: one that its connection could never carry goes to the first backup of its route that can.
 * Refused when none of them can. Throws what the content throws.
 */
export async function planCarriedSends(
  routes: readonly SendRoute[],
  options: CarryParts,
): Promise<readonly PlannedSend[] | Refusal> {
  const sends = planSends(options.message, routes, options);
  if ('kind' in sends) return sends;
  const carried: PlannedSend[] = [];
  let outline: Promise<MessageOutline> | undefined;
  const readOutline = () => (outline ??= options.parts.readOutline(options.content()));
  for (const send of sends) {
    const found = await carry(send, { ...options, parts: { readOutline } });
    if ('kind' in found) return found;
    carried.push(...found);
  }
  return carried;
}

async function carry(
  send: PlannedSend,
  options: CarryParts,
): Promise<readonly PlannedSend[] | Refusal> {
  const refusal = await findUncarriable([send], options);
  if (!refusal) return [send];
  for (const name of laterCandidates(send.route.action, send.connection.name)) {
    const sends = planOver(name, { ...options, route: send.route });
    if (!('kind' in sends) && !(await findUncarriable(sends, options))) return sends;
  }
  return refusal;
}

/**
 * Why one of the sends could never leave: it is signed and too large for one request, or its text is. The content is
 * read only for messages that do not fit into one request. Throws what the content throws.
 */
export async function findUncarriable(
  sends: readonly Pick<PlannedSend, 'connection' | 'sizeBytes'>[],
  { content, parts }: Pick<CarryParts, 'content' | 'parts'>,
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
