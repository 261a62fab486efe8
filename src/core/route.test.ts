import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import { factsOf, field } from '../../test/support/header-model.ts';
import { addressKey } from './address.ts';
import type { Condition, Property } from './condition.ts';
import {
  applyHeaderChanges,
  isProtectedField,
  needsContent,
  needsHeader,
  planRoutes,
  protectedFields,
  type Action,
  type Rule,
  type RoutingMessage,
} from './route.ts';

const send: Action = { kind: 'send', via: 'main', backup: [], priority: 'normal' };
const drop: Action = { kind: 'drop' };
const fallback: Rule = { name: 'default', action: send, bcc: [] };

const message: Omit<RoutingMessage, 'forwardPaths'> = {
  client: { name: 'erp', ip: '10.0.0.1', listener: 'apps', ehlo: 'erp', tls: false, senders: [] },
  reversePath: address('app@contoso.com'),
  header: factsOf([field('Subject', 'Invoice')]),
  sizeBytes: 100,
};

function when(property: Property, value: string): Condition {
  return { property, tests: [{ operator: 'endsWith', value, caseSensitive: false }] };
}

function rule(name: string, condition: Condition | undefined, rest: Partial<Rule> = {}): Rule {
  return { name, action: send, bcc: [], ...(condition && { when: condition }), ...rest };
}

function plan(rules: readonly Rule[], ...forwardPaths: readonly string[]) {
  return planRoutes(rules, fallback, { ...message, forwardPaths: forwardPaths.map(address) });
}

function summary(rules: readonly Rule[], ...forwardPaths: readonly string[]) {
  return plan(rules, ...forwardPaths).map((route) => [route.rule, ...route.forwardPaths]);
}

