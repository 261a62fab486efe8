import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import { factsOf, field } from '../../test/support/header-model.ts';
import type { Condition } from './condition.ts';
import { isContentNeeded, type UnreadMessage } from './content-need.ts';
import type { ContentFacts } from './content.ts';
import { planRoutes, type Rule } from './route.ts';

const send = { kind: 'send', via: 'main', backup: [], priority: 'normal' } as const;
const fallback: Rule = { name: 'default', action: send, bcc: [] };

const message: UnreadMessage = {
  client: { name: 'erp', ip: '10.0.0.1', listener: 'apps', ehlo: 'erp', tls: false, senders: [] },
  reversePath: address('app@contoso.com'),
  header: factsOf([field('Subject', 'Invoice')]),
  forwardPaths: [address('a@b.com'), address('c@contoso.com')],
};

function says(
  property: 'subject' | 'recipient' | 'body' | 'attachment.name',
  text: string,
): Condition {
  return { property, tests: [{ operator: 'contains', value: text, caseSensitive: false }] };
}

const isLarge: Condition = { property: 'size', tests: [{ operator: 'over', value: 1_000 }] };
const body = says('body', 'x');
const invoice = says('subject', 'invoice');
const order = says('subject', 'order');

function rulesOf(...conditions: readonly (Condition | undefined)[]): readonly Rule[] {
  return conditions.map((when, index) => ({
    name: `r${index}`,
    action: send,
    bcc: [],
    ...(when && { when }),
  }));
}

describe('isContentNeeded()', () => {
  test.each<[string, boolean, readonly (Condition | undefined)[]]>([
    ['no rule asks', false, [order, invoice]],
    ['the first rule asks', true, [body]],
    ['a rule asks after one that does not match', true, [order, body]],
    ['a rule asks after one that matches', false, [invoice, body]],
    [
      'a rule asks after one that matches some recipients',
      true,
      [says('recipient', '@b.com'), body],
    ],
    ['a rule asks after one without conditions', false, [undefined, body]],
    ['the rest of the rule fails', false, [{ all: [body, order] }]],
    ['the rest of the rule holds', true, [{ all: [body, invoice] }]],
    ['an alternative holds', false, [{ any: [body, invoice] }]],
    ['no alternative holds', true, [{ any: [order, body] }]],
    ['it is denied', true, [{ not: body }]],
    ['what it stands beside is denied and holds', false, [{ all: [{ not: invoice }, body] }]],
    ['a rule asks after one whose size is not known', true, [isLarge, body]],
    ['it stands beside a size that is not known', true, [{ all: [isLarge, body] }]],
    ['only the size is not known', false, [isLarge]],
  ])('where %s: %j', (_what, expected, conditions) => {
    expect(isContentNeeded(rulesOf(...conditions), message)).toBe(expected);
  });

  test('knows more when the size is known', () => {
    const rules = rulesOf({ all: [isLarge, body] });
    expect(isContentNeeded(rules, { ...message, sizeBytes: 1_000 })).toBe(false);
    expect(isContentNeeded(rules, { ...message, sizeBytes: 1_001 })).toBe(true);
  });

  test('is false only where no content could change a recipient’s way', () => {
    const conditions = fc.letrec<{ tree: Condition }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom(body, says('attachment.name', 'y'), invoice, order, isLarge),
        fc.constantFrom(says('recipient', '@b.com'), says('recipient', 'contoso')),
        tie('tree').map((not) => ({ not })),
        fc.array(tie('tree'), { maxLength: 3 }).map((all) => ({ all })),
        fc.array(tie('tree'), { maxLength: 3 }).map((any) => ({ any })),
      ),
    })).tree;
    const contents = fc.constantFrom<ContentFacts>(
      { texts: ['x'], attachments: [] },
      { texts: ['z'], attachments: [{ name: 'y', type: 'a/b', sizeBytes: 1 }] },
      { texts: ['x'], attachments: [{ name: 'y', type: 'a/b', sizeBytes: 1 }] },
    );
    fc.assert(
      fc.property(
        fc.array(conditions, { maxLength: 4 }),
        contents,
        fc.nat(2_000),
        (some, content, sizeBytes) => {
          const rules = rulesOf(...some);
          fc.pre(
            !isContentNeeded(rules, message) || !isContentNeeded(rules, { ...message, sizeBytes }),
          );
          const read = planRoutes(rules, fallback, { ...message, sizeBytes, content });
          expect(read).toEqual(planRoutes(rules, fallback, { ...message, sizeBytes }));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
