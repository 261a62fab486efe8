// Whether the content of one message must be read to route it: most rules are decided by envelope and header.
import type { Address } from './address.ts';
import { createAnswers, type Condition, type Question, type RoutingSubject } from './condition.ts';
import { needsContent, type Rule } from './route.ts';

/** A message whose content has not been read. */
export interface UnreadMessage extends Omit<RoutingSubject, 'recipient' | 'sizeBytes' | 'content'> {
  readonly forwardPaths: readonly Address[];
  /** Absent while it still arrives. */
  readonly sizeBytes?: number;
}

/** Whether one of its recipients comes to a rule that its content decides, as far as that can be told by now. */
export function isContentNeeded(rules: readonly Rule[], message: UnreadMessage): boolean {
  const { sizeBytes } = message;
  const answer = createAnswers({ ...message, sizeBytes: sizeBytes ?? 0 });
  return message.forwardPaths.some((recipient) =>
    findNeed(rules, (question) => {
      const isUnknown = question.property === 'size' && sizeBytes === undefined;
      return isUnknown || needsContent(question) ? undefined : answer(question, recipient);
    }),
  );
}

/** What is known of a question by now. */
export type Answer = (question: Question) => boolean | undefined;

function findNeed(rules: readonly Rule[], answer: Answer): boolean {
  for (const { when } of rules) {
    const holds = when === undefined || judge(when, answer);
    if (holds === true) return false;
    if (holds === undefined && when !== undefined && needsContent(when)) return true;
  }
  return false;
}

/** Whether a condition holds. Undefined: the questions that have an answer do not decide it. */
export function judge(condition: Condition, answer: Answer): boolean | undefined {
  if ('all' in condition) return judgeAll(condition.all, answer);
  if ('any' in condition) return not(judgeAll(condition.any.map(negated), answer));
  if ('not' in condition) return not(judge(condition.not, answer));
  return answer(condition);
}

function judgeAll(parts: readonly Condition[], answer: Answer): boolean | undefined {
  const judged = parts.map((part) => judge(part, answer));
  if (judged.includes(false)) return false;
  return judged.includes(undefined) ? undefined : true;
}

function negated(condition: Condition): Condition {
  return { not: condition };
}

function not(judged: boolean | undefined): boolean | undefined {
  return judged === undefined ? undefined : !judged;
}
