import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AlertItem, AlertSignal } from './alert.ts';
import { AlertBoard, gatherMs, mostItems, quietMs } from './alert-board.ts';

const start = 1_000_000_000;

function raised(cause: string, source = 'a', level = 0): AlertSignal {
  const text = `${cause} at ${level}`;
  return { kind: 'raised', event: 'connectionDown', cause, source, text, remedy: 'y', level };
}

function cleared(cause: string, source = 'a'): AlertSignal {
  return { kind: 'cleared', event: 'connectionDown', cause, source };
}

function happened(cause: string): AlertSignal {
  return { kind: 'happened', event: 'failed', cause, text: cause, remedy: 'y' };
}

/** A board with a channel that takes all. */
function createChannel() {
  const board = new AlertBoard();
  let now = start;
  const messages: { readonly at: number; readonly items: readonly AlertItem[] }[] = [];
  function tell(): void {
    const due = board.next(now);
    if (due === undefined) return;
    messages.push({ at: now - start, items: due.items });
    board.told(due, now);
  }
  return {
    messages,
    note: (...signals: readonly AlertSignal[]) => {
      for (const signal of signals) board.note(signal, now);
    },
    /** Time goes on, and what falls due is told. */
    pass(ms: number) {
      const end = now + ms;
      for (;;) {
        const at = board.nextAt();
        if (at === undefined || at > end) break;
        now = Math.max(now, at);
        tell();
      }
      now = end;
    },
    /** When, of what, and how it was. */
    told: () =>
      messages.flatMap(({ at, items }) =>
        items.map(({ cause, state, count }) => [at, cause, state, count]),
      ),
  };
}

describe('AlertBoard', () => {
  test('gathers what begins together into one message', () => {
    const channel = createChannel();
    channel.note(raised('x'), raised('y'), happened('z'), happened('z'));
    channel.pass(gatherMs);
    expect(channel.messages).toHaveLength(1);
    expect(channel.told()).toEqual([
      [gatherMs, 'x', 'firing', 1],
      [gatherMs, 'y', 'firing', 1],
      [gatherMs, 'z', 'happened', 2],
    ]);
  });

  test('tells at once what is over, when nobody sees it any more', () => {
    const channel = createChannel();
    channel.note(raised('x', 'hold'), raised('x', 'breaker'));
    channel.pass(60_000);
    channel.note(cleared('x', 'hold'));
    channel.pass(60_000);
    channel.note(cleared('x', 'breaker'));
    channel.pass(60_000);
    expect(channel.told()).toEqual([
      [gatherMs, 'x', 'firing', 1],
      [120_000, 'x', 'resolved', 1],
    ]);
  });

  test('says nothing of what was over before it was told', () => {
    const channel = createChannel();
    channel.note(raised('x'), cleared('x'));
    channel.pass(quietMs);
    expect(channel.told()).toEqual([]);
  });

  test('tells of what comes and goes no more often than its quiet time allows', () => {
    const channel = createChannel();
    for (let minute = 0; minute < 60; minute++) {
      channel.note(raised('x'));
      channel.pass(30_000);
      channel.note(cleared('x'));
      channel.pass(30_000);
    }
    const firing = channel.told().filter(([, , state]) => state === 'firing');
    expect(firing.length).toBeLessThanOrEqual(4);
  });

  test('counts what happens in between', () => {
    const channel = createChannel();
    channel.note(happened('x'));
    channel.pass(gatherMs);
    channel.note(happened('x'), happened('x'));
    channel.pass(quietMs);
    expect(channel.told()).toEqual([
      [gatherMs, 'x', 'happened', 1],
      [gatherMs + quietMs, 'x', 'happened', 2],
    ]);
  });

  test('tells at once when it gets worse', () => {
    const channel = createChannel();
    for (const level of [60, 30, 7, 7, 1]) {
      channel.note(raised('x', 'a', level));
      channel.pass(60_000);
    }
    expect(channel.told()).toHaveLength(4);
  });

  test('tells the end of what it tried to tell', () => {
    const board = new AlertBoard();
    board.note(raised('x'), start);
    expect(board.next(start + gatherMs)?.items).toMatchObject([{ state: 'firing' }]);
    board.note(cleared('x'), start + gatherMs);
    expect(board.next(start + gatherMs)?.items).toMatchObject([{ state: 'resolved' }]);
  });

  test('tells what ended while its beginning was on its way', () => {
    const board = new AlertBoard();
    board.note(raised('x'), start);
    const message = board.next(start + gatherMs);
    board.note(cleared('x'), start + gatherMs);
    if (message) board.told(message, start + gatherMs);
    expect(board.next(start + gatherMs)?.items).toMatchObject([{ state: 'resolved' }]);
  });

  test('keeps no more than a thousand causes', () => {
    const channel = createChannel();
    for (let number = 0; number < 2_000; number++) channel.note(happened(`${number}`));
    channel.pass(86_400_000);
    expect(channel.told()).toHaveLength(1_000);
  });
});

