// Addresses and patterns for tests, which know that theirs are well-formed.
import {
  parseAddress,
  parseAddressPattern,
  type Address,
  type AddressPattern,
} from '../../src/core/address.ts';

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`No address: "${text}"`);
  return parsed;
}

export function pattern(text: string): AddressPattern {
  const parsed = parseAddressPattern(text);
  if (parsed === undefined) throw new Error(`No pattern: "${text}"`);
  return parsed;
}
