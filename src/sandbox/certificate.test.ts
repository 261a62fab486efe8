import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createServerCertificate } from './certificate.ts';

describe('createServerCertificate()', () => {
  test('makes a certificate for the hosts, signed by an authority of its own', async () => {
    const made = await createServerCertificate(['127.0.0.1', '::1', 'localhost']);
    const certificate = new X509Certificate(made.certificate);
    const ca = new X509Certificate(made.ca);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(made.privateKey))).toBe(true);
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect([certificate.ca, ca.ca]).toEqual([false, true]);
  });

  test('makes another authority each time', async () => {
    const [one, other] = [
      await createServerCertificate(['a']),
      await createServerCertificate(['a']),
    ];
    const certificate = new X509Certificate(one.certificate);
    expect(certificate.verify(new X509Certificate(other.ca).publicKey)).toBe(false);
  });
});
