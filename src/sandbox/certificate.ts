// The sandbox's own certificate authority, and the certificate that its servers show: made anew at each start, kept in memory only.
import './reflect-metadata.ts';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

/** PEM texts. */
export interface ServerCertificate {
  /** What clients have to trust. */
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** Wide and fixed: TLS checks it against the machine's clock, whatever clock the sandbox was given. */
const validity = { notBefore: new Date('2000-01-01'), notAfter: new Date('2049-12-31') };

/** @param hosts names and IP addresses that the certificate is good for */
export async function createServerCertificate(
  hosts: readonly string[],
): Promise<ServerCertificate> {
  const { subtle } = globalThis.crypto;
  const caKeys = await subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Graphpost sandbox CA',
    keys: caKeys,
    signingAlgorithm: algorithm,
    ...validity,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      await SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const keys = await subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    subject: 'CN=Graphpost sandbox',
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: algorithm,
    ...validity,
    extensions: [
      new SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isIP(host) ? 'ip' : 'dns', value: host })),
      ),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      // Tells the authorities of two sandboxes apart, which bear the same name.
      await AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const privateKey = await subtle.exportKey('pkcs8', keys.privateKey);
  return {
    ca: ca.toString('pem'),
    certificate: certificate.toString('pem'),
    privateKey: PemConverter.encode(privateKey, 'PRIVATE KEY'),
  };
}
