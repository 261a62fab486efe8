// Every property under every operator, over the odd forms in which a value can come: read from bytes, as routing does.
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { compilePattern } from '../src/config/pattern.ts';
import { evaluate, type Property, type RoutingSubject, type Test } from '../src/core/condition.ts';
import { mime } from '../src/mime/mime.ts';
import { address } from './support/addresses.ts';

/** A message, and the values that a property has in it, as a person would read them. */
interface Form {
  readonly form: string;
  readonly fields: readonly string[];
  readonly values: readonly string[];
}

const encoded = '=?utf-8?Q?R=C3=A9sum=C3=A9?= =?iso-8859-1?Q?_f=FCr?= =?utf-8?B?IE1hecOp?=';

function textForms(name: string): readonly Form[] {
  return [
    { form: 'missing', fields: [], values: [] },
    { form: 'plain', fields: [`${name}: Your Invoice 7`], values: ['Your Invoice 7'] },
    { form: 'empty', fields: [`${name}:`], values: [''] },
    { form: 'blank', fields: [`${name}: `], values: [''] },
    { form: 'folded', fields: [`${name}: Your\r\n Invoice\r\n\t7`], values: ['Your Invoice 7'] },
    { form: 'encoded', fields: [`${name}: ${encoded}`], values: ['Résumé für Mayé'] },
    { form: 'raw UTF-8', fields: [`${name}: Résumé`], values: ['Résumé'] },
    { form: 'in odd case', fields: [`${name.toUpperCase()}: INVOICE`], values: ['INVOICE'] },
  ];
}

function addressForms(name: string): readonly Form[] {
  return [
    { form: 'missing', fields: [], values: [] },
    { form: 'plain', fields: [`${name}: ann@example.com`], values: ['ann@example.com'] },
    {
      form: 'with a name',
      fields: [`${name}: "Doe, Ann" <Ann@Example.COM>`],
      values: ['Ann@example.com'],
    },
    {
      form: 'several',
      fields: [`${name}: ann@example.com, bob@example.com`],
      values: ['ann@example.com', 'bob@example.com'],
    },
    {
      form: 'several fields',
      fields: [`${name}: ann@example.com`, `${name}: bob@example.com`],
      values: ['ann@example.com', 'bob@example.com'],
    },
    {
      form: 'a group',
      fields: [`${name}: team: ann@example.com, bob@example.com;`],
      values: ['ann@example.com', 'bob@example.com'],
    },
    { form: 'an empty group', fields: [`${name}: undisclosed-recipients:;`], values: [] },
    {
      form: 'folded, with comments',
      fields: [`${name}: (x) ann@example.com\r\n (y)`],
      values: ['ann@example.com'],
    },
    {
      form: 'with an encoded name',
      fields: [`${name}: =?utf-8?Q?J=C3=B6rg?= <ann@example.com>`],
      values: ['ann@example.com'],
    },
    { form: 'of an IDN', fields: [`${name}: ann@müller.de`], values: ['ann@xn--mller-kva.de'] },
  ];
}

const nameForms: readonly Form[] = [
  { form: 'missing', fields: ['From: ann@example.com'], values: [] },
  { form: 'plain', fields: ['From: Ann Doe <ann@example.com>'], values: ['Ann Doe'] },
  { form: 'quoted', fields: ['From: "Doe, Ann" <ann@example.com>'], values: ['Doe, Ann'] },
  { form: 'encoded', fields: [`From: ${encoded} <ann@example.com>`], values: ['Résumé für Mayé'] },
  { form: 'folded', fields: ['From: Ann\r\n Doe <ann@example.com>'], values: ['Ann Doe'] },
];

const severalForms: readonly Form[] = [
  ...textForms('X-Tag'),
  { form: 'several fields', fields: ['X-Tag: one', 'x-tag: two'], values: ['one', 'two'] },
];

