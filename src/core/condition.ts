// Conditions of a rule: what they may ask of a message, and whether it holds.
import type { HeaderFacts } from './message.ts';
import type { Client } from './client.ts';
import type { Address } from './address.ts';

/** The properties that need no more than envelope and header. `header.<Name>` is `{ header: name }`. */
export type Property =
  | 'client'
  | 'client.address'
  | 'client.login'
  | 'client.listener'
  | 'client.ehlo'
  | 'envelopeFrom'
  | 'recipient'
  | 'from'
  | 'from.name'
  | 'to'
  | 'cc'
  | 'bcc'
  | 'replyTo'
  | 'subject'
  | 'size'
  | { readonly header: string };

/** A compiled pattern (RE2 semantics: no input can make it hang). */
export interface Pattern {
  readonly source: string;
  test(text: string): boolean;
}

/** A compiled list of IP networks. */
export interface Networks {
  has(ip: string): boolean;
}

/** One question put to each value of a property. Case is ignored unless `caseSensitive`. */
export type Test =
  | {
      readonly operator: 'is' | 'isNot' | 'contains' | 'notContains' | 'startsWith' | 'endsWith';
      readonly value: string;
      readonly caseSensitive: boolean;
    }
  | { readonly operator: 'matches'; readonly pattern: Pattern }
  | { readonly operator: 'in'; readonly values: readonly string[]; readonly caseSensitive: boolean }
  | { readonly operator: 'inNetworks'; readonly networks: Networks }
  | { readonly operator: 'over' | 'under'; readonly value: number }
  | { readonly operator: 'exists'; readonly value: boolean };

export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly not: Condition }
  | { readonly property: Property; readonly tests: readonly Test[] };

/** What a condition sees: the message as it was received, and the recipient that is being routed. */
export interface RoutingSubject {
  readonly client: Client;
  readonly reversePath: Address | null;
  readonly recipient: Address;
  readonly header: HeaderFacts;
  readonly sizeBytes: number;
}
