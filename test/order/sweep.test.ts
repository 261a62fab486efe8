// A sample of the sweep (npm run test:crash -- --sweep has all of it): dying, or a failing disk, at one system call breaks no promise.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyNoStrace } from './strace.ts';
import { startSweepRig, type SweepRig } from './sweep.ts';

const reason = whyNoStrace();

describe.skipIf(reason !== undefined)(`a gateway${reason ? ` (${reason})` : ''}`, () => {
  let rig: SweepRig;

  beforeAll(async () => {
    rig = await startSweepRig();
  });

  afterAll(async () => {
    await rig[Symbol.asyncDispose]();
  });

  test.each([
    ['pwrite64', 3],
    ['fsync', 1],
    ['fsync', 2],
  ])('that dies at %s number %i keeps its promises', async (call, occurrence) => {
    const result = await rig.strike({ call, occurrence, what: 'KILL' });
    expect(result).toMatchObject({ isHit: true, broken: [] });
  });

  test.each(['EIO', 'ENOSPC'] as const)(
    'whose disk answers a sync with %s gives no 250',
    async (what) => {
      const result = await rig.strike({ call: 'fsync', occurrence: 1, what });
      expect(result).toMatchObject({ isHit: true });
      expect(result.reply).toMatch(/^45[12] 4\.3\./);
    },
  );

  test('whose sync failed does not send what it refused when it dies', async () => {
    const result = await rig.strike({ call: 'fsync', occurrence: 1, what: 'EIO' });
    expect(result.broken).toEqual([]);
  });
});
