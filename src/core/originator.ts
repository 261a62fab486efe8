// Who a message is from: the rules of From forcing (docs/routing.md, "From").
import type { Address, AddressPattern } from './address.ts';
import type { HeaderEdit } from './header-edit.ts';
import type { HeaderFacts } from './message.ts';

/** A `from` block of the configuration. The narrowest whole block wins: route, then connection, then top. */
export interface FromBlock {
  readonly force: 'always' | 'default' | 'never';
  /** Present unless `force` is `never`. */
  readonly address?: Address;
  readonly name?: string;
  /** Addresses that `default` replaces, beside missing ones and those without a full domain. */
  readonly defaults: readonly AddressPattern[];
  readonly replyTo: 'original' | 'never';
}

export interface OriginatorPlan {
  /** The From address that the message leaves with; absent when it has none that can be used. */
  readonly address?: Address;
  readonly replaced: boolean;
  readonly edits: readonly HeaderEdit[];
}

/** What `planOriginator` looks at besides the block. */
export interface OriginatorSource {
  readonly header: HeaderFacts;
  /** The original had no From: what stands there was added at acceptance. */
  readonly fromWasMissing: boolean;
}
