// Dialogues that nobody would write, cut into segments anywhere: no fault, no hang, nothing accepted that was not given.
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../src/relay/ports.ts';
import {
  createClient,
  createPatterns,
  createSecrets,
  startIntake,
  type Intake,
} from '../dialogs/intake.ts';
import { connectGreeted } from '../dialogs/raw-client.ts';
import { fuzzTimeoutMs, inRounds } from './budget.ts';
import { cut, goodDialogue, hostileSegments } from './hostile-dialogue.ts';

async function start(): Promise<Intake> {
  return await startIntake({
    clock: hastyClock,
    clients: [
      createClient('local', { recipients: createPatterns('*@d.example') }),
      createClient('shop', { username: 'wp' }),
    ],
    secrets: createSecrets({ shop: 'secret' }),
    limits: { messageBytes: 2000 },
  });
}

/** Lets wrong logins wait for a hundredth of their time. */
const hastyClock: Clock = {
  now: () => Date.now(),
  wait: (delayMs, { signal }) => delay(delayMs / 100, undefined, { signal }).catch(() => undefined),
};

/** Writes the segments, the last of which makes the server close, and gives back all that was answered. */
async function play(segments: readonly Uint8Array[], { listener }: Intake): Promise<string> {
  using client = await connectGreeted(listener.address);
  for (const segment of segments) await client.write(segment);
  return await client.readAll();
}

function withoutIds(answers: string): string {
  return answers.replaceAll(/message-\d+/g, 'message');
}

describe('a dialogue', () => {
  test('comes to the same wherever it is cut in two', async () => {
    await using intake = await start();
    const whole = withoutIds(await play([goodDialogue], intake));
    expect(whole).toMatch(/250 2\.0\.0 queued as message\n250 2\.0\.0 OK\n221 2\.0\.0 Bye$/);
    for (let place = 1; place < goodDialogue.length; place++) {
      const answers = await play(cut(goodDialogue, [place]), intake);
      expect(withoutIds(answers), `cut at ${place}`).toBe(whole);
    }
    expect(new Set(intake.kept.map((kept) => kept.text))).toEqual(
      new Set(['Subject: x\r\n\r\n.\r\n.x\r\n']),
    );
  });

  test('comes to the same byte by byte', async () => {
    await using intake = await start();
    const whole = withoutIds(await play([goodDialogue], intake));
    const bytes = [...goodDialogue].map((byte) => Uint8Array.of(byte));
    expect(withoutIds(await play(bytes, intake))).toBe(whole);
  });
});

/** Line ends made right, and without dots at the start of lines: stuffed or not, what was given is the same. */
function flatten(text: string): string {
  return text.replaceAll(/\r\n|\r|\n/g, '\r\n').replaceAll(/^\.+/gm, '');
}

test(
  'any bytes get replies, and nothing is accepted that was not given',
  async () => {
    await inRounds(4_000, async (round) => {
      await using intake = await start();
      const law = fc.asyncProperty(hostileSegments, async (segments) => {
        const before = intake.kept.length;
        const answers = await play(segments, intake);
        expect(answers.split('\n').filter((line) => !/^(\d{3}[ -].*)?$/.test(line))).toEqual([]);
        const given = Buffer.concat(segments).toString('latin1');
        const accepted = intake.kept.slice(before);
        expect(accepted.length).toBeLessThanOrEqual(given.match(/^DATA/gm)?.length ?? 0);
        expect(accepted.filter(({ text }) => !flatten(given).includes(flatten(text)))).toEqual([]);
        expect(intake.events.filter(({ name }) => name === 'fault')).toEqual([]);
        expect(await play([goodDialogue], intake)).toContain('250 2.0.0 queued as message');
      });
      await fc.assert(law, round);
    });
  },
  fuzzTimeoutMs,
);
