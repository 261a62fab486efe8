import { scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ScryptHash } from '../config/config.ts';
import { createDecoy, matchesPassword } from './passwords.ts';

function hash(password: string, logN: number): ScryptHash {
  const salt = Buffer.from('salt of sixteen.');
  const maxmem = 2 ** logN * 2048;
  const key = scryptSync(password, salt, 32, { N: 2 ** logN, r: 8, p: 1, maxmem });
  return { logN, r: 8, p: 1, salt, hash: key };
}

const decoy = hash('decoy', 4);

describe('matchesPassword()', () => {
  test.each([
    ['right', true],
    ['wrong', false],
    ['', false],
  ])('finds that %j of a hash is %s', async (password, expected) => {
    const secret = { kind: 'hash', hash: hash('right', 4) } as const;
    expect(await matchesPassword(password, { secret, decoy })).toBe(expected);
  });

  test.each([
    ['grün 🙂', true],
    ['grün', false],
    ['decoy', false],
  ])('finds that %j of a password in clear is %s', async (password, expected) => {
    const secret = { kind: 'password', password: 'grün 🙂' } as const;
    expect(await matchesPassword(password, { secret, decoy })).toBe(expected);
  });

  test('never lets the decoy be a password', async () => {
    expect(await matchesPassword('decoy', { secret: undefined, decoy })).toBe(false);
  });

  test('has memory for costly hashes', async () => {
    const secret = { kind: 'hash', hash: hash('right', 16) } as const;
    expect(await matchesPassword('right', { secret, decoy })).toBe(true);
  });
});

describe('createDecoy()', () => {
  test('costs as much as the first hash', () => {
    const secrets = [
      undefined,
      { kind: 'password', password: 'x' },
      { kind: 'hash', hash: hash('x', 5) },
    ] as const;
    expect(createDecoy(secrets)).toMatchObject({ logN: 5, r: 8, p: 1 });
  });

  test('costs as much as hashes usually do where there is none', () => {
    expect(createDecoy([])).toMatchObject({ logN: 14, r: 8, p: 1 });
  });
});
