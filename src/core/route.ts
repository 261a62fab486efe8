// Rules, and the plan that they make for a message: which recipients go where, as whom.
import { addressKey, type Address } from './address.ts';
import {
  contentProperties,
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
  readonly redirect?: Redirect;
  /** It waits until an operator releases it. */
  readonly hold?: boolean;
}

/** Who gets a message in place of all its recipients, and alone. */
export interface Redirect {
  /** At least one. */
  readonly to: readonly Address[];
  /** Whom it was for is shown in the subject. */
  readonly showInSubject: boolean;
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
  /** Further recipients, hidden from the others; a redirected message has none. */
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
  /** Of a redirected message: those of the envelope, who do not get it. */
  readonly insteadOf?: readonly Address[];
}

/** Every forward-path of the envelope stands in exactly one route, or is redirected by exactly one. */
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
  const sent = taken.flatMap(([rule, paths]) => (reachesThem(rule) ? paths : []));
  return taken.map(([rule, paths]) => toRoute(rule, { paths, sent }));
}

function reachesThem({ action }: Rule): boolean {
  return action.kind === 'send' && action.redirect === undefined;
}

interface Taken {
  /** The recipients that took the rule. */
  readonly paths: readonly Address[];
  /** Those of all rules who get the message. */
  readonly sent: readonly Address[];
}

function toRoute(rule: Rule, { paths, sent }: Taken): Route {
  const { name, action, from, headers } = rule;
  const redirect = action.kind === 'send' ? action.redirect : undefined;
  return {
    rule: name,
    action,
    ...(from && { from }),
    ...(headers && { headers }),
    ...(redirect
      ? { forwardPaths: uniqueOf(redirect.to), insteadOf: paths }
      : { forwardPaths: [...paths, ...furtherOf(rule, sent)] }),
  };
}

function uniqueOf(addresses: readonly Address[]): readonly Address[] {
  return [...new Map(addresses.map((address) => [addressKey(address), address])).values()];
}

/** The rule's own recipients, but for those who get the message anyway. */
function furtherOf({ action, bcc }: Rule, sent: readonly Address[]): readonly Address[] {
  if (action.kind !== 'send') return [];
  const known = new Set(sent.map(addressKey));
  return uniqueOf(bcc).filter((address) => !known.has(addressKey(address)));
}

/** The plan while nothing may leave: what would be sent is dropped; refusals stay. */
export function dropSends(plan: RoutePlan): RoutePlan {
  return plan.map((route) =>
    route.action.kind === 'send' ? { ...route, action: { kind: 'drop' } } : route,
  );
}

/** The plan as it is carried out while nothing may leave. Default: as it is. */
export function applySending(plan: RoutePlan, sending: 'hold' | 'drop' | undefined): RoutePlan {
  switch (sending) {
    case 'drop':
      return dropSends(plan);
    case 'hold':
      return plan.map((route) =>
        route.action.kind === 'send'
          ? { ...route, action: { ...route.action, hold: true } }
          : route,
      );
    case undefined:
      return plan;
  }
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

/** Whether the condition asks for what only the message itself tells: its header, size or content. */
export function needsHeader(condition: Condition): boolean {
  return asksFor(condition, (property) => !envelopeProperties.has(property));
}

const contentSet: ReadonlySet<Property> = new Set<Property>(contentProperties);

/** Whether the condition asks for the body or the attachments. */
export function needsContent(condition: Condition): boolean {
  return asksFor(condition, (property) => contentSet.has(property));
}

export function ruleNeedsContent({ when }: Rule): boolean {
  return when !== undefined && needsContent(when);
}

function asksFor(condition: Condition, isMeant: (property: Property) => boolean): boolean {
  if ('all' in condition) return condition.all.some((part) => asksFor(part, isMeant));
  if ('any' in condition) return condition.any.some((part) => asksFor(part, isMeant));
  if ('not' in condition) return asksFor(condition.not, isMeant);
  return isMeant(condition.property);
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
