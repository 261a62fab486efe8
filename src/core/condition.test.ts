import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import { factsOf, field } from '../../test/support/header-model.ts';
import {
  contentProperties,
  createEvaluator,
  evaluate,
  type Condition,
  type Property,
  type RoutingSubject,
  type Test,
} from './condition.ts';

const subject: RoutingSubject = {
  client: {
    name: 'erp',
    ip: '10.1.2.3',
    listener: 'apps',
    ehlo: 'ERP01.contoso.com',
    login: 'erp-user',
    tls: true,
    senders: [],
  },
  reversePath: address('bounce@contoso.com'),
  recipient: address('bob@fabrikam.com'),
  header: factsOf([
    field('From', 'The Shop <Shop@Billing.Contoso.com>'),
    field('To', 'Bob <bob@fabrikam.com>', 'the boss'),
    field('To', 'chef@müller.de'),
    field('Cc', 'Jürgen@contoso.com'),
    field('Bcc', 'eve@contoso.com'),
    field('Reply-To', 'help@contoso.com'),
    field('Subject', 'Your Invoice 4711'),
    field('X-Department', 'Billing'),
    field('x-department', 'Sales'),
    field('X-Priority', '2'),
    field('X-Empty', ''),
  ]),
  sizeBytes: 5_000,
};

/** A message that says as little as a message can. */
const bare: RoutingSubject = {
  client: { name: 'any', ip: '127.0.0.1', listener: 'apps', ehlo: '', tls: false, senders: [] },
  reversePath: null,
  recipient: address('bob@fabrikam.com'),
  header: factsOf([]),
  sizeBytes: 0,
};

function text(
  operator: 'is' | 'isNot' | 'contains' | 'notContains' | 'startsWith' | 'endsWith',
  value: string,
  caseSensitive = false,
): Test {
  return { operator, value, caseSensitive };
}

function ask(property: Property, ...tests: readonly Test[]): boolean {
  return evaluate({ property, tests }, subject);
}

const yes: Condition = { property: 'client', tests: [text('is', 'erp')] };
const no: Condition = { property: 'client', tests: [text('is', 'shop')] };

describe('evaluate() of a property', () => {
  test.each<[Property, string]>([
    ['client', 'erp'],
    ['client.address', '10.1.2.3'],
    ['client.login', 'erp-user'],
    ['client.listener', 'apps'],
    ['client.ehlo', 'erp01.contoso.com'],
    ['envelopeFrom', 'bounce@contoso.com'],
    ['recipient', 'bob@fabrikam.com'],
    ['from', 'shop@billing.contoso.com'],
    ['from.name', 'the shop'],
    ['to', 'bob@fabrikam.com'],
    ['to', 'the boss'],
    ['to', 'chef@xn--mller-kva.de'],
    ['cc', 'jürgen@contoso.com'],
    ['bcc', 'eve@contoso.com'],
    ['replyTo', 'help@contoso.com'],
    ['subject', 'your invoice 4711'],
    ['size', '5000'],
    [{ header: 'X-DEPARTMENT' }, 'billing'],
    [{ header: 'X-Department' }, 'sales'],
  ])('%j is %j', (property, value) => {
    expect(ask(property, text('is', value))).toBe(true);
    expect(ask(property, text('is', `${value}x`))).toBe(false);
    expect(ask(property, text('isNot', value))).toBe(false);
    expect(ask(property, text('isNot', `${value}x`))).toBe(true);
  });

  test('the null reverse-path is the empty text', () => {
    const condition: Condition = { property: 'envelopeFrom', tests: [text('is', '')] };
    expect(evaluate(condition, bare)).toBe(true);
    expect(evaluate(condition, subject)).toBe(false);
  });
});

