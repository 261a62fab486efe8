// Keeps a message of a direct connection to one send, as far as its envelope tells: for one send there is one answer.
import type { Address } from '../core/address.ts';
import { deferred, type Refusal } from '../core/outcome.ts';
import { createEnvelopeAnswers, possibleRules, type KnownSender } from '../core/possible-rules.ts';
import type { Rule } from '../core/route.ts';
import { recipientsPerSend } from './plan-sends.ts';
import type { Policy } from './policy.ts';

/** Asked of each recipient of one message, in turn: why he needs a send of his own (452 4.5.3); else he is counted in. */
export type RecipientCheck = (forwardPath: Address) => Refusal | undefined;

export function createRecipientCheck(
  sender: KnownSender,
  policy: Pick<Policy, 'rules' | 'fallback' | 'connections'>,
): RecipientCheck {
  const answers = createEnvelopeAnswers(sender);
  let first: Rule | undefined;
  let count = 0;
  return (forwardPath) => {
    const [rule, ...others] = possibleRules(policy, answers(forwardPath)).filter(isNoRefusal);
    const isKnown = rule?.action.kind === 'send' && others.length === 0;
    if (first && isKnown && rule !== first) return otherRoute(first, rule);
    const limit = first ? recipientsPerSend(first, policy) : Infinity;
    if (first && count + first.bcc.length >= limit) return tooMany(limit);
    if (isKnown) first ??= rule;
    count += 1;
    return undefined;
  };
}

/** A refusal concerns the message as a whole: it makes no send. */
function isNoRefusal({ action }: Rule): boolean {
  return action.kind !== 'refuse';
}

function otherRoute(first: Rule, rule: Rule): Refusal {
  return needsOwnMessage(`the others take the route "${first.name}", this one "${rule.name}"`);
}

function needsOwnMessage(cause: string): Refusal {
  return deferred('4.5.3', {
    reason: 'recipients',
    diagnostic: `It would take a second send, and a direct listener makes one for each message: ${cause}`,
    reply: 'This recipient needs a message of its own; send it in another one',
  });
}

function tooMany(limit: number): Refusal {
  return needsOwnMessage(`a send has ${limit} recipients at most`);
}
