// Conditions of routes, compiled.
import {
  contentProperties,
  type Condition,
  type Property,
  type Test,
} from '../../core/condition.ts';
import { compileNetworks } from '../networks.ts';
import { compilePattern } from '../pattern.ts';
import { headerPrefix, type ConditionContent, type TestsContent } from '../schema/conditions.ts';

/** All of several parts must hold. */
export function toCondition({ all, any, not, tests }: ConditionContent): Condition {
  const parts: Condition[] = [
    ...(all ? [{ all: all.map(toCondition) }] : []),
    ...(any ? [{ any: any.map(toCondition) }] : []),
    ...(not ? [{ not: toCondition(not) }] : []),
    ...Object.entries(tests).flatMap(([name, content]) =>
      content === undefined ? [] : [{ property: toProperty(name), tests: toTests(content) }],
    ),
  ];
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { all: parts };
}

const plainProperties = [
  'client',
  'client.address',
  'client.login',
  'client.listener',
  'client.ehlo',
  'envelopeFrom',
  'recipient',
  'from',
  'from.name',
  'to',
  'cc',
  'bcc',
  'replyTo',
  'subject',
  'size',
  ...contentProperties,
] as const satisfies readonly Property[];

function toProperty(name: string): Property {
  if (name.startsWith(headerPrefix)) return { header: name.slice(headerPrefix.length) };
  const property = plainProperties.find((candidate) => candidate === name);
  if (property === undefined) throw new Error(`Cannot ask for "${name}" in a condition`);
  return property;
}

const textOperators = ['is', 'isNot', 'contains', 'notContains', 'startsWith', 'endsWith'] as const;

function toTests(content: TestsContent): readonly Test[] {
  const caseSensitive = content.case ?? false;
  const tests: Test[] = textOperators.flatMap((operator) => {
    const value = content[operator];
    return value === undefined ? [] : [{ operator, value, caseSensitive }];
  });
  const { matches, over, under, exists } = content;
  if (matches !== undefined) {
    tests.push({ operator: 'matches', pattern: compilePattern(matches, { caseSensitive }) });
  }
  if (content.in !== undefined) tests.push(toMembership(content.in, caseSensitive));
  if (over !== undefined) tests.push({ operator: 'over', value: over });
  if (under !== undefined) tests.push({ operator: 'under', value: under });
  if (exists !== undefined) tests.push({ operator: 'exists', value: exists });
  return tests;
}

function toMembership(values: NonNullable<TestsContent['in']>, caseSensitive: boolean): Test {
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.length > 0) return { operator: 'in', values: texts, caseSensitive };
  const networks = values.filter((value) => typeof value !== 'string');
  return { operator: 'inNetworks', networks: compileNetworks(networks) };
}
