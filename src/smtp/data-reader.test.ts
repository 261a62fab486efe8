import { PassThrough } from 'node:stream';
import type { SMTPServerDataStream } from 'smtp-server';
import { describe, expect, test } from 'vitest';
import { ManualClock, readText } from '../../test/dialogs/intake.ts';
import { DataReader } from './data-reader.ts';
import type { Rejection } from './reply.ts';

interface Setup {
  readonly stream: SMTPServerDataStream;
  readonly reader: DataReader;
  readonly clock: ManualClock;
  readonly hangUps: readonly Rejection[];
}

/** At most 100 bytes; 10 bytes a second after 10 s; 60 s in all; 30 s for `accept`. */
function setUp(maxBytes = 100): Setup {
  const stream = Object.assign(new PassThrough(), { byteLength: 0, sizeExceeded: false });
  const clock = new ManualClock();
  const hangUps: Rejection[] = [];
  const reader = new DataReader(stream, {
    maxBytes,
    clock,
    pace: { graceMs: 10_000, minBytesPerSecond: 10, longestMs: 60_000, acceptTimeoutMs: 30_000 },
    hangUp: (rejection) => hangUps.push(rejection),
  });
  return { stream, reader, clock, hangUps };
}

function iterate(reader: DataReader): AsyncIterator<Uint8Array> {
  return reader[Symbol.asyncIterator]();
}

/** Lets time pass as the patrol sees it: second by second. */
function pass(seconds: number, { clock, reader }: Setup): void {
  for (let second = 0; second < seconds; second++) {
    clock.advance(1000);
    reader.checkPace(clock.now());
  }
}

/** Writes a piece and has `pieces` read it. */
async function feed(
  bytes: number,
  { stream }: Setup,
  pieces: AsyncIterator<Uint8Array>,
): Promise<void> {
  const next = pieces.next();
  stream.write('x'.repeat(bytes));
  await next;
}

describe('DataReader', () => {
  test('gives the message with its line ends made right', async () => {
    const { stream, reader } = setUp();
    stream.write('one\ntwo\r');
    stream.end('\nthree\r');
    expect(await readText(reader)).toBe('one\r\ntwo\r\nthree\r\n');
    expect(reader.refusal()).toBeUndefined();
    expect(reader.receivedBytes).toBe(15);
  });

  test('refuses what is larger than the limit once its line ends are right', async () => {
    const setup = setUp();
    await feed(60, setup, iterate(setup.reader));
    setup.stream.end('\n'.repeat(21));
    expect(await readText(setup.reader)).toBe('');
    expect(setup.reader.refusal()).toMatchObject({ status: '5.3.4', reason: 'tooLarge' });
    expect(setup.hangUps).toEqual([]);
  });

  test('takes exactly the limit', async () => {
    const { stream, reader } = setUp();
    stream.end('x'.repeat(100));
    expect(await readText(reader)).toHaveLength(100);
    expect(reader.refusal()).toBeUndefined();
  });

  test('cuts off a flood', async () => {
    const { stream, reader, hangUps } = setUp();
    stream.write('x'.repeat(100));
    stream.write('x'.repeat(11));
    await expect(readText(reader)).rejects.toThrow('larger than 100 bytes');
    expect(hangUps).toMatchObject([{ reply: { code: 552, status: '5.3.4' } }]);
    expect(reader).toMatchObject({ isBroken: true, wasCut: true });
    expect(stream.destroyed).toBe(true);
  });

  test('refuses a NUL, and passes nothing on after it', async () => {
    const setup = setUp();
    const pieces = iterate(setup.reader);
    await feed(1, setup, pieces);
    const end = pieces.next();
    setup.stream.write('tw\0o\r\n');
    setup.stream.end('three\r\n');
    expect(await end).toMatchObject({ done: true });
    expect(setup.reader.refusal()).toMatchObject({ status: '5.6.0', reason: 'content' });
  });

  test('throws when the client vanishes', async () => {
    const { stream, reader } = setUp();
    const reading = readText(reader);
    stream.write('half of');
    stream.destroy(new Error('Gone'));
    await expect(reading).rejects.toThrow('Gone');
    expect(reader).toMatchObject({ isBroken: true, wasCut: false });
  });

  test('throws when the client had vanished before anybody read', async () => {
    const { stream, reader } = setUp();
    const closed = new Promise((resolve) => stream.once('close', resolve));
    stream.write('half of');
    stream.destroy(new Error('Gone'));
    await closed;
    await expect(readText(reader)).rejects.toThrow('Gone');
    expect(reader.isBroken).toBe(true);
  });

  test('leaves the rest to be swallowed when its reader stops', async () => {
    const { stream, reader } = setUp();
    stream.write('one');
    for await (const piece of reader) {
      expect(Buffer.from(piece).toString()).toBe('one');
      break;
    }
    stream.end('two');
    await reader.swallow();
    expect(reader).toMatchObject({ isBroken: false, receivedBytes: 6 });
    expect(stream.readableEnded).toBe(true);
  });
});

