import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LaneKey } from '../core/lane.ts';
import type { PaceLimit } from '../core/pace.ts';
import { Pace } from './pace.ts';
import type { KeptLedger } from './ports.ts';

const lane = 'a lane' as LaneKey;
const id = 'q1-1';
const one = { messages: 1, requests: 1, uploadBytes: 0 };
const perMinute: PaceLimit = {
  measure: 'messages',
  amount: 3,
  windowMs: 60_000,
  key: 'limits.messagesPerMinute',
};
const uploads: PaceLimit = {
  measure: 'uploadBytes',
  amount: 150,
  windowMs: 300_000,
  key: 'limits.uploadPer5Minutes',
};
const requests: PaceLimit = {
  measure: 'requests',
  amount: 10,
  windowMs: 600_000,
  key: 'limits.requestsPer10Minutes',
};

describe('Pace.take()', () => {
  test('lets pass what a limit allows, and names the time at which there is room', async () => {
    const pace = new Pace();
    const limits = [perMinute];
    for (const now of [0, 1_000, 2_000])
      expect(await pace.take(lane, one, { limits, now, id })).toBe(undefined);
    expect(await pace.take(lane, one, { limits, now: 3_000, id })).toEqual({
      roomAt: 61_000,
      limit: perMinute,
      isAlone: false,
    });
    expect(await pace.take(lane, one, { limits, now: 60_999, id })).toBeDefined();
    expect(await pace.take(lane, one, { limits, now: 61_000, id })).toBe(undefined);
  });

  test('counts each lane by itself', async () => {
    const pace = new Pace();
    const limits = [{ ...perMinute, amount: 1 }];
    expect(await pace.take(lane, one, { limits, now: 0, id })).toBe(undefined);
    expect(await pace.take('another' as LaneKey, one, { limits, now: 0, id })).toBe(undefined);
    expect(await pace.take(lane, one, { limits, now: 0, id })).toBeDefined();
  });

  test('names the limit that has room last, and counts nothing of what must wait', async () => {
    const pace = new Pace();
    const limits = [{ ...perMinute, amount: 1 }, uploads];
    await pace.take(lane, { ...one, uploadBytes: 100 }, { limits, now: 0, id });
    for (let repeat = 0; repeat < 5; repeat++) {
      const over = await pace.take(lane, { ...one, uploadBytes: 60 }, { limits, now: 1, id });
      expect(over?.limit).toBe(uploads);
    }
    expect(await pace.take(lane, one, { limits, now: 61_000, id })).toBe(undefined);
    expect(await pace.take(lane, { ...one, uploadBytes: 50 }, { limits, now: 122_000, id })).toBe(
      undefined,
    );
  });

  test('lets a send pass alone that is larger than the limit', async () => {
    const pace = new Pace();
    const limits = [uploads];
    expect(await pace.take(lane, { ...one, uploadBytes: 400 }, { limits, now: 0, id })).toBe(
      undefined,
    );
    expect(await pace.take(lane, { ...one, uploadBytes: 1 }, { limits, now: 1, id })).toBeDefined();
  });

  test('keeps the room for the upload that waits first, and lets small messages pass', async () => {
    const pace = new Pace();
    const limits = [{ ...perMinute, amount: 100 }, uploads];
    const scan = { ...one, uploadBytes: 5 };
    const large = { ...one, uploadBytes: 140 };
    let now = 0;
    let largeAt = 600_000;
    let scans = 0;
    for (let isSent = false; !isSent; now += 60_000) {
      expect(now).toBeLessThan(1_000_000);
      if (!(await pace.take(lane, scan, { limits, now, id: `scan ${now}` }))) scans += 1;
      if (now < largeAt) continue;
      const over = await pace.take(lane, large, { limits, now, id: 'large' });
      largeAt = over?.roomAt ?? now;
      isSent = over === undefined;
      expect(await pace.take(lane, one, { limits, now, id: 'small' })).toBeUndefined();
    }
    expect(scans).toBe(11);
    expect(await pace.take(lane, scan, { limits, now, id: 'a scan' })).toBeUndefined();
  });

  test('lets small uploads go past a large one, until it has waited for a whole window', async () => {
    const pace = new Pace();
    const limits = [uploads];
    const small = { ...one, uploadBytes: 1 };
    const large = { ...one, uploadBytes: 149 };
    let isSent = false;
    let largeAt = 0;
    let passed = 0;
    // One a second is more than ever leaves room for the large one.
    for (let now = 0; now < 1_200_000; now += 1_000) {
      const id = `small ${now}`;
      if (!isSent && now >= 20_000 && now >= largeAt) {
        const over = await pace.take(lane, large, { limits, now, id: 'large' });
        largeAt = over?.roomAt ?? 0;
        isSent = over === undefined;
      }
      if (!(await pace.take(lane, small, { limits, now, id })) && !isSent) passed += 1;
    }
    expect(isSent).toBe(true);
    expect(passed).toBeGreaterThan(140);
  });

  test('keeps room no longer than a minute for an upload that never comes back', async () => {
    const pace = new Pace();
    const limits = [uploads];
    const large = { ...one, uploadBytes: 140 };
    const scan = { ...one, uploadBytes: 50 };
    await pace.take(lane, { ...one, uploadBytes: 100 }, { limits, now: 0, id });
    expect((await pace.take(lane, large, { limits, now: 0, id: 'large' }))?.roomAt).toBe(305_000);
    expect((await pace.take(lane, scan, { limits, now: 0, id }))?.roomAt).toBe(306_000);
    expect((await pace.take(lane, scan, { limits, now: 364_999, id }))?.roomAt).toBe(365_999);
    expect(await pace.take(lane, scan, { limits, now: 365_000, id })).toBeUndefined();
  });

  test('keeps none when the upload has gone that waited', async () => {
    const pace = new Pace();
    const limits = [uploads];
    const large = { ...one, uploadBytes: 140 };
    await pace.take(lane, { ...one, uploadBytes: 100 }, { limits, now: 0, id });
    expect((await pace.take(lane, large, { limits, now: 0, id: 'large' }))?.roomAt).toBe(305_000);
    expect(await pace.take(lane, large, { limits, now: 305_000, id: 'large' })).toBeUndefined();
    const scan = { ...one, uploadBytes: 5 };
    expect(await pace.take(lane, scan, { limits, now: 305_000, id })).toBeUndefined();
  });

  test('keeps none for an upload that gives up', async () => {
    const pace = new Pace();
    const limits = [uploads];
    await pace.take(lane, { ...one, uploadBytes: 100 }, { limits, now: 0, id });
    await pace.take(lane, { ...one, uploadBytes: 140 }, { limits, now: 0, id: 'large' });
    await pace.giveUp(lane, { id: 'another', now: 0 });
    expect(
      await pace.take(lane, { ...one, uploadBytes: 50 }, { limits, now: 0, id }),
    ).toBeDefined();
    await pace.giveUp(lane, { id: 'large', now: 0 });
    expect(
      await pace.take(lane, { ...one, uploadBytes: 50 }, { limits, now: 0, id }),
    ).toBeUndefined();
  });

  test('forgets what a clock counted that was ahead, and keeps no room for it', async () => {
    const pace = new Pace();
    const dayMs = 86_400_000;
    const limits = [{ ...perMinute, amount: 1 }, uploads];
    const large = { ...one, uploadBytes: 140 };
    expect(await pace.take(lane, large, { limits, now: dayMs, id: 'sent' })).toBeUndefined();
    expect(await pace.take(lane, large, { limits, now: dayMs, id: 'waits' })).toBeDefined();
    expect(await pace.take(lane, large, { limits, now: 0, id })).toBeUndefined();
  });

  test('never lets more than a limit pass in any window, and wastes little of it', async () => {
    const steps = fc.array(fc.nat(4_000), { minLength: 50, maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 20 }), async (waits, amount) => {
        const pace = new Pace();
        const limits = [{ ...perMinute, amount }];
        const passed: number[] = [];
        let now = 1_000_000;
        for (const wait of waits) {
          now += wait;
          if ((await pace.take(lane, one, { limits, now, id })) === undefined) passed.push(now);
        }
        passed.forEach((at, index) => {
          const inWindow = passed.slice(index).filter((other) => other < at + 60_000);
          expect(inWindow.length).toBeLessThanOrEqual(amount);
        });
        // A slot of a second at the end of the window is all that is wasted.
        const windows = Math.floor((now - 1_000_000) / 61_000);
        const isBusy = waits.every((wait) => wait < 61_000 / amount / 2);
        const expected = isBusy ? Math.min(windows * amount, waits.length) : 1;
        expect(passed.length).toBeGreaterThanOrEqual(expected);
      }),
    );
  });
});

