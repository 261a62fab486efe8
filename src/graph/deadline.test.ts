import { describe, expect, test } from 'vitest';
import { startDeadline } from './deadline.ts';

function setUp() {
  const time = Promise.withResolvers<void>();
  const caller = new AbortController();
  const clock = {
    now: () => 0,
    wait(_delayMs: number, { signal }: { readonly signal: AbortSignal }) {
      signal.addEventListener('abort', () => time.resolve());
      return time.promise;
    },
  };
  const deadline = startDeadline({ clock, deadlineMs: 1_000, signal: caller.signal });
  return { deadline, caller, endTime: time.resolve };
}

describe('startDeadline()', () => {
  test('aborts its signal when time is over', async () => {
    const { deadline, endTime } = setUp();
    expect(deadline.signal.aborted).toBe(false);
    endTime();
    expect(await deadline.ended).toBe('timeout');
    expect(deadline.signal.aborted).toBe(true);
  });

  test('ends at once when the caller aborts', async () => {
    const { deadline, caller } = setUp();
    caller.abort();
    expect(deadline.signal.aborted).toBe(true);
    expect(await deadline.ended).toBe('cancelled');
  });

  test('aborts its signal, and ends its wait, when the request is over', async () => {
    const { deadline } = setUp();
    deadline[Symbol.dispose]();
    expect(deadline.signal.aborted).toBe(true);
    await deadline.ended;
  });
});
