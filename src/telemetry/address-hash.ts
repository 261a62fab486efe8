// Addresses made unreadable but comparable, for logs that must not name people.
import { hash } from 'node:crypto';

const hashLetters = 12;

/** What looks like an address. The look-behind lets each token be tried once, so that no text takes long. */
const addresses = /(?<![^\s<>()[\],;:"'/])[^\s<>()[\],;:"'/@]+@[\p{L}\p{N}._-]*[\p{L}\p{N}]/gu;

/**
 * The local part as 12 hexadecimal digits of the SHA-256 of the whole address in lower case, the domain as it is.
 * The same address always gives the same text. What has no @ (`<>`, a bare login name) comes back as it is.
 */
export function hashAddress(address: string): string {
  const at = address.lastIndexOf('@');
  if (at < 1) return address;
  const digest = hash('sha256', address.toLowerCase(), 'hex');
  return `${digest.slice(0, hashLetters)}${address.slice(at)}`;
}

/** Prose with every address in it hashed. */
export function hashAddressesIn(prose: string): string {
  return prose.replaceAll(addresses, hashAddress);
}
