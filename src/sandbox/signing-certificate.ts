// A certificate for an app's credential, as the sandbox's own tests register one.
import './reflect-metadata.ts';
import { X509Certificate } from 'node:crypto';
import { PemConverter, X509CertificateGenerator } from '@peculiar/x509';

export interface SigningCertificate {
  /** The certificate, PEM. */
  readonly pem: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  /** Its SHA-256 in base64url. */
  readonly thumbprint: string;
}

/** RSA with 2048 bits, good for ever. */
export async function createSigningCertificate(): Promise<SigningCertificate> {
  const { subtle } = globalThis.crypto;
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength: 2048,
  };
  const keys = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Graphpost test',
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date('2000-01-01'),
    notAfter: new Date('2049-12-31'),
  });
  const pem = certificate.toString('pem');
  const privateKey = await subtle.exportKey('pkcs8', keys.privateKey);
  return {
    pem,
    privateKey: PemConverter.encode(privateKey, 'PRIVATE KEY'),
    thumbprint: Buffer.from(
      new X509Certificate(pem).fingerprint256.replaceAll(':', ''),
      'hex',
    ).toString('base64url'),
  };
}
