import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import { factsOf, field } from '../../test/support/header-model.ts';
import { evaluate, type Condition, type Property, type Test } from './condition.ts';
import { explainRoutes, traceCondition } from './explain.ts';
import { planRoutes, type Rule, type RoutingMessage } from './route.ts';

const send = { kind: 'send', via: 'main', backup: [], priority: 'normal' } as const;
const fallback: Rule = { name: 'default', action: send, bcc: [] };

const message: RoutingMessage = {
  client: { name: 'erp', ip: '10.0.0.1', listener: 'apps', ehlo: 'erp', tls: false, senders: [] },
  reversePath: address('app@contoso.com'),
  header: factsOf([field('Subject', 'Your Invoice'), field('X-Tag', 'a')]),
  sizeBytes: 100,
  forwardPaths: [address('a@b.com'), address('c@contoso.com')],
};
const subject = { ...message, recipient: address('a@b.com') };

function contains(property: Property, value: string, caseSensitive = false): Condition {
  return { property, tests: [{ operator: 'contains', value, caseSensitive }] };
}

function rulesOf(...conditions: readonly (Condition | undefined)[]): readonly Rule[] {
  return conditions.map((when, index) => ({
    name: `r${index}`,
    action: send,
    bcc: [],
    ...(when && { when }),
  }));
}

describe('traceCondition()', () => {
  test('says what each question saw, also where the answer is known before', () => {
    const condition: Condition = {
      any: [
        contains('subject', 'invoice'),
        { not: { all: [contains({ header: 'X-Tag' }, 'b'), contains('body', 'x')] } },
      ],
    };
    const asked = (property: string, value: string, values: readonly string[], holds: boolean) => ({
      kind: 'property',
      holds,
      property,
      values,
      tests: [{ text: `contains ${JSON.stringify(value)}`, holds }],
    });
    expect(traceCondition(condition, subject)).toEqual({
      kind: 'any',
      holds: true,
      parts: [
        asked('subject', 'invoice', ['Your Invoice'], true),
        {
          kind: 'not',
          holds: true,
          part: {
            kind: 'all',
            holds: false,
            parts: [asked('header.X-Tag', 'b', ['a'], false), asked('body', 'x', [], false)],
          },
        },
      ],
    });
  });

  test.each<[Test, string]>([
    [
      { operator: 'is', value: 'a "b"', caseSensitive: true },
      String.raw`is "a \"b\"" (case: true)`,
    ],
    [{ operator: 'notContains', value: 'x', caseSensitive: false }, 'notContains "x"'],
    [{ operator: 'in', values: ['a', 'b'], caseSensitive: false }, 'in ["a","b"]'],
    [{ operator: 'matches', pattern: { source: '^a', test: () => true } }, 'matches "^a"'],
    [{ operator: 'inNetworks', networks: { has: () => true } }, 'in its networks'],
    [{ operator: 'over', value: 5 }, 'over 5'],
    [{ operator: 'exists', value: false }, 'exists false'],
  ])('writes %j as %j', (one, text) => {
    const trace = traceCondition({ property: 'subject', tests: [one] }, subject);
    expect(trace).toMatchObject({ tests: [{ text }] });
  });

  test('cuts long values and long lists', () => {
    const header = factsOf(Array.from({ length: 20 }, () => field('X-Long', 'x'.repeat(500))));
    const trace = traceCondition(contains({ header: 'X-Long' }, 'y'), { ...subject, header });
    expect(trace).toMatchObject({ values: Array(10).fill(`${'x'.repeat(200)}…`) });
  });
});

describe('explainRoutes()', () => {
  test('lists the rules up to the one that was taken', () => {
    const rules = rulesOf(contains('recipient', 'contoso'), contains('subject', 'order'));
    const summary = explainRoutes(rules, fallback, message).map(
      ({ recipient, rules: tried, taken }) => [
        recipient,
        tried.map(({ rule, holds }) => `${rule} ${holds}`),
        taken,
      ],
    );
    expect(summary).toEqual([
      ['a@b.com', ['r0 false', 'r1 false', 'default true'], 'default'],
      ['c@contoso.com', ['r0 true'], 'r0'],
    ]);
  });

  test('takes the way that the message takes', () => {
    const conditions = fc.letrec<{ tree: Condition }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom('invoice', 'order').map((text) => contains('subject', text)),
        fc.constantFrom('@b.com', 'contoso').map((text) => contains('recipient', text)),
        tie('tree').map((not) => ({ not })),
        fc.array(tie('tree'), { maxLength: 3 }).map((all) => ({ all })),
        fc.array(tie('tree'), { maxLength: 3 }).map((any) => ({ any })),
      ),
    })).tree;
    fc.assert(
      fc.property(fc.array(fc.option(conditions, { nil: undefined }), { maxLength: 4 }), (some) => {
        const rules = rulesOf(...some);
        const routes = planRoutes(rules, fallback, message);
        for (const { recipient, taken, rules: tried } of explainRoutes(rules, fallback, message)) {
          expect(routes.find(({ rule }) => rule === taken)?.forwardPaths).toContain(recipient);
          for (const { rule, holds } of tried) {
            const when = rules.find(({ name }) => name === rule)?.when;
            expect(holds).toBe(when === undefined || evaluate(when, { ...message, recipient }));
          }
        }
      }),
    );
  });
});
