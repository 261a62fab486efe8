import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toMsalCredential } from './credential.ts';
import { readPfx } from './pfx.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'graphpost-pfx-'));
  const [key, cert] = [file('key.pem'), file('cert.pem')];
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    '/CN=app',
    '-keyout',
    key,
    '-out',
    cert,
  );
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string): string {
  return join(folder, name);
}

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' });
}

/** As another program packs it. */
function pack(passphrase: string, ...options: string[]): Buffer {
  const given = ['-inkey', file('key.pem'), '-in', file('cert.pem'), '-out', file('app.pfx')];
  openssl('pkcs12', '-export', ...given, '-passout', `pass:${passphrase}`, ...options);
  return readFileSync(file('app.pfx'));
}

describe('readPfx()', () => {
  test.each<[string, string, string[]]>([
    ['as it is usual', 'hunter2', []],
    ['with an empty passphrase', '', []],
    [
      'with triple DES, as Windows exports it',
      'hunter2',
      ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'],
    ],
    ['without encryption', '', ['-keypbe', 'NONE', '-certpbe', 'NONE']],
  ])('gives the certificate and its key, %s', (_what, passphrase, options) => {
    const { certificate, key } = readPfx(pack(passphrase, ...options), passphrase);
    const expected = new X509Certificate(readFileSync(file('cert.pem')));
    expect(certificate.fingerprint256).toBe(expected.fingerprint256);
    expect(certificate.checkPrivateKey(key)).toBe(true);
  });

  test('says that the passphrase is wrong, and not what it was', () => {
    expect(() => readPfx(pack('hunter2'), 'wrong-one')).toThrow('the passphrase is wrong');
    expect(() => readPfx(pack('hunter2'), 'wrong-one')).not.toThrow(/wrong-one|hunter2/);
  });

  test.each([
    ['nothing', '', 'The PKCS #12 file is missing or empty'],
    ['a text', 'no file of that kind', 'The PKCS #12 file cannot be read'],
  ])('says that %s is none', (_what, text, words) => {
    expect(() => readPfx(Buffer.from(text))).toThrow(words);
  });
});

test('toMsalCredential() proves the app by the SHA-256 thumbprint of the certificate in the file', async () => {
  const pfx = pack('hunter2');
  const { clientCertificate } = await toMsalCredential(
    { kind: 'pfx', pfx, passphrase: 'hunter2' },
    { now: () => 0 },
  );
  const expected = new X509Certificate(readFileSync(file('cert.pem')));
  expect(clientCertificate).toMatchObject({
    thumbprintSha256: expected.fingerprint256.replaceAll(':', ''),
    privateKey: expect.stringContaining('PRIVATE KEY'),
  });
});
