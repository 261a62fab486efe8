import { scryptSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { formatScryptHash, hashPassword, parseScryptHash } from './scrypt-hash.ts';

const salt = Uint8Array.from({ length: 16 }, (_, index) => index * 13);

describe('hashPassword()', () => {
  test('is scrypt with N = 16384, r = 8, p = 1 and 32 bytes', () => {
    const hash = hashPassword('pässword', { salt });
    const expected = scryptSync('pässword', salt, 32, { N: 16_384, r: 8, p: 1 });
    expect(hash).toMatchObject({ logN: 14, r: 8, p: 1, salt });
    expect(Buffer.from(hash.hash).equals(expected)).toBe(true);
  });

  test('survives formatting and parsing', () => {
    const hash = hashPassword('hunter2', { salt });
    const text = formatScryptHash(hash);
    expect(text).toMatch(/^\$scrypt\$ln=14,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    const parsed = parseScryptHash(text);
    expect(parsed && formatScryptHash(parsed)).toBe(text);
    expect(parsed && Buffer.from(parsed.hash).equals(hash.hash)).toBe(true);
    expect(parsed && Buffer.from(parsed.salt).equals(salt)).toBe(true);
  });
});

const saltText = 'AAAAAAAAAAAAAAAAAAAAAA';
const hashText = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

describe('parseScryptHash()', () => {
  test.each([
    '',
    'hunter2',
    '$2b$10$N9qo8uLOickgx2ZMRZoMye',
    `$scrypt$ln=14,r=8$${saltText}$${hashText}`,
    `$scrypt$ln=0,r=8,p=1$${saltText}$${hashText}`,
    `$scrypt$ln=14,r=0,p=1$${saltText}$${hashText}`,
    `$scrypt$ln=14,r=8,p=1$${saltText}$${hashText}=`,
    `$scrypt$ln=14,r=8,p=1$AAAA$${hashText}`,
    `$scrypt$ln=14,r=8,p=1$${saltText}$AAAA`,
  ])('refuses %j', (text) => {
    expect(parseScryptHash(text)).toBeUndefined();
  });

  test.each(['ln=18,r=8,p=1', 'ln=63,r=8,p=1', 'ln=14,r=99,p=1', 'ln=14,r=8,p=17'])(
    'refuses the cost %s',
    (cost) => {
      expect(parseScryptHash(`$scrypt$${cost}$${saltText}$${hashText}`)).toBeUndefined();
    },
  );

  test('takes up to 128 MiB', () => {
    expect(parseScryptHash(`$scrypt$ln=17,r=8,p=1$${saltText}$${hashText}`)?.logN).toBe(17);
  });
});