const causes = fc.constantFrom('x', 'y', 'z');
const signals = fc.oneof(
  fc.record({ kind: fc.constant('raised'), cause: causes, source: fc.constantFrom('a', 'b') }),
  fc.record({ kind: fc.constant('cleared'), cause: causes, source: fc.constantFrom('a', 'b') }),
  fc.record({ kind: fc.constant('happened'), cause: causes, source: fc.constant('') }),
);
const steps = fc.array(
  fc.tuple(signals, fc.constantFrom(0, 1, gatherMs, 60_000, quietMs, 2 * quietMs)),
  { maxLength: 60 },
);

function toSignal({ kind, cause, source }: { kind: string; cause: string; source: string }) {
  if (kind === 'happened') return happened(cause);
  return kind === 'raised' ? raised(cause, source) : cleared(cause, source);
}

describe('AlertBoard, whatever happens,', () => {
  test('tells how things are in the end, each end once, each happening once, and not too often', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const channel = createChannel();
        const open = new Map<string, Set<string>>();
        let happenings = 0;
        for (const [signal, ms] of all) {
          const sources = open.get(signal.cause) ?? new Set();
          open.set(signal.cause, sources);
          if (signal.kind === 'raised') sources.add(signal.source);
          if (signal.kind === 'cleared') sources.delete(signal.source);
          if (signal.kind === 'happened') happenings += 1;
          channel.note(toSignal(signal));
          channel.pass(ms);
        }
        channel.pass(10 * quietMs);
        const told = channel.messages.flatMap(({ at, items }) =>
          items.map((item) => ({ ...item, at })),
        );
        for (const [cause, sources] of open) {
          const own = told.filter((item) => item.event !== 'failed' && item.cause === cause);
          expect(own.at(-1)?.state === 'firing').toBe(sources.size > 0);
          const expected = own.map((_, index) => (index % 2 === 0 ? 'firing' : 'resolved'));
          expect(own.map(({ state }) => state)).toEqual(expected);
          expectApart(own.filter(({ state }) => state === 'firing'));
        }
        const failures = told.filter(({ event }) => event === 'failed');
        expect(failures.reduce((sum, { count }) => sum + count, 0)).toBe(happenings);
        for (const cause of ['x', 'y', 'z']) {
          expectApart(failures.filter((item) => item.cause === cause));
        }
      }),
    );
  });

  test('hands out messages of bounded size, ten in ten minutes at most', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 400 }), { maxLength: 400 }), (numbers) => {
        const channel = createChannel();
        for (const number of numbers) {
          channel.note(happened(`${number}`));
          channel.pass(number * 10);
        }
        channel.pass(86_400_000);
        for (const { items } of channel.messages) {
          expect(items.length).toBeLessThanOrEqual(mostItems);
        }
        expectApart(channel.messages, { places: 10, ms: 600_000 });
      }),
    );
  });
});

/** Each comes so long after the one that is so many places before it, at the earliest. */
function expectApart(
  items: readonly { readonly at: number }[],
  { places = 1, ms = quietMs } = {},
): void {
  const waits = items.slice(places).map(({ at }, index) => at - (items[index]?.at ?? at));
  expect(waits.filter((wait) => wait < ms)).toEqual([]);
}
