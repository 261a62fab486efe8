import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import type { ContentReading } from '../relay/ports.ts';
import { ThreadedContentReader } from './content-reader.ts';

const neverMs = 60_000;
const reader = new ThreadedContentReader({
  deadlineMs: neverMs,
  fault: (error) => {
    throw error;
  },
});

afterAll(async () => {
  await reader[Symbol.asyncDispose]();
});

const message = 'Subject: x\r\n\r\nHello';

async function give(reading: ContentReading, text: string, pieceLength = 5): Promise<void> {
  const room = new Uint8Array(pieceLength);
  for (let start = 0; start < text.length; start += pieceLength) {
    const { written } = new TextEncoder().encodeInto(text.slice(start, start + pieceLength), room);
    await reading.write(room.subarray(0, written));
    // The caller uses its buffer again.
    room.fill(33);
  }
}

describe('ThreadedContentReader', () => {
  test('reads a message', async () => {
    const reading = reader.open();
    await give(reading, message);
    expect(await reading.end()).toEqual({ texts: ['Hello'], attachments: [] });
    reading.discard();
  });

  test('keeps messages apart that arrive at the same time', async () => {
    const numbers = Array.from({ length: 20 }, (_, number) => number);
    const facts = await Promise.all(
      numbers.map(async (number) => {
        const reading = reader.open();
        await give(reading, `${message} ${number}`, number + 1);
        return await reading.end();
      }),
    );
    expect(facts).toEqual(
      numbers.map((number) => ({ texts: [`Hello ${number}`], attachments: [] })),
    );
  });

  test('says that a message cannot be parsed', async () => {
    const reading = reader.open();
    await give(reading, 'Content-Type: multipart/mixed\r\n\r\nx');
    expect(await reading.end()).toMatchObject({
      kind: 'failed',
      status: '5.6.0',
      reply: 'Message content cannot be parsed',
    });
  });

  test('forgets what is discarded', async () => {
    const reading = reader.open();
    await give(reading, message);
    reading.discard();
    const next = reader.open();
    await give(next, message);
    expect(await next.end()).toEqual({ texts: ['Hello'], attachments: [] });
  });

  test('copes with a message of nothing', async () => {
    const reading = reader.open();
    await reading.write(new Uint8Array(0));
    expect(await reading.end()).toEqual({ texts: [], attachments: [] });
  });
});

/** A reader whose first thread runs that code, and whose later ones are sound. */
function createReader(code: string, deadlineMs: number) {
  const errors: unknown[] = [];
  const entry = new URL('./content-thread.ts', import.meta.url);
  let threads = 0;
  const own = new ThreadedContentReader({
    deadlineMs,
    fault: (error) => errors.push(error),
    createThread: () => (threads++ === 0 ? new Worker(code, { eval: true }) : new Worker(entry)),
  });
  return { own, errors };
}

describe('a thread that', () => {
  test.each([
    ['hangs', 'require("worker_threads").parentPort.on("message", () => {})', 20],
    ['spins', 'require("worker_threads").parentPort.on("message", () => { for (;;); })', 20],
    ['throws', 'throw new Error("x")', neverMs],
    ['ends', 'process.exit(3)', neverMs],
  ])('%s costs the messages under way a deferral', async (_what, code, deadlineMs) => {
    const { own, errors } = createReader(code, deadlineMs);
    const underWay = [own.open(), own.open()];
    const answers = underWay.map(async (reading) => {
      await give(reading, message);
      return await reading.end();
    });
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatchObject({ kind: 'deferred', status: '4.3.0' });
    }
    expect(errors).toHaveLength(1);
    await own[Symbol.asyncDispose]();
  });
});

test('a new thread takes the place of one that has died', async () => {
  const { own, errors } = createReader('process.exit(3)', neverMs);
  const lost = own.open();
  await lost.write(new TextEncoder().encode(message));
  expect(await lost.end()).toMatchObject({ kind: 'deferred' });
  const reading = own.open();
  await give(reading, message);
  expect(await reading.end()).toEqual({ texts: ['Hello'], attachments: [] });
  expect(errors).toHaveLength(1);
  await own[Symbol.asyncDispose]();
});
