// Dialogues that nobody would write, cut into segments anywhere: no fault, no hang, nothing accepted that was not offered.
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createClient,
  createPatterns,
  createSecrets,
  startIntake,
  type Intake,
} from '../../test/dialogs/intake.ts';
import { connectGreeted } from '../../test/dialogs/raw-client.ts';
import type { Clock } from '../relay/ports.ts';

let intake: Intake;

beforeAll(async () => {
  intake = await startIntake({
    clock: hastyClock,
    clients: [
      createClient('local', { recipients: createPatterns('*@d.example') }),
      createClient('shop', { username: 'wp' }),
    ],
    secrets: createSecrets({ shop: 'secret' }),
    limits: { messageBytes: 2000 },
  });
});

afterAll(async () => {
  await intake[Symbol.asyncDispose]();
});

/** Writes the segments, the last of which makes the server close, and gives back all that was answered. */
async function play(segments: readonly Uint8Array[]): Promise<string> {
  using client = await connectGreeted(intake.listener.address);
  for (const segment of segments) await client.write(segment);
  return await client.readAll();
}

/** Lets wrong logins wait for a hundredth of their time. */
const hastyClock: Clock = {
  now: () => Date.now(),
  wait: (delayMs, { signal }) => delay(delayMs / 100, undefined, { signal }).catch(() => undefined),
};

function cut(bytes: Uint8Array, at: readonly number[]): readonly Uint8Array[] {
  const places = [0, ...at.map((place) => place % bytes.length), bytes.length].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place));
}

const lines = [
  'EHLO me',
  'MAIL FROM:<a@b.example> SIZE=100 RET=FULL ENVID=1',
  'RCPT TO:<c@d.example> NOTIFY=NEVER',
  'RCPT TO:<nobody@elsewhere.example>',
  'DATA',
  'Subject: x',
  '',
  '..',
  '..x',
  '.',
  'NOOP',
  'QUIT',
  '',
];
const dialogue = Buffer.from(lines.join('\r\n'));

describe('a dialogue', () => {
  test('comes to the same wherever it is cut in two', async () => {
    const whole = withoutIds(await play([dialogue]));
    expect(whole).toMatch(/250 2\.0\.0 queued as message\n250 2\.0\.0 OK\n221 2\.0\.0 Bye$/);
    for (let place = 1; place < dialogue.length; place++) {
      const answers = await play(cut(dialogue, [place]));
      expect(withoutIds(answers), `cut at ${place}`).toBe(whole);
    }
    expect(new Set(intake.kept.map((kept) => kept.text))).toEqual(
      new Set(['Subject: x\r\n\r\n.\r\n.x\r\n']),
    );
  });

  test('comes to the same byte by byte', async () => {
    const whole = withoutIds(await play([dialogue]));
    const bytes = [...dialogue].map((byte) => Uint8Array.of(byte));
    expect(withoutIds(await play(bytes))).toBe(whole);
  });
});

const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...lines, 'RSET', 'HELO me', 'STARTTLS', 'VRFY x') },
  { weight: 2, arbitrary: fc.constantFrom('AUTH LOGIN', 'AUTH PLAIN =', '*', 'd3A=', '\0', '.\r') },
  { weight: 2, arbitrary: fc.constantFrom('MAIL FROM:', 'RCPT TO:<', 'MAIL FROM:<> AUTH=<>') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 10 }).map((text) => text.repeat(2000)) },
);
const lineEnd = fc.oneof(
  { weight: 9, arbitrary: fc.constant('\r\n') },
  { weight: 1, arbitrary: fc.constantFrom('\n', '\r', '\r\r\n', '\0\r\n', '') },
);
const anything = fc
  .array(fc.tuple(piece, lineEnd), { minLength: 1, maxLength: 40 })
  .map((parts) => Buffer.from(`EHLO me\r\n${parts.map((part) => part.join('')).join('')}`));

/** Ends a message, a login and a session, whichever is open. */
const closing = Buffer.from('\r\n.\r\n*\r\n*\r\nQUIT\r\n');

test('any bytes get replies, and no more is accepted than was offered', async () => {
  await fc.assert(
    fc.asyncProperty(anything, fc.array(fc.nat(), { maxLength: 20 }), async (bytes, places) => {
      const before = intake.kept.length;
      const answers = await play([...cut(bytes, places), closing]);
      expect(answers.split('\n').filter((line) => !/^(\d{3}[ -].*)?$/.test(line))).toEqual([]);
      const offered = bytes.toString().match(/^DATA/gm)?.length ?? 0;
      expect(intake.kept.length - before).toBeLessThanOrEqual(offered);
      expect(intake.events.filter(({ name }) => name === 'fault')).toEqual([]);
      expect(withoutIds(await play([dialogue]))).toContain('250 2.0.0 queued as message');
    }),
    { interruptAfterTimeLimit: 4_000, numRuns: 300 },
  );
}, 30_000);

function withoutIds(answers: string): string {
  return answers.replaceAll(/message-\d+/g, 'message');
}
