import { describe, expect, test } from 'vitest';
import type { AlertMessage, AlertSignal } from '../core/alert.ts';
import { AlertChannel, type ChannelParts } from './channel.ts';

/** A clock whose waits end at once, with the time gone on; one that is cut short ends when it is. */
function createClock() {
  let now = 1_000_000;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    async wait(delayMs: number, { signal }: { readonly signal: AbortSignal }) {
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) return;
      waits.push(delayMs);
      now += delayMs;
    },
  };
}

const down: AlertSignal = {
  kind: 'raised',
  event: 'connectionDown',
  cause: 'connection main',
  source: 'hold',
  text: 'It is down',
  remedy: 'Mend it',
  untoldOver: 'main',
};

function setUp(parts: Partial<ChannelParts> = {}, faults: readonly (string | undefined)[] = []) {
  const clock = createClock();
  const told: AlertMessage[] = [];
  const lines: string[] = [];
  const stopping = new AbortController();
  const left = [...faults];
  const channel = new AlertChannel({
    kind: 'webhook',
    key: 'alerts[0]',
    on: ['connectionDown', 'queueOld'],
    queueOldMs: 3_600_000,
    clock,
    chance: () => 0,
    events: {
      alerted: ({ result }) => void lines.push(result),
      notice: ({ event, text }) => void lines.push(`${event} ${text}`),
      fault: ({ where }) => void lines.push(`fault ${where}`),
    },
    async tell(message) {
      const fault = left.shift();
      if (fault === undefined) told.push(message);
      return fault;
    },
    ...parts,
  });
  return { channel, clock, told, lines, stopping };
}

/** Runs until the channel has nothing left to tell. */
async function run({ channel, stopping, clock }: ReturnType<typeof setUp>): Promise<void> {
  const running = channel.run(stopping);
  for (let turn = 0; turn < 100; turn++) await clock.wait(0, stopping);
  stopping.abort();
  await running;
}

describe('AlertChannel', () => {
  test('tells what it is to tell, and nothing else', async () => {
    const parts = setUp();
    parts.channel.note(down);
    parts.channel.note({ ...down, event: 'diskLow', cause: 'disk' });
    await run(parts);
    expect(parts.told.map(({ items }) => items.map(({ event }) => event))).toEqual([
      ['connectionDown'],
    ]);
    expect(parts.lines).toEqual(['told']);
  });

  test('tries again, later each time, and says once that it fails and once that it works', async () => {
    const parts = setUp({}, ['HTTP 500', 'HTTP 500', 'HTTP 500', undefined]);
    parts.channel.note(down);
    await run(parts);
    expect(parts.told).toHaveLength(1);
    expect(parts.clock.waits.filter((ms) => ms >= 5_000)).toEqual([5_000, 10_000, 20_000]);
    expect(parts.lines).toEqual([
      'failed',
      'alerts.failed alerts[0].to.webhook: an alert could not be given, and is tried again and again: HTTP 500',
      'failed',
      'failed',
      'told',
      'alerts.recovered alerts[0].to.webhook: alerts are taken again',
    ]);
  });

  test('waits no longer than five minutes', async () => {
    const parts = setUp(
      {},
      Array.from({ length: 12 }, () => 'HTTP 500'),
    );
    parts.channel.note(down);
    await run(parts);
    expect(Math.max(...parts.clock.waits)).toBe(300_000);
    expect(parts.told).toHaveLength(1);
  });

  test('goes on when telling throws', async () => {
    let times = 0;
    const parts = setUp({
      async tell() {
        times += 1;
        if (times === 1) throw new Error('a bug');
        return undefined;
      },
    });
    parts.channel.note(down);
    await run(parts);
    expect(times).toBe(2);
    expect(parts.lines[0]).toBe('fault alerts');
  });

  test('does not tell by an e-mail what keeps that e-mail from leaving', async () => {
    const [over, beside] = [setUp({ via: 'main' }), setUp({ via: 'other' })];
    for (const parts of [over, beside]) {
      parts.channel.note(down);
      await run(parts);
    }
    expect([over.told.length, beside.told.length]).toEqual([0, 1]);
  });

  test('tells of mail that waits by its own measure', async () => {
    const parts = setUp({ queueOldMs: 60_000 });
    parts.channel.noteAge(59_999);
    await run(parts);
    expect(parts.told).toEqual([]);
    const other = setUp({ queueOldMs: 60_000 });
    other.channel.noteAge(60_000);
    await run(other);
    expect(other.told[0]?.items[0]?.text).toBe('The oldest message has waited for 1 minute');
  });
});
