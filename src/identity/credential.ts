// What an app proves itself with to Entra, in MSAL's form.
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { Configuration } from '@azure/msal-node';
import { readFederatedToken } from './federated-token.ts';

export type Credential = AppCredential | ManagedIdentity;

/** An identity that the platform vouches for, without any secret here. */
export interface ManagedIdentity {
  readonly kind: 'managedIdentity';
  /** Of a user-assigned one; absent: the system's. */
  readonly clientId?: string;
}

export type AppCredential =
  /** A public client, which proves nothing: its user does. */
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secret: string }
  /** A file with a token of another issuer, read again at each use. */
  | { readonly kind: 'federatedToken'; readonly file: string }
  | {
      readonly kind: 'certificate';
      readonly certPem: string;
      /** PKCS #8 or PKCS #1, RSA. */
      readonly keyPem: string;
      readonly passphrase?: string;
      /** Sends the certificate along (x5c), for apps that trust its subject name and issuer. Default: false. */
      readonly sendCertificate?: boolean;
    }
  /** A file of PKCS #12 with both. */
  | { readonly kind: 'pfx'; readonly pfx: Uint8Array; readonly passphrase?: string };

type CredentialOptions = Pick<
  Configuration['auth'],
  'clientSecret' | 'clientCertificate' | 'clientAssertion'
>;

/** Rejects, with a reason that may be shown, when the credential cannot be used. */
export async function toMsalCredential(
  credential: AppCredential,
  { now }: { readonly now: () => number },
): Promise<CredentialOptions> {
  switch (credential.kind) {
    case 'none':
      return {};
    case 'secret':
      return { clientSecret: credential.secret };
    case 'federatedToken':
      return { clientAssertion: () => readFederatedToken(credential.file, { now: now() }) };
    case 'certificate':
      return { clientCertificate: toMsalCertificate(credential) };
    case 'pfx': {
      // Only who has such a file pays for the library.
      const { readPfx } = await import('./pfx.ts');
      const { certificate, key } = readPfx(credential.pfx, credential.passphrase);
      return { clientCertificate: toMsalParts(certificate, requireRsa(key)) };
    }
  }
}

function toMsalCertificate(credential: Extract<AppCredential, { kind: 'certificate' }>) {
  const certificate = readCertificate(credential.certPem);
  const key = readKey(credential);
  if (!certificate.checkPrivateKey(key)) {
    throw new Error('The certificate and the private key do not belong together');
  }
  return {
    ...toMsalParts(certificate, key),
    ...(credential.sendCertificate && { x5c: credential.certPem }),
  };
}

function toMsalParts(certificate: X509Certificate, key: KeyObject) {
  return {
    thumbprintSha256: certificate.fingerprint256.replaceAll(':', ''),
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function readCertificate(certPem: string): X509Certificate {
  if (certPem === '') throw new Error('The file of the certificate is missing or empty');
  try {
    return new X509Certificate(certPem);
  } catch (cause) {
    throw new Error('The certificate cannot be read: PEM is expected', { cause });
  }
}

function readKey({ keyPem, passphrase }: { keyPem: string; passphrase?: string }): KeyObject {
  if (keyPem === '') throw new Error('The file of the private key is missing or empty');
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: keyPem, ...(passphrase !== undefined && { passphrase }) });
  } catch (cause) {
    throw new Error('The private key cannot be read: PEM is expected, and the right passphrase', {
      cause,
    });
  }
  return requireRsa(key);
}

function requireRsa(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType === 'rsa') return key;
  throw new Error(`The private key must be RSA, and it is "${key.asymmetricKeyType ?? '?'}"`);
}