describe('planRoutes()', () => {
  const inside = rule('inside', when('recipient', '@contoso.com'));
  const invoices = rule('invoices', when('subject', 'invoice'));
  const rest = rule('rest', undefined);

  test('gives each recipient to the first rule that matches it', () => {
    expect(summary([inside, invoices, rest], 'a@b.com', 'c@contoso.com', 'd@b.com')).toEqual([
      ['invoices', 'a@b.com', 'd@b.com'],
      ['inside', 'c@contoso.com'],
    ]);
    expect(summary([invoices, inside], 'a@b.com', 'c@contoso.com')).toEqual([
      ['invoices', 'a@b.com', 'c@contoso.com'],
    ]);
  });

  test('falls back where none matches', () => {
    expect(summary([inside], 'a@b.com', 'c@contoso.com')).toEqual([
      ['default', 'a@b.com'],
      ['inside', 'c@contoso.com'],
    ]);
    expect(summary([], 'a@b.com')).toEqual([['default', 'a@b.com']]);
  });

  test('takes a rule without conditions for everybody', () => {
    expect(summary([rest, inside], 'c@contoso.com')).toEqual([['rest', 'c@contoso.com']]);
  });

  test('carries what the rule says', () => {
    const from = { force: 'never', defaults: [], replyTo: 'never' } as const;
    const headers = { set: { 'X-Route': 'inside' }, add: {}, remove: [] };
    expect(plan([{ ...inside, from, headers }], 'c@contoso.com')).toEqual([
      { rule: 'inside', action: send, from, headers, forwardPaths: ['c@contoso.com'] },
    ]);
    expect(plan([{ ...inside, action: drop }], 'c@contoso.com')).toEqual([
      { rule: 'inside', action: drop, forwardPaths: ['c@contoso.com'] },
    ]);
  });

  describe('with the rule’s own bcc', () => {
    const bcc = [address('archive@contoso.com'), address('audit@contoso.com')];

    test('appends them', () => {
      expect(summary([rule('copied', undefined, { bcc })], 'a@b.com')).toEqual([
        ['copied', 'a@b.com', 'archive@contoso.com', 'audit@contoso.com'],
      ]);
    });

    test('appends nobody who gets the message by this route', () => {
      expect(
        summary([rule('copied', undefined, { bcc })], 'Archive@contoso.com', 'a@b.com'),
      ).toEqual([['copied', 'Archive@contoso.com', 'a@b.com', 'audit@contoso.com']]);
    });

    test('appends nobody who gets the message by another route', () => {
      const copied = rule('copied', when('recipient', '@b.com'), { bcc });
      expect(summary([copied], 'a@b.com', 'archive@contoso.com')).toEqual([
        ['copied', 'a@b.com', 'audit@contoso.com'],
        ['default', 'archive@contoso.com'],
      ]);
    });

    test('appends somebody whose own copy is dropped: naming the archive does not escape it', () => {
      const dropped = rule('no mail to the archive', when('recipient', 'archive@contoso.com'), {
        action: drop,
      });
      const copied = rule('copied', undefined, { bcc });
      expect(summary([dropped, copied], 'archive@contoso.com', 'a@b.com')).toEqual([
        ['no mail to the archive', 'archive@contoso.com'],
        ['copied', 'a@b.com', 'archive@contoso.com', 'audit@contoso.com'],
      ]);
    });

    test('appends each once', () => {
      const twice = [address('archive@contoso.com'), address('ARCHIVE@contoso.com')];
      expect(
        plan([rule('copied', undefined, { bcc: twice })], 'a@b.com')[0]?.forwardPaths,
      ).toHaveLength(2);
    });

    test('appends nobody to what is not sent', () => {
      expect(summary([rule('noise', undefined, { action: drop, bcc })], 'a@b.com')).toEqual([
        ['noise', 'a@b.com'],
      ]);
    });
  });

  describe('with redirect', () => {
    const redirect = {
      to: [address('qa@contoso.com'), address('QA@contoso.com')],
      showInSubject: true,
    };
    const staging = rule('staging', when('recipient', '@b.com'), {
      action: { ...send, redirect },
      bcc: [address('archive@contoso.com')],
    });

    test('reaches those alone, once, and keeps whom it was for', () => {
      expect(plan([staging], 'a@b.com', 'c@contoso.com', 'd@b.com')).toEqual([
        {
          rule: 'staging',
          action: staging.action,
          forwardPaths: ['QA@contoso.com'],
          insteadOf: ['a@b.com', 'd@b.com'],
        },
        { rule: 'default', action: send, forwardPaths: ['c@contoso.com'] },
      ]);
    });

    test('takes no part in who gets the message anyway: naming the archive does not escape it', () => {
      const copied = rule('copied', undefined, { bcc: [address('archive@b.com')] });
      expect(summary([staging, copied], 'archive@b.com', 'a@contoso.com')).toEqual([
        ['staging', 'QA@contoso.com'],
        ['copied', 'a@contoso.com', 'archive@b.com'],
      ]);
    });
  });

  describe('the law of routing', () => {
    const addresses = ['a@b.com', 'c@contoso.com', 'd@contoso.com', 'e@fabrikam.com', 'f@b.com'];
    const forwardPaths = fc.uniqueArray(fc.constantFrom(...addresses).map(address), {
      minLength: 1,
    });
    const conditions: fc.Arbitrary<Condition> = fc.letrec<{ tree: Condition }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc
          .constantFrom('@b.com', '@contoso.com', 'd@contoso.com')
          .map((end) => when('recipient', end)),
        fc.constantFrom('invoice', 'order').map((end) => when('subject', end)),
        tie('tree').map((not) => ({ not })),
        fc.array(tie('tree'), { maxLength: 3 }).map((all) => ({ all })),
        fc.array(tie('tree'), { maxLength: 3 }).map((any) => ({ any })),
      ),
    })).tree;
    const rules = fc
      .array(
        fc.tuple(
          conditions,
          fc.constantFrom<Action>(
            send,
            drop,
            { kind: 'refuse', text: 'No' },
            { ...send, redirect: { to: [address('qa@b.com')], showInSubject: true } },
          ),
          fc.array(fc.constantFrom('d@contoso.com', 'archive@contoso.com').map(address)),
        ),
        { maxLength: 5 },
      )
      .map((parts) =>
        parts.map(([condition, action, bcc], index) =>
          rule(`r${index}`, condition, { action, bcc }),
        ),
      );

    test('every forward-path goes one way: none is lost, none goes twice', () => {
      fc.assert(
        fc.property(rules, forwardPaths, (some, paths) => {
          const bare = some.map((one) => ({ ...one, bcc: [] }));
          const routes = planRoutes(bare, fallback, { ...message, forwardPaths: paths });
          const taken = (route: (typeof routes)[number]) => route.insteadOf ?? route.forwardPaths;
          expect(routes.flatMap(taken).toSorted()).toEqual(paths.toSorted());
          expect(new Set(routes.map((route) => route.rule)).size).toBe(routes.length);
          for (const route of routes) {
            expect(taken(route)).toEqual(paths.filter((path) => taken(route).includes(path)));
            expect(route.insteadOf ? route.forwardPaths : ['qa@b.com']).toEqual(['qa@b.com']);
          }
        }),
      );
    });

    test('a rule’s own bcc changes nobody’s way, and sends no recipient a second copy', () => {
      fc.assert(
        fc.property(rules, forwardPaths, (some, paths) => {
          const bare = some.map((one) => ({ ...one, bcc: [] }));
          const subject = { ...message, forwardPaths: paths };
          const without = planRoutes(bare, fallback, subject);
          const routes = planRoutes(some, fallback, subject);
          const ofEnvelope = without.map((route) => route.forwardPaths);
          expect(
            routes.map((route, index) => route.forwardPaths.slice(0, ofEnvelope[index]?.length)),
          ).toEqual(ofEnvelope);
          const toldApart = ({ action, insteadOf, forwardPaths }: (typeof routes)[number]) =>
            action.kind === 'send' && !insteadOf ? forwardPaths : [];
          const sentByOwnRoute = without.flatMap(toldApart);
          const sent = routes.flatMap(toldApart);
          for (const path of sentByOwnRoute) {
            expect(sent.filter((one) => addressKey(one) === addressKey(path))).toHaveLength(1);
          }
        }),
      );
    });
  });
});

