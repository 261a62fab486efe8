import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BodyMemory } from './body-memory.ts';
import type { BodyFile, BodyFolder, Content } from './ports.ts';

/** Files in memory. */
class TestFolder implements BodyFolder {
  files = 0;

  async create(): Promise<BodyFile> {
    this.files += 1;
    let bytes = new Uint8Array(0);
    return {
      write: async (piece) => {
        bytes = new Uint8Array([...bytes, ...piece]);
      },
      async *read({ start, end }) {
        yield bytes.subarray(start, end);
      },
      remove: async () => {
        this.files -= 1;
      },
    };
  }
}

async function readAll(content: Content, range?: { start: number; end: number }) {
  const pieces: Uint8Array[] = [];
  for await (const piece of content.read(range)) pieces.push(piece.slice());
  return Buffer.concat(pieces);
}

describe('BodyMemory', () => {
  test('gives back every range of what was written, wherever it lies', async () => {
    const bytes = fc.uint8Array({ maxLength: 3_000 });
    const pieces = fc.array(bytes, { maxLength: 8 });
    const sizes = fc.tuple(fc.nat({ max: 12_000 }), fc.nat({ max: 20_000 }), fc.nat());
    await fc.assert(
      fc.asyncProperty(pieces, sizes, async (written, [maxBytes, first, second]) => {
        const folder = new TestFolder();
        const body = new BodyMemory({ maxBytes, folder }).createBody();
        for (const piece of written) await body.write(piece);
        const whole = Buffer.concat(written);
        const [start = 0, end = 0] = [first, second]
          .map((number) => number % (whole.length + 1))
          .sort((one, other) => one - other);
        const content = body.content();
        expect(content.sizeBytes).toBe(whole.length);
        expect(await readAll(content)).toEqual(whole);
        expect(await readAll(content, { start, end })).toEqual(whole.subarray(start, end));
        await body.discard();
        expect(folder.files).toBe(0);
      }),
    );
  });

  test('is full for all bodies together, and has room again when one is discarded', async () => {
    const memory = new BodyMemory({ maxBytes: 10_000 });
    const [one, other] = [memory.createBody(), memory.createBody()];
    await one.write(new Uint8Array(6_000));
    expect(memory.refusal()).toBeUndefined();
    await expect(other.write(new Uint8Array(5_000))).rejects.toMatchObject({ fault: 'full' });
    expect(memory.refusal()).toMatchObject({ status: '4.3.1' });
    await other.discard();
    await one.discard();
    await one.discard();
    const third = memory.createBody();
    await third.write(new Uint8Array(10_000));
    expect((await readAll(third.content())).length).toBe(10_000);
  });

  test('refuses nothing beforehand where a folder takes the rest', async () => {
    const memory = new BodyMemory({ maxBytes: 100, folder: new TestFolder() });
    await memory.createBody().write(new Uint8Array(200));
    expect(memory.refusal()).toBeUndefined();
  });

  test('does not give back half a body that was discarded', async () => {
    const body = new BodyMemory({ maxBytes: 10_000 }).createBody();
    await body.write(new Uint8Array(200));
    const content = body.content();
    await body.discard();
    await expect(readAll(content)).rejects.toThrow('discarded');
  });
});
