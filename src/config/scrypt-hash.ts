// Hashes of passwords, in the PHC string format: `$scrypt$ln=14,r=8,p=1$salt$hash`, base64 without padding.
import { scryptSync } from 'node:crypto';
import type { ScryptHash } from './config.ts';

/** OWASP's lowest memory for scrypt: 16 MiB for each login that is being checked. */
const cost = { logN: 14, r: 8, p: 1 } as const;
const hashBytes = 32;

const phcString =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/**
 * Reads a hash.
 * @returns undefined for what is none, or costs more than a login may: 128 MiB, or sixteen passes
 */
export function parseScryptHash(text: string): ScryptHash | undefined {
  const [, ln, r, p, salt = '', hash = ''] = phcString.exec(text) ?? [];
  const parsed = {
    logN: Number(ln),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
  return isAffordable(parsed) && isLongEnough(parsed) ? parsed : undefined;
}

export function formatScryptHash({ logN, r, p, salt, hash }: ScryptHash): string {
  return `$scrypt$ln=${logN},r=${r},p=${p}$${toBase64(salt)}$${toBase64(hash)}`;
}

/** Takes about 50 ms, and blocks for as long: for the command line, not for the gateway. */
export function hashPassword(
  password: string,
  { salt }: { readonly salt: Uint8Array },
): ScryptHash {
  const { logN, r, p } = cost;
  const hash = scryptSync(password, salt, hashBytes, { N: 2 ** logN, r, p });
  return { ...cost, salt, hash };
}

function isAffordable({ logN, r, p }: ScryptHash): boolean {
  return logN >= 1 && r >= 1 && p >= 1 && p <= 16 && 128 * 2 ** logN * r <= 128 * 1024 ** 2;
}

function isLongEnough({ salt, hash }: ScryptHash): boolean {
  return salt.length >= 8 && hash.length >= 16;
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replaceAll('=', '');
}
