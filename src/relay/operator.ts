// What people do with the queue: each action goes to the store, and what is due then is attempted at once.
import type { Accept, Operator, QueueAction, Store } from './ports.ts';
import { rerouteAll, type RerouteParts } from './reroute.ts';
import { resend } from './resend.ts';

export interface OperatorParts extends RerouteParts {
  readonly store: Pick<Store, 'list' | 'find' | 'replace' | 'act'>;
  /** As for a client. */
  readonly accept: Accept;
  /** Called when deliveries may have become due. */
  readonly onDue: () => void;
}

export function createOperator(parts: OperatorParts): Operator {
  const { store, clock, onDue } = parts;
  return {
    async act(kind, filter) {
      const deliveries = await store.act(toAction(kind, clock.now()), filter);
      if (deliveries > 0) onDue();
      return deliveries;
    },
    async reroute(filter, options) {
      try {
        return await rerouteAll(filter, options, parts);
      } finally {
        if (!options.dryRun) onDue();
      }
    },
    async resend(messageId, forwardPaths) {
      const record = await store.find(messageId);
      return record && (await resend(record, forwardPaths, parts));
    },
  };
}

function toAction(kind: QueueAction['kind'], now: number): QueueAction {
  return kind === 'retry' || kind === 'release' ? { kind, now } : { kind };
}
