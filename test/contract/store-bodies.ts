// The contract of a Store: the bytes of bodies come back as they went in, and nothing stays of those that were given up.
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { StoreError, type BodyWriter, type Store } from '../../src/relay/ports.ts';
import {
  claim,
  claimOne,
  collect,
  commit,
  outcomes,
  record,
  sampleBytes,
  sampleDelivery,
  sampleMessage,
} from './store-samples.ts';
import {
  countStraysAfterRestart,
  storeTest,
  withStore,
  type CreateStore,
} from './store-under-test.ts';

const chunkBytes = 262_144;

export function describeBodies(createStore: CreateStore): void {
  const it = storeTest(createStore);

  describe('bodies', () => {
    it.for([0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 2 * chunkBytes, 5_000_000])(
      'a body of %i bytes comes back the same, however it was cut, also after a restart',
      async (sizeBytes, { engine }) => {
        const bytes = sampleBytes(sizeBytes, sizeBytes);
        await withStore(engine.open(), async (store) => {
          await commitInPieces(store, { number: 1, bytes, cuts: [1, 3, 700, 70_000, chunkBytes] });
          await commitInPieces(store, { number: 2, bytes, cuts: [1_000_000] });
          expect((await store.figures()).bodyBytes).toBe(2 * sizeBytes);
          expect((await collect((await claimOne(store)).content.read())).equals(bytes)).toBe(true);
        });
        await withStore(engine.open(), async (store) => {
          for (const { content } of await claim(store)) {
            expect(content.sizeBytes).toBe(sizeBytes);
            expect((await collect(content.read())).equals(bytes)).toBe(true);
          }
        });
      },
    );

    it('any way of cutting a body gives the same body', async ({ store }) => {
      let number = 0;
      const sizes = fc.array(fc.integer({ min: 0, max: 200_000 }), { maxLength: 8 });
      await fc.assert(
        fc.asyncProperty(sizes, async (cuts) => {
          number += 1;
          const sizeBytes = cuts.reduce((sum, cut) => sum + cut, 0);
          const bytes = sampleBytes(sizeBytes, number);
          await commitInPieces(store, { number, bytes, cuts: [...cuts, 1] });
          const claimed = await claimOne(store);
          expect((await collect(claimed.content.read())).equals(bytes)).toBe(true);
          await record(store, { claim: claimed, outcome: outcomes.delivered });
        }),
        { numRuns: 30 },
      );
    });

    it('a range gives those bytes and no others', async ({ store }) => {
      const bytes = sampleBytes(600_000, 1);
      await commit(store, { number: 1, bytes });
      const { content } = await claimOne(store);
      const position = fc.integer({ min: 0, max: 600_100 });
      await fc.assert(
        fc.asyncProperty(position, position, async (start, end) => {
          const read = await collect(content.read({ start, end }));
          expect(read.equals(bytes.subarray(start, Math.max(start, end)))).toBe(true);
        }),
        { numRuns: 50 },
      );
      expect(await collect(content.read({ start: 599_999 }))).toHaveLength(1);
      expect(await collect(content.read({ end: 7 }))).toHaveLength(7);
    });

    it('write() keeps a copy: the piece can be used again', async ({ store }) => {
      const message = sampleMessage(1, { sizeBytes: 600_000 });
      const body = store.createBody(message.id);
      const piece = new Uint8Array(200_000);
      for (const fill of [1, 2, 3]) await body.write(piece.fill(fill));
      piece.fill(4);
      expect(body.sizeBytes).toBe(600_000);
      await store.commit(message, [sampleDelivery(message)], body);
      const read = await collect((await claimOne(store)).content.read());
      const expected = [1, 2, 3].map((fill) => Buffer.alloc(200_000, fill));
      expect(read.equals(Buffer.concat(expected))).toBe(true);
    });

    it('what has arrived can be read before it is committed, however much else arrives', async ({
      store,
    }) => {
      const numbers = Array.from({ length: 12 }, (_, index) => index + 1);
      const arriving = numbers.map(async (number) => {
        const bytes = sampleBytes(700_000, number);
        const body = store.createBody(sampleMessage(number).id);
        await body.write(bytes);
        expect((await collect(body.content().read())).equals(bytes)).toBe(true);
        await body.discard();
      });
      await Promise.all(arriving);
    });

    it('who stops in the middle may begin again', async ({ store }) => {
      const bytes = sampleBytes(5 * chunkBytes, 1);
      await commit(store, { number: 1, bytes });
      const { content } = await claimOne(store);
      for (const pieces of [1, 2, 3, 5]) {
        let left = pieces;
        for await (const _ of content.read()) if (--left === 0) break;
        expect((await collect(content.read({ start: 9 }))).equals(bytes.subarray(9))).toBe(true);
      }
    });

    it('many large bodies at once come back unmixed', async ({ store }) => {
      const numbers = Array.from({ length: 12 }, (_, index) => index + 1);
      await Promise.all(
        numbers.map((number) =>
          commitInPieces(store, { number, bytes: sampleBytes(1_500_000, number), cuts: [65_536] }),
        ),
      );
      for (let left = numbers.length; left > 0; left--) {
        const claimed = await claimOne(store);
        const number = numbers.find((each) => sampleMessage(each).id === claimed.message.id) ?? 0;
        const read = await collect(claimed.content.read());
        expect(read.equals(sampleBytes(1_500_000, number))).toBe(true);
        await record(store, { claim: claimed, outcome: outcomes.delivered });
      }
    });
  });

  describe('a body that is not committed', () => {
    it.for([0, 100, 300_000, 2_000_000])(
      'leaves nothing after discard(), with %i bytes written',
      async (sizeBytes, { engine }) => {
        await withStore(engine.open(), async (store) => {
          const body = store.createBody('given-up');
          await body.write(sampleBytes(sizeBytes, 1));
          await body.discard();
          await body.discard();
          await expectNothing(store);
        });
        expect(await engine.countStrayBodies()).toBe(0);
      },
    );

    it('leaves nothing after a restart', async ({ engine }) => {
      await withStore(engine.open(), async (store) => {
        const body = store.createBody('forgotten');
        await body.write(sampleBytes(2_000_000, 1));
      });
      await withStore(engine.open(), expectNothing);
      expect(await countStraysAfterRestart(engine)).toBe(0);
    });

    it('takes no more bytes once it was discarded, and cannot be committed', async ({ store }) => {
      const message = sampleMessage(1);
      const body = store.createBody(message.id);
      await body.discard();
      await expect(body.write(sampleBytes(1, 1))).rejects.toThrow(StoreError);
      await expect(store.commit(message, [sampleDelivery(message)], body)).rejects.toThrow(
        StoreError,
      );
      await expectNothing(store);
    });

    it('discard() during a write gives the body up', async ({ engine }) => {
      await withStore(engine.open(), async (store) => {
        const body = store.createBody('cut-off');
        const written = body.write(sampleBytes(8_000_000, 1)).catch((error: unknown) => error);
        await body.discard();
        expect(await written).toBeInstanceOf(StoreError);
        await expectNothing(store);
      });
      expect(await countStraysAfterRestart(engine)).toBe(0);
    });

    it('a commit that fails leaves nothing of it', async ({ engine }) => {
      await withStore(engine.open(), async (store) => {
        await commit(store, { number: 1 });
        const again = commit(store, { number: 1, bytes: sampleBytes(900_000, 2) });
        await expect(again).rejects.toThrow(StoreError);
        expect(await store.figures()).toMatchObject({ deliveries: { ready: 1 }, bodyBytes: 500 });
      });
      expect(await engine.countStrayBodies()).toBe(0);
    });
  });

  describe('a body that was committed', () => {
    it('discard() does nothing to it, also while the commit is under way', async ({ store }) => {
      const bytes = sampleBytes(700_000, 1);
      const message = sampleMessage(1, { sizeBytes: bytes.length });
      const body = store.createBody(message.id);
      await body.write(bytes);
      const committed = store.commit(message, [sampleDelivery(message)], body);
      await body.discard();
      await committed;
      await body.discard();
      const { content } = await claimOne(store);
      expect((await collect(content.read())).equals(bytes)).toBe(true);
    });

    it('cannot be committed again', async ({ store }) => {
      const message = sampleMessage(1);
      const body: BodyWriter = store.createBody(message.id);
      await store.commit(message, [sampleDelivery(message)], body);
      const other = sampleMessage(2);
      const again = store.commit(other, [sampleDelivery(other)], body);
      await expect(again).rejects.toThrow(StoreError);
      expect((await store.figures()).deliveries.ready).toBe(1);
    });

    it('goes when all deliveries of its message are delivered', async ({ engine }) => {
      await withStore(engine.open(), async (store) => {
        const bytes = sampleBytes(3_000_000, 1);
        await commit(store, { number: 1, bytes, deliveries: [{}, {}] });
        const [first, second] = await claim(store);
        if (!first || !second) throw new Error('Two deliveries were expected');
        await record(store, { claim: first, outcome: outcomes.delivered });
        expect((await collect(second.content.read())).equals(bytes)).toBe(true);
        await record(store, { claim: second, outcome: outcomes.delivered });
        await expect(collect(second.content.read())).rejects.toMatchObject({ fault: 'corrupt' });
      });
      expect(await countStraysAfterRestart(engine)).toBe(0);
    });
  });
}

/** Commits a message whose body is written in pieces of these sizes, again and again from the first. */
async function commitInPieces(
  store: Store,
  options: {
    readonly number: number;
    readonly bytes: Uint8Array;
    readonly cuts: readonly number[];
  },
): Promise<void> {
  const { number, bytes, cuts } = options;
  const message = sampleMessage(number, { sizeBytes: bytes.length });
  const body = store.createBody(message.id);
  let position = 0;
  for (let index = 0; position < bytes.length; index++) {
    const end = position + (cuts[index % cuts.length] ?? 1);
    await body.write(bytes.subarray(position, end));
    position = end;
  }
  expect(body.sizeBytes).toBe(bytes.length);
  await store.commit(message, [sampleDelivery(message)], body);
}

async function expectNothing(store: Store): Promise<void> {
  expect(await store.list({ limit: 1 })).toEqual({ deliveries: [] });
  expect(await claim(store)).toEqual([]);
  expect(await store.figures()).toMatchObject({ bodyBytes: 0, deliveries: { ready: 0 } });
}
