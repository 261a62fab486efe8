// Which rules a recipient may take, before all of his message is known.
import type { Address } from './address.ts';
import type { Client } from './client.ts';
import { createAnswers } from './condition.ts';
import { judge, type Answer } from './content-need.ts';
import type { HeaderFacts } from './message.ts';
import { needsHeader, type Rule } from './route.ts';

/** What is known of a message at RCPT. */
export interface KnownSender {
  readonly client: Client;
  readonly reversePath: Address | null;
}

/** In order, `fallback` last; one alone is the one that is taken. At least one. */
export function possibleRules<R extends Pick<Rule, 'when'>>(
  { rules, fallback }: { readonly rules: readonly R[]; readonly fallback: R },
  answer: Answer,
): readonly R[] {
  const possible: R[] = [];
  for (const rule of rules) {
    const holds = rule.when === undefined || judge(rule.when, answer);
    if (holds !== false) possible.push(rule);
    if (holds === true) return possible;
  }
  return [...possible, fallback];
}

/** Answers what the envelope tells, and leaves the rest open. */
export function createEnvelopeAnswers(sender: KnownSender): (forwardPath: Address) => Answer {
  const answer = createAnswers({ ...sender, header: noHeader, sizeBytes: 0 });
  return (forwardPath) => (question) =>
    needsHeader(question) ? undefined : answer(question, forwardPath);
}

/** It is asked for nothing. */
const noHeader: HeaderFacts = {
  fields: [],
  from: [],
  sender: [],
  replyTo: [],
  to: [],
  cc: [],
  bcc: [],
  resent: { from: [], sender: [], to: [], cc: [] },
  unclear: [],
  subject: '',
  hasDate: false,
};
