// Makes an RSA key, and a certificate that it signs itself: all that Entra wants is the public key, and an end.
import { generateKeyPair, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import {
  bitString,
  explicit,
  integer,
  nothing,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
  yes,
} from './certificate-der.ts';

export interface KeyAndCertificate {
  readonly key: KeyObject;
  readonly certificate: X509Certificate;
}

export interface CertificateWish {
  /** Its common name. */
  readonly name: string;
  /** Epoch ms. */
  readonly startsAt: number;
  readonly endsAt: number;
  /** 16 bytes that nobody can guess. */
  readonly serial: Uint8Array;
}

const sha256WithRsa = sequence(objectIdentifier('1.2.840.113549.1.1.11'), nothing);
/** RFC 5280 §4.2.1.3 and §4.2.1.9: signs, and is no authority. */
const keyUsage = sequence(
  objectIdentifier('2.5.29.15'),
  yes,
  octetString(bitString(Buffer.of(0x80), 7)),
);
const basicConstraints = sequence(objectIdentifier('2.5.29.19'), yes, octetString(sequence()));

/** Entra takes RSA keys of 2048 bits and more. */
export async function makeCertificate(wish: CertificateWish): Promise<KeyAndCertificate> {
  const keys = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return { key: keys.privateKey, certificate: signCertificate(keys, wish) };
}

function signCertificate(
  { privateKey, publicKey }: { readonly privateKey: KeyObject; readonly publicKey: KeyObject },
  { name, startsAt, endsAt, serial }: CertificateWish,
): X509Certificate {
  const whose = sequence(set(sequence(objectIdentifier('2.5.4.3'), utf8String(name))));
  const version3 = integer(Buffer.of(2));
  const signed = sequence(
    explicit(0, version3),
    integer(serial),
    sha256WithRsa,
    whose,
    sequence(time(startsAt), time(endsAt)),
    whose,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(keyUsage, basicConstraints)),
  );
  const signature = sign('sha256', signed, privateKey);
  return new X509Certificate(sequence(signed, sha256WithRsa, bitString(signature)));
}
