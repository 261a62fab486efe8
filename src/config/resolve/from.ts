// `from` blocks.
import type { FromBlock } from '../../core/originator.ts';
import type { FromContent } from '../schema/from.ts';

export function toFromBlock({ force, address, name, defaults, replyTo }: FromContent): FromBlock {
  return {
    force,
    ...(address !== undefined && { address }),
    ...(name !== undefined && { name }),
    defaults,
    replyTo,
  };
}
