// The store of a gateway that keeps nothing: all its listeners are direct.
import { StoreError, type BodyWriter, type Store } from './ports.ts';

/** It is empty, and stays so. */
export function createNoStore(): Store {
  return {
    createBody: () => noBody,
    commit: keepsNothing,
    claim: async () => [],
    renew: async () => false,
    record: async () => false,
    nextDueAt: async () => undefined,
    figures: async () => ({ deliveries: none, bodyBytes: 0 }),
    list: async () => ({ deliveries: [] }),
    find: async () => undefined,
    act: async () => 0,
    replace: async () => false,
    lanes: async () => [],
    bodyDigestsOf: async () => [],
    dueReports: async () => [],
    dismissReport: async () => undefined,
    writeLedgers: async () => [],
    breakers: async () => new Map(),
    saveBreaker: async () => undefined,
    backup: keepsNothing,
    sweep: async () => 0,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const none = { ready: 0, sending: 0, unsure: 0, deferred: 0, held: 0, failed: 0, delivered: 0 };

async function keepsNothing(): Promise<never> {
  throw new StoreError('away', 'This gateway has no queue: all its listeners are direct');
}

const noBody: BodyWriter = {
  sizeBytes: 0,
  write: keepsNothing,
  content: () => ({ sizeBytes: 0, read: () => noBytes() }),
  discard: async () => undefined,
};

async function* noBytes(): AsyncGenerator<Uint8Array> {
  await keepsNothing();
  yield new Uint8Array(0);
}
