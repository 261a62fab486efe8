import { describe, expect, test } from 'vitest';
import { createCertificate, loadX509, type Certificate } from '../../test/support/https-server.ts';
import { createChain } from '../../test/support/certificate-chain.ts';
import { viewCertificate } from './certificate-view.ts';

const now = Date.now();
const dayMs = 86_400_000;

function view({ certPem, keyPem }: Certificate, changes: { hostname?: string; now?: number } = {}) {
  const facts = { certPem, keyPem, hostname: 'localhost', now, ...changes };
  return viewCertificate(facts).troubles.map(({ severity, text }) => `${severity}: ${text}`);
}

/** Signed by itself, good for a hundred days. */
async function createOther(hash: string, modulusLength: number, isNamed: boolean) {
  const x509 = await loadX509();
  const publicExponent = Uint8Array.of(1, 0, 1);
  const signingAlgorithm = { name: 'RSASSA-PKCS1-v1_5', hash, modulusLength, publicExponent };
  const keys = await crypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify']);
  const names = new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=localhost',
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + 100 * dayMs),
    keys,
    signingAlgorithm,
    extensions: isNamed ? [names] : [],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  const keyPem = x509.PemConverter.encode(key, 'PRIVATE KEY');
  return { certPem: certificate.toString('pem'), keyPem };
}

describe('viewCertificate()', () => {
  test('says that one is self-signed, and ends soon', async () => {
    expect(view(await createCertificate('ec'))).toEqual([
      expect.stringMatching(/^warning: The certificate expires on \d{4}-\d\d-\d\d$/),
      expect.stringMatching(/^warning: The certificate is self-signed: /),
    ]);
  });

  test.each([
    ['has expired', 2 * dayMs, /^failure: The certificate has expired on /],
    ['is not valid yet', -2 * dayMs, /^failure: The certificate is not valid before /],
  ])('says that one %s', async (_name, laterMs, words) => {
    const [first] = view(await createCertificate('ec'), { now: now + laterMs });
    expect(first).toMatch(words);
  });

  test('says that the key is of another', async () => {
    const [{ certPem }, { keyPem }] = [
      await createCertificate('ec'),
      await createCertificate('ec'),
    ];
    expect(view({ certPem, keyPem })).toContain('failure: The key is of another certificate');
    expect(view({ certPem, keyPem: 'none' })).toContain(
      'failure: The file of the key has none that can be read',
    );
  });

  test('says that it is for another name', async () => {
    const found = view(await createCertificate('ec'), { hostname: 'relay.example.com' });
    expect(found.at(-1)).toMatch(
      /^warning: The certificate is not for "relay.example.com" but for DNS:localhost, IP Address:127.0.0.1: /,
    );
  });

  test('says where the chain ends, whether the certificate in between is there or not', async () => {
    const { leaf, between } = await createChain();
    const [alone] = view(leaf);
    expect(alone).toMatch(/^warning: The chain ends at "Test authority in between", /);
    const [whole] = view({ ...leaf, certPem: leaf.certPem + between });
    expect(whole).toMatch(/^warning: The chain ends at "Test root", /);
  });

  test.each([
    ['a short key', 'SHA-256', 1024, true, /^warning: The key of the certificate has 1024 bits: /],
    ['an old digest', 'SHA-1', 2048, true, /^warning: .* signed with sha1WithRSAEncryption, /],
    ['a common name alone', 'SHA-256', 2048, false, /^warning: .*"localhost" as its common name /],
  ] as const)('says that clients refuse %s', async (_what, hash, bits, isNamed, words) => {
    expect(view(await createOther(hash, bits, isNamed))).toEqual([
      expect.stringMatching(/^warning: The certificate is self-signed: /),
      expect.stringMatching(words),
    ]);
  });

  test('says that there is none', () => {
    expect(view({ certPem: '', keyPem: '' })).toEqual([
      'failure: The file of the certificate has none that can be read',
    ]);
  });
});
