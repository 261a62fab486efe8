import { expect, test } from 'vitest';
import { createWorld, now } from '../../test/support/deliveries.ts';
import type { DeliverParts } from './deliver.ts';
import type { Store } from './ports.ts';
import { Runner } from './runner.ts';

test('Runner rests where nothing is to leave, though something is due', async () => {
  const { parts } = createWorld([]);
  const waitsMs: number[] = [];
  const rested = Promise.withResolvers<void>();
  const store: Pick<Store, 'nextDueAt'> = { nextDueAt: async () => now };
  const held: DeliverParts = {
    ...parts,
    // A runner that is to send nothing needs no more of the store than this.
    store: store as Store,
    policy: () => ({ ...parts.policy(), sending: 'hold' }),
    clock: {
      now: () => now,
      async wait(delayMs, { signal }) {
        // Renewal waits for a third of the lease.
        if (delayMs !== 20_000) waitsMs.push(delayMs);
        if (waitsMs.length > 0) rested.resolve();
        if (!signal.aborted)
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    },
  };
  const runner = new Runner(held, { maxInFlight: 4, leaseMs: 60_000 });
  runner.start();
  await rested.promise;
  await runner.stop({ graceMs: 0 });
  expect(waitsMs[0]).toBe(5_000);
});