describe('DataReader.checkPace()', () => {
  test('hangs up on a client that sends too little after its grace', async () => {
    const setup = setUp();
    const pieces = iterate(setup.reader);
    await feed(99, setup, pieces);
    const next = pieces.next();
    pass(9, setup);
    expect(setup.hangUps).toEqual([]);
    pass(1, setup);
    expect(setup.hangUps).toMatchObject([{ reply: { code: 421, status: '4.4.2' } }]);
    await expect(next).rejects.toThrow('too slowly');
  });

  test('asks the same of every later period, however much came before', async () => {
    const setup = setUp();
    const pieces = iterate(setup.reader);
    await feed(50, setup, pieces);
    const first = pieces.next();
    pass(5, setup);
    setup.stream.write('x'.repeat(50));
    await first;
    const second = pieces.next();
    pass(5, setup);
    expect(setup.hangUps).toEqual([]);
    pass(9, setup);
    expect(setup.hangUps).toEqual([]);
    pass(1, setup);
    expect(setup.hangUps).toHaveLength(1);
    await expect(second).rejects.toThrow('too slowly');
  });

  test('does not blame the client for the time that accept takes', async () => {
    const setup = setUp();
    const pieces = iterate(setup.reader);
    await feed(1, setup, pieces);
    pass(29, setup);
    const next = pieces.next();
    pass(9, setup);
    expect(setup.hangUps).toEqual([]);
    setup.stream.end();
    expect(await next).toMatchObject({ done: true });
  });

  test('hangs up on a client that takes too long in all, however fast it is', async () => {
    const setup = setUp(100_000);
    const pieces = iterate(setup.reader);
    for (let second = 0; second < 60; second++) {
      const next = pieces.next();
      pass(1, setup);
      setup.stream.write('x'.repeat(1000));
      await next;
    }
    expect(setup.hangUps).toEqual([]);
    const next = pieces.next();
    pass(1, setup);
    expect(setup.hangUps).toMatchObject([{ reply: { code: 421, status: '4.4.2' } }]);
    await expect(next).rejects.toThrow('too slowly');
  });

  test('gives up on accept, and refuses the message from then on', async () => {
    const setup = setUp();
    const pieces = iterate(setup.reader);
    await feed(1, setup, pieces);
    pass(30, setup);
    expect(setup.reader.refusal()).toBeUndefined();
    pass(1, setup);
    expect(await setup.reader.overdue).toBe('overdue');
    expect(setup.reader.refusal()).toMatchObject({ status: '4.4.5', reason: 'timeout' });
    await expect(pieces.next()).rejects.toThrow('given up');
  });

  test('gives up on accept after the end of the message, too', async () => {
    const setup = setUp();
    setup.stream.end('x');
    await readText(setup.reader);
    pass(31, setup);
    expect(await setup.reader.overdue).toBe('overdue');
    expect(setup.hangUps).toEqual([]);
  });
});
