// Rules, and the plan that they make for a message: which recipients go where, as whom.
import { addressKey, type Address } from './address.ts';
import {
  createEvaluator,
  type Condition,
  type Property,
  type RoutingSubject,
} from './condition.ts';
import type { HeaderEdit } from './header-edit.ts';
import type { FromBlock } from './originator.ts';
import type { SendAs } from './send-as.ts';

export interface HeaderChanges {
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

export interface SendAction {
  readonly kind: 'send';
  /** Name of the connection. */
  readonly via: string;
  readonly backup: readonly string[];
  readonly sendAs?: SendAs;
  readonly priority: 'high' | 'normal';
  readonly saveToSentItems?: boolean;
}

export type Action =
  | SendAction
  | { readonly kind: 'drop' }
  | {
      readonly kind: 'refuse';
      /** The sentence that the client gets. */
      readonly text: string;
    };

export interface Rule {
  /** Unique; `default` for the last. */
  readonly name: string;
  /** Absent: always matches. */
  readonly when?: Condition;
  readonly action: Action;
  readonly from?: FromBlock;
  readonly headers?: HeaderChanges;
  /** Further recipients, hidden from the others. */
  readonly bcc: readonly Address[];
}

/** What one rule does with the recipients that took it. */
export interface Route {
  readonly rule: string;
  readonly action: Action;
  readonly from?: FromBlock;
  readonly headers?: HeaderChanges;
  /** At least one; those of the rule's `bcc` come last. */
  readonly forwardPaths: readonly Address[];
}

/** Every forward-path of the envelope stands in exactly one route. */
export type RoutePlan = readonly Route[];

/** A message whose recipients are to be routed. */
export interface RoutingMessage extends Omit<RoutingSubject, 'recipient'> {
  readonly forwardPaths: readonly Address[];
}

/**
 * Gives every forward-path to the first rule that matches it, else to `fallback`. The routes come in the order in which
 * the envelope first needs them, their forward-paths in the order of the envelope.
 */
export function planRoutes(
  rules: readonly Rule[],
  fallback: Rule,
  message: RoutingMessage,
): RoutePlan {
  const holds = createEvaluator(message);
  const ruleFor = (recipient: Address) =>
    rules.find(({ when }) => when === undefined || holds(when, recipient)) ?? fallback;
  const taken = [...Map.groupBy(message.forwardPaths, ruleFor)];
  const sent = taken.flatMap(([{ action }, paths]) => (action.kind === 'send' ? paths : []));
  return taken.map(([rule, paths]) => toRoute(rule, [...paths, ...furtherOf(rule, sent)]));
}

function toRoute({ name, action, from, headers }: Rule, forwardPaths: readonly Address[]): Route {
  return {
    rule: name,
    action,
    ...(from && { from }),
    ...(headers && { headers }),
    forwardPaths,
  };
}

/** The rule's own recipients, but for those who get the message anyway. */
function furtherOf({ action, bcc }: Rule, sent: readonly Address[]): readonly Address[] {
  if (action.kind !== 'send') return [];
  const further = new Map(bcc.map((address) => [addressKey(address), address]));
  for (const address of sent) further.delete(addressKey(address));
  return [...further.values()];
}

/** What is known of a message at RCPT. */
const envelopeProperties: ReadonlySet<Property> = new Set<Property>([
  'client',
  'client.address',
  'client.login',
  'client.listener',
  'client.ehlo',
  'envelopeFrom',
  'recipient',
]);

/** Whether the condition asks for what only the message itself tells: its header or its size. */
export function needsHeader(condition: Condition): boolean {
  if ('all' in condition) return condition.all.some(needsHeader);
  if ('any' in condition) return condition.any.some(needsHeader);
  if ('not' in condition) return needsHeader(condition.not);
  return !envelopeProperties.has(condition.property);
}

/** Removed first, then set, then added. */
export function applyHeaderChanges({ set, add, remove }: HeaderChanges): readonly HeaderEdit[] {
  return [
    ...remove.map((name) => ({ kind: 'remove', name }) as const),
    ...Object.entries(set).map(([name, text]) => ({ kind: 'set', name, text }) as const),
    ...Object.entries(add).map(([name, text]) => ({ kind: 'add', name, text }) as const),
  ];
}

/** Fields that a rule's `headers` may not touch: who it is from and for, what identifies it, what its body is. */
export const protectedFields: readonly string[] = [
  'From',
  'Sender',
  'To',
  'Cc',
  'Bcc',
  'Resent-*',
  'Message-ID',
  'Date',
  'Received',
  'Content-*',
  'MIME-Version',
];

/** @param name of a field, in any case */
export function isProtectedField(name: string): boolean {
  const wanted = name.trim().toLowerCase();
  return protectedFields.some((entry) => {
    const own = entry.toLowerCase();
    return own.endsWith('*') ? wanted.startsWith(own.slice(0, -1)) : wanted === own;
  });
}
