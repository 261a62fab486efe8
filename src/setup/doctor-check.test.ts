import { describe, expect, test } from 'vitest';
import { findingsOf, runChecks, type Check } from './doctor-check.ts';

function check(name: string, run: Check['run'], isRemote = false): Check {
  return { name, of: '', run, isRemote };
}

const fine = (name: string) => () => Promise.resolve([findingsOf(name, '').ok('Fine')]);

describe('runChecks()', () => {
  test('gives findings in the order of the checks, and says how far it is', async () => {
    const told: number[] = [];
    const [slow, end] = [Promise.withResolvers<void>(), fine('slow')];
    const checks = [
      check('slow', () => slow.promise.then(end)),
      check('quick', async () => {
        slow.resolve();
        return await fine('quick')();
      }),
    ];
    const onProgress = (done: number) => void told.push(done);
    const findings = await runChecks(checks, { deadlineMs: 60_000, isOffline: false, onProgress });
    expect(findings.map(({ check: name }) => name)).toEqual(['slow', 'quick']);
    expect(told).toEqual([0, 1, 2]);
  });

  test('finds checks that do not end, and those that fail themselves', async () => {
    const checks = [
      check('endless', () => new Promise(() => {})),
      check('broken', () => Promise.reject(new Error('a bug'))),
      check('remote', fine('remote'), true),
    ];
    const findings = await runChecks(checks, { deadlineMs: 1, isOffline: true, onProgress() {} });
    expect(findings.map(({ state, text }) => [state, text])).toEqual([
      ['failure', 'No result within 0.001 seconds'],
      ['failure', 'The check itself failed: a bug'],
      ['skipped', 'Not asked (--offline)'],
    ]);
  });
});
