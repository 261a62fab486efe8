// Whether a rule that holds can be reached from a direct listener: asked of what the file says as a whole.
import { parseAddress } from '../core/address.ts';
import type { Client } from '../core/client.ts';
import type { Condition } from '../core/condition.ts';
import type { Answer } from '../core/content-need.ts';
import { createEnvelopeAnswers, possibleRules } from '../core/possible-rules.ts';
import { listenerName } from './names.ts';
import { at, textOf, type Place, type Report } from './place.ts';
import { toCondition } from './resolve/conditions.ts';
import type { FileContent } from './schema/config-file.ts';

/** A direct listener has nowhere to keep what waits: such a file asks for what cannot be done. */
export function checkDirectHolds(
  content: FileContent,
  { file, report }: { readonly file: Place; readonly report: Report },
): void {
  const rules = content.routes.map(({ when }, index): HoldingRule => ({
    hold: at(file, 'routes', index, 'hold'),
    ...(when && { when: toCondition(when) }),
  }));
  const fallback: HoldingRule = { hold: at(file, 'default', 'hold') };
  for (const { name, address, mode } of content.listeners) {
    if (mode !== 'direct') continue;
    const listener = name ?? listenerName(address);
    for (const { hold } of possibleRules({ rules, fallback }, answersOf(listener))) {
      if (textOf(hold) !== 'true') continue;
      report(hold, `listener "${listener}" is direct, and has nowhere to keep what waits`, {
        hint: 'let the route ask for another client.listener',
        isKey: true,
      });
    }
  }
}

interface HoldingRule {
  readonly when?: Condition;
  readonly hold: Place;
}

/** Of a message, nothing is known but the listener. */
function answersOf(listener: string): Answer {
  const client: Client = {
    name: '',
    ip: '',
    listener,
    ehlo: '',
    tls: false,
    extended: true,
    senders: [],
  };
  const answers = createEnvelopeAnswers({ client, reversePath: null });
  return (question) =>
    question.property === 'client.listener' && nobody ? answers(nobody)(question) : undefined;
}

const nobody = parseAddress('nobody@example.invalid');
