// Why each recipient of a message took its rule: every rule tried, and what each of its conditions saw.
import type { Address } from './address.ts';
import {
  examine,
  type Condition,
  type Property,
  type RoutingSubject,
  type Test,
} from './condition.ts';
import type { RoutingMessage, Rule } from './route.ts';

/** What became of a condition. All parts of a group are judged, also when its answer is known before. */
export type ConditionTrace =
  | {
      readonly kind: 'all' | 'any';
      readonly holds: boolean;
      readonly parts: readonly ConditionTrace[];
    }
  | { readonly kind: 'not'; readonly holds: boolean; readonly part: ConditionTrace }
  | {
      readonly kind: 'property';
      readonly holds: boolean;
      /** As in the configuration, such as `header.X-Tag`. */
      readonly property: string;
      /** What it says in this message: the first ten, long ones cut. */
      readonly values: readonly string[];
      readonly tests: readonly { readonly text: string; readonly holds: boolean }[];
    };

export interface RuleTrace {
  readonly rule: string;
  readonly holds: boolean;
  /** Absent: the rule asks nothing. */
  readonly when?: ConditionTrace;
}

export interface RecipientTrace {
  readonly recipient: Address;
  /** In order, up to the one that was taken. */
  readonly rules: readonly RuleTrace[];
  readonly taken: string;
}

/** Takes the same way as `planRoutes` for every recipient, and keeps track of it. */
export function explainRoutes(
  rules: readonly Rule[],
  fallback: Rule,
  message: RoutingMessage,
): readonly RecipientTrace[] {
  return message.forwardPaths.map((recipient) => {
    const tried: RuleTrace[] = [];
    for (const rule of [...rules, { name: fallback.name }]) {
      tried.push(traceRule(rule, { ...message, recipient }));
      if (tried.at(-1)?.holds) break;
    }
    return { recipient, rules: tried, taken: tried.at(-1)?.rule ?? fallback.name };
  });
}

function traceRule(
  { name, when }: Pick<Rule, 'name' | 'when'>,
  subject: RoutingSubject,
): RuleTrace {
  if (when === undefined) return { rule: name, holds: true };
  const trace = traceCondition(when, subject);
  return { rule: name, holds: trace.holds, when: trace };
}

/** Its `holds` is what `evaluate` says. */
export function traceCondition(condition: Condition, subject: RoutingSubject): ConditionTrace {
  if ('all' in condition) {
    const parts = condition.all.map((part) => traceCondition(part, subject));
    return { kind: 'all', holds: parts.every(({ holds }) => holds), parts };
  }
  if ('any' in condition) {
    const parts = condition.any.map((part) => traceCondition(part, subject));
    return { kind: 'any', holds: parts.some(({ holds }) => holds), parts };
  }
  if ('not' in condition) {
    const part = traceCondition(condition.not, subject);
    return { kind: 'not', holds: !part.holds, part };
  }
  const { values, passed } = examine(condition, subject);
  return {
    kind: 'property',
    holds: !passed.includes(false),
    property: formatProperty(condition.property),
    values: values.slice(0, maxValues).map(shorten),
    tests: condition.tests.map((test, index) => ({
      text: formatTest(test),
      holds: passed[index] === true,
    })),
  };
}

const maxValues = 10;
const maxValueLength = 200;

function shorten(text: string): string {
  return text.length > maxValueLength ? `${text.slice(0, maxValueLength)}…` : text;
}

function formatProperty(property: Property): string {
  return typeof property === 'object' ? `header.${property.header}` : property;
}

/** As an operator writes it, such as `contains "invoice"`. */
function formatTest(test: Test): string {
  switch (test.operator) {
    case 'matches':
      return `matches ${JSON.stringify(test.pattern.source)}`;
    case 'in':
      return `in ${JSON.stringify(test.values)}${formatCase(test)}`;
    case 'inNetworks':
      return 'in its networks';
    case 'over':
    case 'under':
    case 'exists':
      return `${test.operator} ${test.value}`;
    case 'is':
    case 'isNot':
    case 'contains':
    case 'notContains':
    case 'startsWith':
    case 'endsWith':
      return `${test.operator} ${JSON.stringify(test.value)}${formatCase(test)}`;
  }
}

function formatCase({ caseSensitive }: { readonly caseSensitive: boolean }): string {
  return caseSensitive ? ' (case: true)' : '';
}
