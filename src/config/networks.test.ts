import { describe, expect, test } from 'vitest';
import { compileNetworks, isThisMachine, parseNetwork, type Network } from './networks.ts';

function network(text: string): Network {
  const parsed = parseNetwork(text);
  if (parsed === undefined) throw new Error(`Not a network: "${text}"`);
  return parsed;
}

describe('parseNetwork()', () => {
  test.each([
    ['10.0.0.0/8', 'ipv4', 8],
    ['192.0.2.7', 'ipv4', 32],
    ['0.0.0.0/0', 'ipv4', 0],
    ['fd00::/8', 'ipv6', 8],
    ['::1', 'ipv6', 128],
  ])('reads %s', (text, family, prefix) => {
    expect(parseNetwork(text)).toMatchObject({ family, prefix });
  });

  test.each(['', '10.0.0.0/33', '10.0.0/8', '::1/129', '10.0.0.0/', 'fe80::1%eth0', 'host', '1/8'])(
    'refuses %j',
    (text) => {
      expect(parseNetwork(text)).toBeUndefined();
    },
  );
});

describe('compileNetworks()', () => {
  const networks = compileNetworks(['10.0.0.0/8', '192.0.2.7', 'fd00::/8'].map(network));

  test.each(['10.0.0.1', '10.255.255.255', '192.0.2.7', 'fd12::1'])('has %s', (ip) => {
    expect(networks.has(ip)).toBe(true);
  });

  test.each(['11.0.0.1', '192.0.2.8', 'fe80::1', '', 'host'])('has not %j', (ip) => {
    expect(networks.has(ip)).toBe(false);
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.0.0.0/8', true],
  ['::1', true],
  ['127.0.0.0/7', false],
  ['::1/127', false],
  ['10.0.0.1', false],
  ['0.0.0.0/0', false],
])('isThisMachine() of %s is %s', (text, expected) => {
  expect(isThisMachine(network(text))).toBe(expected);
});