describe('needsHeader()', () => {
  test.each<[Property, boolean]>([
    ['client', false],
    ['client.address', false],
    ['client.login', false],
    ['client.listener', false],
    ['client.ehlo', false],
    ['envelopeFrom', false],
    ['recipient', false],
    ['from', true],
    ['from.name', true],
    ['to', true],
    ['cc', true],
    ['bcc', true],
    ['replyTo', true],
    ['subject', true],
    ['size', true],
    [{ header: 'X-Tag' }, true],
    ['body', true],
    ['attachment.count', true],
  ])('of %j is %j', (property, expected) => {
    const condition = when(property, 'x');
    const other = when('client', 'x');
    expect(needsHeader(condition)).toBe(expected);
    expect(needsHeader({ not: condition })).toBe(expected);
    expect(needsHeader({ all: [other, condition] })).toBe(expected);
    expect(needsHeader({ any: [other, { not: { all: [condition] } }] })).toBe(expected);
  });
});

describe('needsContent()', () => {
  test.each<[Property, boolean]>([
    ['body', true],
    ['attachment.name', true],
    ['attachment.type', true],
    ['attachment.size', true],
    ['attachment.count', true],
    ['size', false],
    ['subject', false],
    [{ header: 'body' }, false],
  ])('of %j is %j', (property, expected) => {
    expect(needsContent(when(property, 'x'))).toBe(expected);
    expect(needsContent({ any: [when('client', 'x'), { not: when(property, 'x') }] })).toBe(
      expected,
    );
  });
});

describe('applyHeaderChanges()', () => {
  test('removes, then sets, then adds', () => {
    const changes = {
      set: { 'X-Route': 'a' },
      add: { 'X-Tag': 'b', 'X-More': 'c' },
      remove: ['X-Internal'],
    };
    expect(applyHeaderChanges(changes)).toEqual([
      { kind: 'remove', name: 'X-Internal' },
      { kind: 'set', name: 'X-Route', text: 'a' },
      { kind: 'add', name: 'X-Tag', text: 'b' },
      { kind: 'add', name: 'X-More', text: 'c' },
    ]);
  });
});

describe('isProtectedField()', () => {
  test.each(protectedFields.map((name) => [name.replace('*', 'Any')]))('holds for %j', (name) => {
    expect(isProtectedField(name)).toBe(true);
  });

  test.each([
    ['FROM', true],
    ['from ', true],
    ['resent-from', true],
    ['content-transfer-encoding', true],
    ['Reply-To', false],
    ['Subject', false],
    ['X-From', false],
    ['Fromage', false],
    ['X-Resent-To', false],
  ])('of %j is %j', (name, expected) => {
    expect(isProtectedField(name)).toBe(expected);
  });
});
