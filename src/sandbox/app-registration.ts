// An app that is registered in the sandbox's tenant, and the credentials that prove it.
import { timingSafeEqual, createHash, X509Certificate } from 'node:crypto';
import { FederatedIssuers } from './federated-issuers.ts';

/** What is new is not found at once: a directory has replicas. */
export class Lag {
  #requests: number;

  /** @param requests so many do not find it yet */
  constructor(requests = 0) {
    this.#requests = requests;
  }

  /** Whether this request finds it. */
  isOver(): boolean {
    if (this.#requests === 0) return true;
    this.#requests -= 1;
    return false;
  }
}

export interface AppKey {
  readonly keyId: string;
  readonly certificate: X509Certificate;
  readonly displayName: string | null;
  readonly lag: Lag;
}

export interface AppPassword {
  readonly keyId: string;
  readonly secret: string;
  readonly displayName: string | null;
  /** Epoch ms. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly lag: Lag;
}

export class AppRegistration {
  readonly clientId: string;
  readonly issuers = new FederatedIssuers();
  /** Where people may come back to after they have signed in; of `http://localhost` any port and path. */
  readonly redirectUris = new Set<string>();
  /** "Allow public client flows": people may sign in to it without a secret of the app. */
  isPublic = false;
  /** Its audience: people with accounts of their own too. */
  takesPersonalAccounts = false;
  /** Oldest first. */
  keys: readonly AppKey[] = [];
  passwords: readonly AppPassword[] = [];

  constructor(clientId: string) {
    this.clientId = clientId;
  }

  /** @param certificate PEM or DER; throws when it is none */
  addCertificate(
    certificate: string | Buffer,
    {
      keyId,
      displayName = null,
      lag = new Lag(),
    }: { readonly keyId: string; readonly displayName?: string | null; readonly lag?: Lag },
  ): AppKey {
    const key = { keyId, certificate: new X509Certificate(certificate), displayName, lag };
    this.keys = [...this.keys, key];
    return key;
  }

  /** @param thumbprint SHA-256 of the certificate in base64url, as `x5t#S256` has it (RFC 7515 §4.1.8) */
  certificate(thumbprint: string): X509Certificate | undefined {
    const key = this.keys.find(({ certificate }) => thumbprintOf(certificate) === thumbprint);
    return key?.lag.isOver() ? key.certificate : undefined;
  }

  takesRedirect(uri: string): boolean {
    if (this.redirectUris.has(uri)) return true;
    const { protocol, hostname } = URL.parse(uri) ?? {};
    return this.redirectUris.has(`${protocol}//${hostname}`) && hostname === 'localhost';
  }

  /** From here on every secret is refused as expired. */
  expireSecrets(): void {
    this.passwords = this.passwords.map((password) => ({ ...password, endsAt: 0 }));
  }

  checkSecret(secret: string, now: number): 'valid' | 'expired' | 'wrong' {
    const found = this.passwords.find((one) => timingSafeEqual(sha256(secret), sha256(one.secret)));
    if (!found?.lag.isOver()) return 'wrong';
    return now < found.endsAt ? 'valid' : 'expired';
  }
}

function thumbprintOf(certificate: X509Certificate): string {
  return createHash('sha256').update(certificate.raw).digest('base64url');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
