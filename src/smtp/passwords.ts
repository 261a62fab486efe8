// Passwords: compared in constant time, hashed off the main thread, and at the same cost whether the user exists or not.
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { ScryptHash } from '../config/config.ts';
import type { LoginSecret } from '../config/secrets.ts';

const defaultCost = { logN: 14, r: 8, p: 1 } as const;

/**
 * Whether `password` is the secret. Rejects when scrypt does.
 * Without a hash to compare with, `decoy` is computed, so that the time tells nothing about which users exist.
 */
export async function matchesPassword(
  password: string,
  options: { readonly secret: LoginSecret | undefined; readonly decoy: ScryptHash },
): Promise<boolean> {
  const { secret, decoy } = options;
  const hash = secret?.kind === 'hash' ? secret.hash : decoy;
  const hashMatches = timingSafeEqual(await hashPassword(password, hash), hash.hash);
  if (secret?.kind === 'password') return sameText(password, secret.password);
  return secret !== undefined && hashMatches;
}

/** A hash that no password has, as costly as the first real one among `secrets`. */
export function createDecoy(secrets: readonly (LoginSecret | undefined)[]): ScryptHash {
  const real = secrets.find((secret) => secret?.kind === 'hash');
  const { logN, r, p } = real?.kind === 'hash' ? real.hash : defaultCost;
  return { logN, r, p, salt: randomBytes(16), hash: randomBytes(32) };
}

function hashPassword(password: string, hash: ScryptHash): Promise<Buffer> {
  const { logN, r, p, salt } = hash;
  const N = 2 ** logN;
  // Twice the memory that RFC 7914 §6 needs: OpenSSL counts its own besides.
  const maxmem = 256 * r * (N + p);
  return new Promise((resolve, reject) => {
    scrypt(password, salt, hash.hash.length, { N, r, p, maxmem }, (error, key) => {
      if (error) reject(error);
      else resolve(key);
    });
  });
}

function sameText(one: string, other: string): boolean {
  return timingSafeEqual(sha256(one), sha256(other));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
