import { sign, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { integer, objectIdentifier, time } from './certificate-der.ts';
import { makeCertificate } from './certificate-maker.ts';

describe('makeCertificate()', () => {
  test('makes an RSA certificate of 2048 bits that has signed itself, and is no authority', async () => {
    const { key, certificate } = await makeCertificate({
      name: 'Grüße & Söhne',
      startsAt: Date.UTC(2026, 0, 2, 3, 4, 5),
      endsAt: Date.UTC(2051, 11, 31),
      serial: Buffer.alloc(16, 0xfe),
    });
    expect(certificate.subject).toBe('CN=Grüße & Söhne');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(key)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.validFromDate).toEqual(new Date('2026-01-02T03:04:05Z'));
    expect(certificate.validToDate).toEqual(new Date('2051-12-31T00:00:00Z'));
    expect(certificate.serialNumber).toBe('FE'.repeat(16));
    expect(key.asymmetricKeyDetails?.modulusLength).toBe(2048);
    const data = Buffer.from('proof');
    expect(verify('sha256', data, certificate.publicKey, sign('sha256', data, key))).toBe(true);
  });
});

describe('DER', () => {
  test.each([
    [[0], '020100'],
    [[0, 0, 127], '02017f'],
    [[128], '02020080'],
    [[0, 200, 1], '020300c801'],
  ])('integer(%j) has no needless zeros, and its sign', (bytes, hex) => {
    expect(integer(Buffer.from(bytes)).toString('hex')).toBe(hex);
  });

  test('objectIdentifier() writes numbers over 127 in several bytes', () => {
    expect(objectIdentifier('1.2.840.113549').toString('hex')).toBe('06062a864886f70d');
  });

  test.each([
    ['2049-12-31T23:59:59Z', '170d3439313233313233353935395a'],
    ['2050-01-01T00:00:00Z', '180f32303530303130313030303030305a'],
  ])('time(%s) has the form that RFC 5280 asks for', (date, hex) => {
    expect(time(Date.parse(date)).toString('hex')).toBe(hex);
  });
});