describe('evaluate() of an operator', () => {
  test.each<[Property, Test, boolean]>([
    ['subject', text('contains', 'invoice'), true],
    ['subject', text('contains', 'order'), false],
    ['subject', text('notContains', 'order'), true],
    ['subject', text('notContains', 'invoice'), false],
    ['subject', text('startsWith', 'your'), true],
    ['subject', text('startsWith', 'invoice'), false],
    ['subject', text('endsWith', '4711'), true],
    ['subject', text('endsWith', 'your'), false],
    ['subject', text('is', 'your invoice 4711', true), false],
    ['subject', text('is', 'Your Invoice 4711', true), true],
    ['subject', text('isNot', 'your invoice 4711', true), true],
    ['subject', text('contains', 'invoice', true), false],
    ['subject', text('notContains', 'invoice', true), true],
    [
      'subject',
      { operator: 'matches', pattern: { source: '\\d+', test: (value) => /\d+/.test(value) } },
      true,
    ],
    [
      'client',
      { operator: 'matches', pattern: { source: '\\d+', test: (value) => /\d+/.test(value) } },
      false,
    ],
    ['client', { operator: 'in', values: ['shop', 'ERP'], caseSensitive: false }, true],
    ['client', { operator: 'in', values: ['shop', 'ERP'], caseSensitive: true }, false],
    ['client', { operator: 'in', values: [], caseSensitive: false }, false],
    [
      'client.address',
      { operator: 'inNetworks', networks: { has: (ip) => ip.startsWith('10.') } },
      true,
    ],
    ['client.address', { operator: 'inNetworks', networks: { has: () => false } }, false],
    ['size', { operator: 'over', value: 4_999 }, true],
    ['size', { operator: 'over', value: 5_000 }, false],
    ['size', { operator: 'under', value: 5_001 }, true],
    ['size', { operator: 'under', value: 5_000 }, false],
    [{ header: 'X-Priority' }, { operator: 'under', value: 3 }, true],
    [{ header: 'X-Department' }, { operator: 'over', value: 0 }, false],
    [{ header: 'X-Department' }, { operator: 'under', value: 0 }, false],
  ])('of %j: %j is %j', (property, one, expected) => {
    expect(ask(property, one)).toBe(expected);
  });
});

describe('evaluate() with several values', () => {
  const department = { header: 'X-Department' };

  test.each([
    ['a positive operator needs one that matches', text('startsWith', 'sal'), true],
    ['a positive operator fails when none matches', text('startsWith', 'it'), false],
    ['isNot fails when one is it', text('isNot', 'sales'), false],
    ['isNot holds when none is it', text('isNot', 'it'), true],
    ['notContains fails when one contains it', text('notContains', 'ill'), false],
    ['notContains holds when none contains it', text('notContains', 'xyz'), true],
  ])('%s', (_, one, expected) => {
    expect(ask(department, one)).toBe(expected);
  });

  test('tests that stand together must all pass, be it on different values', () => {
    expect(ask(department, text('is', 'billing'), text('is', 'sales'))).toBe(true);
    expect(ask(department, text('is', 'billing'), text('is', 'it'))).toBe(false);
    expect(ask('subject', text('contains', 'invoice'), text('notContains', 'order'))).toBe(true);
    expect(ask('size', { operator: 'over', value: 1 }, { operator: 'under', value: 5 })).toBe(
      false,
    );
  });
});

describe('evaluate() of a missing value', () => {
  const missing: readonly Property[] = [
    'client.login',
    'client.ehlo',
    'from',
    'from.name',
    'to',
    'cc',
    'bcc',
    'replyTo',
    'subject',
    { header: 'X-Department' },
  ];

  test.each(missing.map((property) => [property]))(
    'of %j satisfies the negative operators alone',
    (property) => {
      const asked = (one: Test) => evaluate({ property, tests: [one] }, bare);
      expect(asked(text('isNot', 'x'))).toBe(true);
      expect(asked(text('notContains', 'x'))).toBe(true);
      expect(asked(text('isNot', ''))).toBe(true);
      expect(asked(text('is', ''))).toBe(false);
      expect(asked(text('contains', ''))).toBe(false);
      expect(asked({ operator: 'matches', pattern: { source: '', test: () => true } })).toBe(false);
      expect(asked({ operator: 'in', values: [''], caseSensitive: false })).toBe(false);
      expect(asked({ operator: 'over', value: -1 })).toBe(false);
      expect(asked({ operator: 'under', value: 1 })).toBe(false);
      expect(asked({ operator: 'exists', value: false })).toBe(true);
      expect(asked({ operator: 'exists', value: true })).toBe(false);
    },
  );

  test.each<[Property, RoutingSubject, boolean]>([
    ['subject', subject, true],
    [{ header: 'X-Empty' }, subject, true],
    ['subject', { ...bare, header: factsOf([field('Subject', '')]) }, true],
    ['from.name', subject, true],
    ['from.name', { ...bare, header: factsOf([field('From', 'app@contoso.com')]) }, false],
    ['envelopeFrom', subject, true],
    ['envelopeFrom', bare, false],
    ['recipient', bare, true],
    ['size', bare, true],
  ])('%j is there or not', (property, of, expected) => {
    const exists = (value: boolean) =>
      evaluate({ property, tests: [{ operator: 'exists', value }] }, of);
    expect(exists(true)).toBe(expected);
    expect(exists(false)).toBe(!expected);
  });
});