/** The ledgers as a store keeps them, for several processes and starts. */
class SharedLedgers {
  readonly ledgers = new Map<LaneKey, KeptLedger>();
  readonly faults: unknown[] = [];
  writes = 0;
  isAway = false;

  readonly events = { fault: ({ error }: { readonly error: unknown }) => this.faults.push(error) };
  readonly store = {
    writeLedgers: async (given: readonly KeptLedger[]): Promise<readonly KeptLedger[]> => {
      // As long as a statement takes: others run meanwhile.
      await Promise.resolve();
      if (this.isAway) throw new Error('away');
      this.writes += 1;
      return given.flatMap((each) => this.#write(each));
    },
  };

  #write(given: KeptLedger): KeptLedger[] {
    const kept = this.ledgers.get(given.lane);
    if (kept && kept.version !== given.version) return [kept];
    // Through JSON, as a store does.
    const written = structuredClone({ ...given, version: given.version + 1 });
    this.ledgers.set(given.lane, written);
    return [];
  }
}

function createReplica(shared: SharedLedgers): Pace {
  const { store, events } = shared;
  return new Pace({ store, events: { fault: (fault) => void events.fault(fault) } });
}

describe('Pace.settle()', () => {
  const limits = [uploads];
  const large = { ...one, uploadBytes: 140 };

  test('gives back what a send did not take, and counts the rest from its end on', async () => {
    const pace = new Pace();
    await pace.take(lane, large, { limits, now: 0, id });
    const used = { requests: 3, uploadBytes: 100 };
    await pace.settle(lane, { limits, now: 60_000, taken: large, takenAt: 0, used });
    const scan = { ...one, uploadBytes: 50 };
    expect(await pace.take(lane, scan, { limits, now: 60_000, id })).toBeUndefined();
    expect(await pace.take(lane, scan, { limits, now: 305_000, id })).toMatchObject({
      roomAt: 365_000,
    });
  });

  test('counts what a send took beyond what was thought', async () => {
    const pace = new Pace();
    await pace.take(lane, one, { limits: [requests], now: 0, id });
    const used = { requests: 9, uploadBytes: 0 };
    await pace.settle(lane, { limits: [requests], now: 0, taken: one, takenAt: 0, used });
    expect(await pace.take(lane, one, { limits: [requests], now: 0, id })).toBeUndefined();
    expect(await pace.take(lane, one, { limits: [requests], now: 0, id })).toBeDefined();
  });
});

