// The one app that is registered in the sandbox's tenant, and the credentials that prove it.
import { timingSafeEqual, createHash, X509Certificate } from 'node:crypto';
import { FederatedIssuers } from './federated-issuers.ts';

export class AppRegistration {
  readonly clientId: string;
  readonly secret: string;
  readonly issuers = new FederatedIssuers();
  /** Where people may come back to after they have signed in; of `http://localhost` any port and path. */
  readonly redirectUris = new Set(['http://localhost']);
  /** "Allow public client flows": people may sign in to it without a secret of the app. */
  isPublic = true;
  #secretExpired = false;
  readonly #certificates = new Map<string, X509Certificate>();

  constructor(options: { readonly clientId: string; readonly secret: string }) {
    this.clientId = options.clientId;
    this.secret = options.secret;
  }

  /** @param pem throws when it is no certificate */
  addCertificate(pem: string): void {
    const certificate = new X509Certificate(pem);
    this.#certificates.set(thumbprintOf(certificate), certificate);
  }

  /** @param thumbprint SHA-256 of the certificate in base64url, as `x5t#S256` has it (RFC 7515 §4.1.8) */
  certificate(thumbprint: string): X509Certificate | undefined {
    return this.#certificates.get(thumbprint);
  }

  takesRedirect(uri: string): boolean {
    if (this.redirectUris.has(uri)) return true;
    const { protocol, hostname } = URL.parse(uri) ?? {};
    return this.redirectUris.has(`${protocol}//${hostname}`) && hostname === 'localhost';
  }

  expireSecret(): void {
    this.#secretExpired = true;
  }

  checkSecret(secret: string): 'valid' | 'expired' | 'wrong' {
    if (!timingSafeEqual(sha256(secret), sha256(this.secret))) return 'wrong';
    return this.#secretExpired ? 'expired' : 'valid';
  }
}

function thumbprintOf(certificate: X509Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('base64url');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
