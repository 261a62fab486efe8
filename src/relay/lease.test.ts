import { describe, expect, test } from 'vitest';
import { sampleDelivery, sampleMessage, start } from '../../test/contract/store-samples.ts';
import { renewLease, type Held } from './lease.ts';
import { StoreError, type Claim } from './ports.ts';

const leaseMs = 60_000;

function createHeld(): Held {
  const message = sampleMessage(1);
  const delivery = {
    ...sampleDelivery(message),
    state: 'sending' as const,
    attempts: 1,
    agesFrom: start,
    lookUps: 0,
  };
  const content = { sizeBytes: 0, async *read() {} };
  const claim: Claim = { delivery, message, content, fence: 1, mayHaveBeenSent: false };
  return { claim, cut: new AbortController(), leaseUntil: start + leaseMs };
}

/** Renews at `start + afterMs`, with a store that does `renew`. The faults that were told. */
async function renewAt(afterMs: number, held: Held, renew: () => Promise<boolean>) {
  const faults: unknown[] = [];
  await renewLease(held, {
    store: { renew },
    clock: { now: () => start + afterMs },
    events: { fault: ({ error }) => void faults.push(error) },
    leaseMs,
  });
  return faults;
}

const away = () => Promise.reject(new StoreError('away', 'No connection'));

describe('renewLease()', () => {
  test('prolongs the lease from now on', async () => {
    const held = createHeld();
    expect(await renewAt(20_000, held, () => Promise.resolve(true))).toEqual([]);
    expect(held.leaseUntil).toBe(start + 80_000);
    expect(held.cut.signal.aborted).toBe(false);
  });

  test('stops an attempt that others have taken over', async () => {
    const held = createHeld();
    await renewAt(20_000, held, () => Promise.resolve(false));
    expect(held.cut.signal.aborted).toBe(true);
  });

  test('while the store is away, goes on as long as the next renewal is still in time, and tells', async () => {
    const held = createHeld();
    expect(await renewAt(20_000, held, away)).toHaveLength(1);
    expect(held.cut.signal.aborted).toBe(false);
    await renewAt(40_000, held, away);
    expect(held.cut.signal.aborted).toBe(true);
  });
});