describe('Pace of several processes', () => {
  const limits: readonly PaceLimit[] = [
    { measure: 'requests', amount: 1_000, windowMs: 600_000, key: 'limits.requestsPer10Minutes' },
    uploads,
  ];

  test('together let no more pass than the limit', async () => {
    const shared = new SharedLedgers();
    const replicas = [createReplica(shared), createReplica(shared), createReplica(shared)];
    const takes = replicas.flatMap((pace) =>
      Array.from({ length: 500 }, () => pace.take(lane, one, { limits, now: 0, id })),
    );
    const overs = await Promise.all(takes);
    const passed = overs.filter((over) => over === undefined).length;
    expect(passed).toBeLessThanOrEqual(1_000);
    // Each may hold a hundredth that it has not used yet.
    expect(passed).toBeGreaterThanOrEqual(970);
    expect(shared.faults).toEqual([]);
  });

  test('write for a few of many messages', async () => {
    const shared = new SharedLedgers();
    const pace = createReplica(shared);
    for (let sent = 0; sent < 500; sent++)
      expect(await pace.take(lane, one, { limits, now: sent, id })).toBeUndefined();
    expect(shared.writes).toBeLessThan(60);
  });

  test('a restart forgets nothing of what was used, not even of a process that was killed', async () => {
    const shared = new SharedLedgers();
    for (let start = 0; start < 10; start++) {
      const pace = createReplica(shared);
      for (let sent = 0; sent < 50; sent++)
        expect(await pace.take(lane, one, { limits, now: start, id })).toBeUndefined();
    }
    const rest = createReplica(shared);
    let more = 0;
    while (!(await rest.take(lane, one, { limits, now: 100, id }))) more += 1;
    expect(more).toBeLessThanOrEqual(500);
    // What the killed ones had taken ahead counts as used.
    expect(more).toBeGreaterThan(380);
  });

  test('keep the room for an upload that another process has waiting', async () => {
    const shared = new SharedLedgers();
    const [first, second] = [createReplica(shared), createReplica(shared)];
    const scan = { ...one, uploadBytes: 40 };
    await first.take(lane, { ...one, uploadBytes: 100 }, { limits, now: 0, id: 'sent' });
    const large = { ...one, uploadBytes: 140 };
    expect(await first.take(lane, large, { limits, now: 1, id: 'large' })).toBeDefined();
    expect(await second.take(lane, scan, { limits, now: 2, id: 'scan' })).toMatchObject({
      roomAt: 306_000,
    });
    expect(await second.take(lane, one, { limits, now: 2, id: 'small' })).toBeUndefined();
  });

  test('put mail off by a second while the store is away, and say so once', async () => {
    const shared = new SharedLedgers();
    const pace = createReplica(shared);
    shared.isAway = true;
    const waiting = pace.take(lane, one, { limits, now: 5, id });
    expect(await waiting).toMatchObject({ roomAt: 1_005 });
    expect(shared.faults).toHaveLength(1);
    shared.isAway = false;
    expect(await pace.take(lane, one, { limits, now: 1_005, id })).toBeUndefined();
  });

  test('give back what was taken ahead and not used', async () => {
    const shared = new SharedLedgers();
    const pace = createReplica(shared);
    for (let slot = 0; slot < 30; slot++)
      await pace.take(lane, one, { limits, now: slot * 10_000, id });
    const counts = shared.ledgers.get(lane)?.ledger.counts['requests 600000'] ?? [];
    const total = counts.reduce((sum, [, amount]) => sum + amount, 0);
    expect(total).toBeLessThan(30 + 11);
  });

  test('never pass a limit in any window, whoever asks when', async () => {
    const step = fc.record({
      waitMs: fc.nat(4_000),
      replica: fc.nat(2),
      upload: fc.constantFrom(0, 1, 1, 20),
      isRestart: fc.constantFrom(false, false, false, false, true),
    });
    const amounts = fc.record({ messages: fc.integer({ min: 1, max: 400 }), upload: fc.nat(200) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 300 }), amounts, async (steps, amount) => {
        const shared = new SharedLedgers();
        const replicas = [0, 1, 2].map(() => createReplica(shared));
        const perWindow = [
          { ...perMinute, amount: amount.messages },
          { ...uploads, windowMs: 60_000, amount: amount.upload },
        ];
        const passed: { at: number; messages: number; uploadBytes: number }[] = [];
        const asked: Promise<void>[] = [];
        let now = 1_000_000;
        for (const [index, { waitMs, replica, upload, isRestart }] of steps.entries()) {
          // Some at the same moment, so that they write against each other.
          now += waitMs < 2_000 ? 0 : waitMs;
          if (waitMs >= 2_000) await Promise.all(asked);
          if (isRestart) replicas[replica] = createReplica(shared);
          const use = { ...one, uploadBytes: upload };
          const at = now;
          const taking = replicas[replica]?.take(lane, use, {
            limits: perWindow,
            now,
            id: `${index}`,
          });
          asked.push(
            Promise.resolve(taking).then((over) => {
              if (!over) passed.push({ at, messages: 1, uploadBytes: upload });
            }),
          );
        }
        await Promise.all(asked);
        for (const { at } of passed) {
          const inWindow = passed.filter((other) => other.at >= at && other.at < at + 60_000);
          const messages = inWindow.length;
          const bytes = inWindow.reduce((sum, { uploadBytes }) => sum + uploadBytes, 0);
          expect(messages).toBeLessThanOrEqual(amount.messages);
          expect(bytes).toBeLessThanOrEqual(Math.max(amount.upload, 20));
        }
      }),
      { numRuns: 60 },
    );
  });
});
