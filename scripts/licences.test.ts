import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { judgeLicences } from './licences.ts';
import { readLockedPackages, type LockedPackage } from './lock-file.ts';

const locked = readLockedPackages(
  readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'),
);

function licensed(license: string | undefined, dev = false): LockedPackage {
  return { path: 'node_modules/some', version: '1.0.0', license, dev };
}

describe('judgeLicences', () => {
  test.each([
    ['MIT', true],
    ['(MIT OR EUPL-1.1+)', true],
    ['(MIT AND Apache-2.0)', true],
    ['(MIT AND GPL-3.0-only)', false],
    ['GPL-3.0-or-later', false],
    ['SEE LICENSE IN LICENSE.md', false],
    [undefined, false],
  ])('of a package under %s', (license, isAllowed) => {
    const { refused } = judgeLicences([licensed(license)]);
    expect(refused).toHaveLength(isAllowed ? 0 : 1);
  });

  test('does not look at what is for development alone', () => {
    expect(judgeLicences([licensed('GPL-3.0-only', true)])).toMatchObject({ refused: [] });
  });

  test('all that is shipped has a licence that was looked at', () => {
    const { counts, refused } = judgeLicences(locked);
    expect(refused).toEqual([]);
    expect(counts.get('MIT')).toBeGreaterThan(10);
  });
});

describe('package-lock.json', () => {
  test('pins each package by its hash, and takes it from the public registry', () => {
    const odd = locked.filter(
      ({ integrity, resolved = 'https://registry.npmjs.org/' }) =>
        !integrity?.startsWith('sha512-') || !resolved.startsWith('https://registry.npmjs.org/'),
    );
    expect(odd).toEqual([]);
    expect(locked.length).toBeGreaterThan(100);
  });
});
