import { describe, expect, test } from 'vitest';
import { WrongTokens } from './wrong-tokens.ts';

function setUp() {
  const clock = { time: 0, waits: [] as number[] };
  const lines: string[] = [];
  const guesses = new WrongTokens({
    clock: {
      now: () => clock.time,
      wait: (delayMs) => Promise.resolve(void clock.waits.push(delayMs)),
    },
    events: { notice: ({ text }) => lines.push(text) },
  });
  const { signal } = new AbortController();
  const guess = async (address: string, times = 1) => {
    clock.waits = [];
    for (let n = 0; n < times; n++) await guesses.slowDown(address, signal);
    return clock.waits;
  };
  return { clock, lines, guess };
}

describe('WrongTokens', () => {
  test('slows an address down more and more, up to a bound, and no other one', async () => {
    const { guess } = setUp();
    expect(await guess('192.0.2.1', 3)).toEqual([]);
    expect(await guess('192.0.2.1', 7)).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(await guess('192.0.2.2')).toEqual([]);
  });

  test('begins anew with an address that was quiet', async () => {
    const { clock, guess } = setUp();
    await guess('192.0.2.1', 9);
    clock.time += 600_000;
    expect(await guess('192.0.2.1')).toEqual([]);
  });

  test.each([
    ['2001:db8:1:2::1', '2001:db8:1:2:3:4:5:6', true],
    ['2001:db8::1', '2001:db8:0:0:9::', true],
    ['::1', '::2', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
  ])('takes %s and %s for one: %j', async (one, other, isSame) => {
    const { guess } = setUp();
    await guess(one, 3);
    expect((await guess(other)).length > 0).toBe(isSame);
  });

  test('remembers a thousand addresses, and forgets the quietest', async () => {
    const { guess } = setUp();
    await guess('first', 3);
    await guess('second', 3);
    for (let n = 0; n < 999; n++) await guess(`other ${n}`);
    expect(await guess('second')).toEqual([250]);
    expect(await guess('first')).toEqual([]);
  });

  test('tells the log once a minute, with how many there were', async () => {
    const { clock, lines, guess } = setUp();
    await guess('192.0.2.1', 5);
    expect(lines).toEqual(['A wrong admin token was given, from 192.0.2.1']);
    clock.time += 60_000;
    await guess('192.0.2.2', 2);
    expect(lines.slice(1)).toEqual([
      'A wrong admin token was given, from 192.0.2.2; 5 since the last such line',
    ]);
  });
});