describe('evaluate() of addresses', () => {
  test.each<[Property, Test, boolean]>([
    ['to', text('is', 'Chef@Müller.DE'), true],
    ['to', text('endsWith', '@müller.de'), true],
    ['to', text('endsWith', 'müller.de'), true],
    ['to', text('endsWith', '.müller.de'), false],
    ['to', text('contains', '@müller'), true],
    ['to', text('endsWith', '@xn--mller-kva.de'), true],
    ['to', text('isNot', 'chef@müller.de'), false],
    ['to', text('notContains', 'müller'), false],
    ['to', { operator: 'in', values: ['a@b.com', 'chef@müller.de'], caseSensitive: true }, true],
    ['cc', text('startsWith', 'jürgen@'), true],
    ['cc', text('contains', 'ürg'), true],
    ['from', text('endsWith', '@billing.contoso.com'), true],
    ['from', text('endsWith', '@contoso.com'), false],
    ['from', text('is', 'Shop@Billing.CONTOSO.com', true), true],
    ['from', text('is', 'shop@billing.contoso.com', true), false],
    ['to', text('is', 'the boss'), true],
    ['subject', text('contains', '@müller.de'), false],
  ])('%j %j is %j', (property, one, expected) => {
    expect(ask(property, one)).toBe(expected);
  });
});

describe('evaluate() of groups', () => {
  test.each<[string, Condition, boolean]>([
    ['all of them', { all: [yes, yes] }, true],
    ['not all of them', { all: [yes, no] }, false],
    ['all of none', { all: [] }, true],
    ['any of them', { any: [no, yes] }, true],
    ['none of them', { any: [no, no] }, false],
    ['any of none', { any: [] }, false],
    ['not', { not: no }, true],
    ['not not', { not: { not: no } }, false],
    ['nested', { all: [yes, { any: [no, { not: { all: [yes, no] } }] }] }, true],
  ])('%s', (_, condition, expected) => {
    expect(evaluate(condition, subject)).toBe(expected);
  });
});

describe('evaluate() of the content', () => {
  const content = {
    texts: ['Dear Bob,\nyour invoice', '<p>Your invoice</p>'],
    attachments: [
      { name: 'Invoice.pdf', type: 'application/pdf', sizeBytes: 3_000 },
      { name: '', type: 'image/png', sizeBytes: 50 },
    ],
  };
  const asked = (property: Property, test: Test, given = content) =>
    evaluate({ property, tests: [test] }, { ...subject, content: given });

  test.each<[Property, Test, boolean]>([
    ['body', text('startsWith', '<P>'), true],
    ['body', text('contains', 'reminder'), false],
    ['body', text('notContains', 'dear'), false],
    ['attachment.name', text('endsWith', '.PDF'), true],
    ['attachment.name', text('is', ''), false],
    ['attachment.type', text('is', 'image/png'), true],
    ['attachment.size', { operator: 'over', value: 2_999 }, true],
    ['attachment.size', { operator: 'over', value: 3_000 }, false],
    ['attachment.size', { operator: 'under', value: 51 }, true],
    ['attachment.count', { operator: 'over', value: 1 }, true],
    ['attachment.count', { operator: 'under', value: 2 }, false],
  ])('%s %j is %j', (property, test, expected) => {
    expect(asked(property, test)).toBe(expected);
  });

  test('knows a message without any', () => {
    const empty = { texts: [], attachments: [] };
    expect(asked('body', { operator: 'exists', value: true }, empty)).toBe(false);
    expect(asked('attachment.count', { operator: 'under', value: 1 }, empty)).toBe(true);
    expect(asked('attachment.size', { operator: 'under', value: 1 }, empty)).toBe(false);
  });

  test('has no value where nobody read it', () => {
    for (const property of contentProperties) {
      expect(ask(property, { operator: 'exists', value: false })).toBe(true);
    }
  });
});

describe('createEvaluator()', () => {
  test('asks of each recipient what depends on it, and the rest once', () => {
    const seen: string[] = [];
    const pattern = {
      source: 'invoice',
      test: (value: string) => {
        seen.push(value);
        return true;
      },
    };
    const condition: Condition = {
      all: [
        { property: 'subject', tests: [{ operator: 'matches', pattern }] },
        { property: 'recipient', tests: [text('endsWith', '@fabrikam.com')] },
      ],
    };
    const holds = createEvaluator(subject);
    const recipients = ['bob@fabrikam.com', 'eve@contoso.com', 'dan@fabrikam.com'].map(address);
    expect(recipients.map((recipient) => holds(condition, recipient))).toEqual([true, false, true]);
    expect(seen).toEqual(['Your Invoice 4711']);
  });
});