const headerProperties: readonly (readonly [Property, readonly Form[]])[] = [
  ['subject', textForms('Subject')],
  [{ header: 'X-Tag' }, severalForms],
  ['from', addressForms('From')],
  ['to', addressForms('To')],
  ['cc', addressForms('Cc')],
  ['bcc', addressForms('Bcc')],
  ['replyTo', addressForms('Reply-To')],
  ['from.name', nameForms],
];

const operands = [
  '',
  'invoice',
  'Invoice',
  'Your Invoice 7',
  '7',
  'résumé',
  'ann@example.com',
  '@example.com',
  'ann@',
  '@müller.de',
  'Doe',
  'one',
  'two',
];

/** What each operator means, said once more and as plainly as can be. */
const meanings: readonly (readonly [
  string,
  (operand: string, isExact: boolean) => Test,
  (values: readonly string[], operand: string) => boolean,
])[] = [
  ['is', comparing('is'), (values, operand) => values.some((value) => value === operand)],
  ['isNot', comparing('isNot'), (values, operand) => !values.some((value) => value === operand)],
  [
    'contains',
    comparing('contains'),
    (values, operand) => values.some((value) => value.includes(operand)),
  ],
  [
    'notContains',
    comparing('notContains'),
    (values, operand) => !values.some((value) => value.includes(operand)),
  ],
  [
    'startsWith',
    comparing('startsWith'),
    (values, operand) => values.some((value) => value.startsWith(operand)),
  ],
  [
    'endsWith',
    comparing('endsWith'),
    (values, operand) => values.some((value) => value.endsWith(operand)),
  ],
  [
    'in',
    (operand, caseSensitive) => ({
      operator: 'in',
      values: [operand, 'nothing else'],
      caseSensitive,
    }),
    (values, operand) => values.includes(operand),
  ],
];

function comparing(
  operator: 'is' | 'isNot' | 'contains' | 'notContains' | 'startsWith' | 'endsWith',
) {
  return (value: string, caseSensitive: boolean): Test => ({ operator, value, caseSensitive });
}

function subjectOf(fields: readonly string[]): RoutingSubject {
  const header = mime.readHeader(Buffer.from(['X-Other: x', ...fields, '', ''].join('\r\n')));
  return {
    client: {
      name: 'erp',
      ip: '10.1.2.3',
      listener: 'apps',
      ehlo: 'erp01',
      tls: false,
      senders: [],
    },
    reversePath: null,
    recipient: address('bob@fabrikam.com'),
    header,
    sizeBytes: 100,
  };
}

/** The domain of an operand as it stands in a canonical address. */
function canonical(operand: string): string {
  return operand.replace('müller.de', 'xn--mller-kva.de');
}

const rows = headerProperties.flatMap(([property, forms]) =>
  forms.map((form) => ({
    ...form,
    property,
    name: typeof property === 'string' ? property : `header.${property.header}`,
  })),
);

describe.each(rows)('$name that is $form', ({ property, fields, values }) => {
  const subject = subjectOf(fields);
  const ask = (asked: Test) => evaluate({ property, tests: [asked] }, subject);

  test.each(meanings)('%s', (_operator, toTest, meaning) => {
    for (const operand of operands) {
      const folded = values.map((value) => value.toLowerCase());
      const wanted = canonical(operand);
      expect([operand, ask(toTest(operand, false))]).toEqual([
        operand,
        meaning(folded, wanted.toLowerCase()),
      ]);
      expect([operand, ask(toTest(operand, true))]).toEqual([operand, meaning(values, wanted)]);
    }
  });

  test('matches', () => {
    for (const source of ['^your', 'Invoice \\d$', '@example\\.com$', '^$', '.']) {
      const pattern = compilePattern(source, { caseSensitive: true });
      const expected = values.some((value) => new RegExp(source).test(value));
      expect([source, ask({ operator: 'matches', pattern })]).toEqual([source, expected]);
    }
  });

  test('exists', () => {
    expect(ask({ operator: 'exists', value: true })).toBe(values.length > 0);
    expect(ask({ operator: 'exists', value: false })).toBe(values.length === 0);
  });
});
