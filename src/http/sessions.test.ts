import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Sessions, sessionLifeMs } from './sessions.ts';

describe('Sessions', () => {
  test('knows a session until it is closed', () => {
    const { sessions } = setUp();
    const id = sessions.open();
    expect(sessions.isOpen(id)).toBe(true);
    sessions.close(id);
    expect(sessions.isOpen(id)).toBe(false);
  });

  test('ends a session when its life is over', () => {
    const { sessions, clock } = setUp();
    const id = sessions.open();
    clock.time += sessionLifeMs - 1;
    expect(sessions.isOpen(id)).toBe(true);
    clock.time += 1;
    expect(sessions.isOpen(id)).toBe(false);
  });

  test('forgets the oldest session when there are too many', () => {
    const { sessions } = setUp();
    const ids = Array.from({ length: 1001 }, () => sessions.open());
    expect(ids.map((id) => sessions.isOpen(id)).indexOf(true)).toBe(1);
  });

  test.each(['', 'nonsense', '__proto__'])('does not know %j', (id) => {
    expect(setUp().sessions.isOpen(id)).toBe(false);
  });
});

function setUp() {
  const clock = { time: 1_000, now: () => clock.time };
  return { clock, sessions: new Sessions({ clock, random: randomBytes }) };
}
