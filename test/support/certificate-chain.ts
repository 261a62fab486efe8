// A certificate of an authority that nobody knows, issued by way of another one, good for a year.
import { loadX509, type Certificate } from './https-server.ts';

export interface CertificateChain {
  readonly leaf: Certificate;
  /** PEM of the authority in between. */
  readonly between: string;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export async function createChain(): Promise<CertificateChain> {
  const x509 = await loadX509();
  const dates = {
    notBefore: new Date(Date.now() - 86_400_000),
    notAfter: new Date(Date.now() + 365 * 86_400_000),
  };
  const newKeys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const [rootKeys, betweenKeys, leafKeys] = await Promise.all([newKeys(), newKeys(), newKeys()]);
  const shared = { ...dates, signingAlgorithm: algorithm };
  const authority = [new x509.BasicConstraintsExtension(true)];
  const between = await x509.X509CertificateGenerator.create({
    ...shared,
    subject: 'CN=Test authority in between',
    issuer: 'CN=Test root',
    publicKey: betweenKeys.publicKey,
    signingKey: rootKeys.privateKey,
    extensions: authority,
  });
  const leaf = await x509.X509CertificateGenerator.create({
    ...shared,
    subject: 'CN=localhost',
    issuer: 'CN=Test authority in between',
    publicKey: leafKeys.publicKey,
    signingKey: betweenKeys.privateKey,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }])],
  });
  const key = await crypto.subtle.exportKey('pkcs8', leafKeys.privateKey);
  return {
    leaf: {
      certPem: `${leaf.toString('pem')}\n`,
      keyPem: x509.PemConverter.encode(key, 'PRIVATE KEY'),
    },
    between: between.toString('pem'),
  };
}
