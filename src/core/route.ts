// Rules, and the plan that they make for a message: which recipients go where, as whom.
import type { Address } from './address.ts';
import type { Condition } from './condition.ts';
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
