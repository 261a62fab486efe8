import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { SMTPStream } from 'smtp-server/lib/smtp-stream';
import { expect, test } from 'vitest';
import { passPlainData } from './plain-data.ts';

/** What comes out of a parser in data mode: the content, how many bytes it counted, and the command after it. */
async function parse(pieces: readonly Buffer[], prepare: (parser: SMTPStream) => void) {
  const parser = new SMTPStream();
  const commands: string[] = [];
  parser.oncommand = (command, callback) => {
    commands.push(command.toString('latin1'));
    callback?.();
  };
  prepare(parser);
  const data = parser.startDataMode();
  const content: Buffer[] = [];
  data.on('data', (piece: Buffer) => content.push(piece));
  data.on('end', () => parser.continue());
  for (const piece of pieces) parser.write(piece);
  parser.end();
  await once(parser, 'finish');
  return { content: Buffer.concat(content).toString('latin1'), bytes: parser.dataBytes, commands };
}

const long = 'x'.repeat(1_500);

test('passPlainData() takes nothing out, and leaves nothing in, that the library would not', async () => {
  const text = fc.constantFrom(
    '\r\n',
    '.',
    '\r\n.\r\n',
    '\r\n..',
    `\r\n..${long}`,
    '\n.',
    '\r',
    'a',
    long,
  );
  const starts = fc.constantFrom(
    'Subject: x\r\n\r\n',
    `..${long}`,
    `.${long}`,
    '..\r\n',
    `\n..${long}`,
    `\r\n..${long}`,
  );
  const texts = fc.array(text, { maxLength: 12 });
  const cuts = fc.array(fc.nat(6_000), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(starts, texts, cuts, async (start, parts, places) => {
      const whole = Buffer.from(`${start}${parts.join('')}\r\n.\r\nQUIT\r\n`);
      const ends = [...places.filter((at) => at < whole.length), whole.length];
      const pieces = ends
        .toSorted((one, other) => one - other)
        .map((end, at, all) => whole.subarray(all[at - 1] ?? 0, end))
        .filter(({ length }) => length > 0);
      const ours = await parse(pieces, passPlainData);
      expect(ours).toEqual(await parse(pieces, () => undefined));
      expect(ours.commands).toContain('QUIT');
    }),
    { numRuns: 1_000 },
  );
});

test('passPlainData() waits for whoever reads the content', async () => {
  const parser = new SMTPStream();
  passPlainData(parser);
  const data = parser.startDataMode();
  parser.write('Subject: x\r\n\r\n');
  const wasTaken = Promise.withResolvers<void>();
  parser.write(Buffer.alloc(200_000, 'x'), () => wasTaken.resolve());
  expect(await Promise.race([wasTaken.promise, Promise.resolve('waits')])).toBe('waits');
  expect(data.readableLength).toBeGreaterThan(100_000);
  data.resume();
  await wasTaken.promise;
  expect(parser.dataBytes).toBeGreaterThan(199_000);
});

test.each([
  ['a dot alone', `.${'x'.repeat(16_000)}\r\n.`],
  ['doubled dots', `${'x'.repeat(16_000)}\r\n..ab`],
])(
  'passPlainData() waits for whoever reads behind %s at the end of each chunk',
  async (_, chunk) => {
    const parser = new SMTPStream();
    passPlainData(parser);
    const data = parser.startDataMode();
    parser.write('Subject: x\r\n\r\n');
    let taken = 0;
    const takeAll = (): void => {
      taken += chunk.length;
      if (taken < 2_000_000) parser.write(Buffer.from(chunk), () => setImmediate(takeAll));
    };
    takeAll();
    await setTimeout(300);
    expect(taken).toBeLessThan(200_000);
    data.resume();
    await expect.poll(() => taken, { timeout: 30_000 }).toBeGreaterThanOrEqual(2_000_000);
  },
);

test('passPlainData() has room on the stack for dots of both kinds in turns', async () => {
  const pairs = '\n.x\n..'.repeat(30_000);
  const pieces = [Buffer.from(`Subject: x\r\n\r\n${pairs}\r\n.\r\nQUIT\r\n`)];
  expect(await parse(pieces, passPlainData)).toEqual(await parse(pieces, () => undefined));
});

test('passPlainData() finds the end of content before it is read', () => {
  const parser = new SMTPStream();
  passPlainData(parser);
  const data = parser.startDataMode();
  parser.write(Buffer.from(`Subject: x\r\n\r\n${'x'.repeat(200_000)}\r\n.\r\n`));
  expect(data.readableLength).toBeGreaterThan(0);
  expect(data.writableEnded).toBe(true);
});

test('passPlainData() finds the end of content that nobody reads any more', async () => {
  const parser = new SMTPStream();
  passPlainData(parser);
  const quit = Promise.withResolvers<string>();
  parser.oncommand = (command) => quit.resolve(command.toString('latin1'));
  const data = parser.startDataMode();
  parser.write(Buffer.from(`Subject: x\r\n\r\n${'x'.repeat(200_000)}\r\n.\r\nQUIT\r\n`));
  data.destroy();
  parser.continue();
  expect(await quit.promise).toBe('QUIT');
});
