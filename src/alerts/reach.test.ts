import { lookup } from 'node:dns/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { isLocalAddress, literalFault, lookUpPublic } from './reach.ts';

describe('isLocalAddress() finds', () => {
  test.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:169.254.169.254',
    '::ffff:7f00:1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'no address',
  ])('%s', (address) => {
    expect(isLocalAddress(address)).toBe(true);
  });

  test.each(['192.0.2.1', '93.184.216.34', '172.32.0.1', '2606:2800:220:1::1', '::ffff:8.8.8.8'])(
    'but not %s',
    (address) => {
      expect(isLocalAddress(address)).toBe(false);
    },
  );
});

describe('literalFault() refuses', () => {
  test.each([
    'https://127.0.0.1/x',
    'https://[::1]/x',
    'https://localhost/x',
    'https://LOCALHOST./x',
    'https://api.localhost/x',
    'https://2130706433/x',
    'https://0x7f.1/x',
    'https://0177.0.0.1/x',
    'https://[::ffff:10.0.0.1]/x',
    'https://169.254.169.254/latest/meta-data',
    'https://user@127.0.0.1/x',
  ])('%s', (url) => {
    expect(literalFault(new URL(url))).toMatch(/allowLocal/);
  });

  test.each(['https://hooks.example.com/x', 'https://192.0.2.7/x'])('but not %s', (url) => {
    expect(literalFault(new URL(url))).toBeUndefined();
  });
});

describe('lookUpPublic()', () => {
  const ask = promisify(lookUpPublic);

  test('refuses a name that leads to this machine', async () => {
    expect((await lookup('localhost')).address).toMatch(/^(127\.|::1)/);
    await expect(ask('localhost', { all: true })).rejects.toThrow(/allowLocal/);
    await expect(ask('localhost', {})).rejects.toThrow(/allowLocal/);
  });

  test('fails as the system does for a name that there is not', async () => {
    await expect(ask('name.invalid', {})).rejects.toThrow('name.invalid');
  });
});
