// Federated credentials of the app: whose tokens Entra takes in place of the app's own assertion, and for whom.
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import {
  assertionOutOfTime,
  badAssertion,
  unknownAudience,
  unknownIssuer,
  unknownSubject,
  wrongAssertionSignature,
  type EntraFault,
} from './entra-fault.ts';

export interface FederatedCredential {
  /** Compared to the letter: a `/` at its end counts. */
  readonly issuer: string;
  readonly subject: string;
  /** Default: api://AzureADTokenExchange. */
  readonly audience?: string;
  /** PEM of the key that the issuer signs with (RS256); Entra fetches it from the issuer. */
  readonly publicKey: string;
}

/** The parts of a JWT: what was signed, and what it says. */
export interface ForeignToken {
  readonly algorithm: unknown;
  readonly signed: Buffer;
  readonly signature: Buffer;
  readonly claims: ReadonlyMap<string, unknown>;
}

/** Clocks may differ by as much. */
const skewSeconds = 300;

export class FederatedIssuers {
  #credentials: readonly (Required<FederatedCredential> & { readonly key: KeyObject })[] = [];

  /** Throws when the key is none. */
  trust(credential: FederatedCredential): void {
    const audience = credential.audience ?? 'api://AzureADTokenExchange';
    const key = createPublicKey(credential.publicKey);
    this.#credentials = [...this.#credentials, { ...credential, audience, key }];
  }

  forget({ issuer, subject }: Pick<FederatedCredential, 'issuer' | 'subject'>): void {
    this.#credentials = this.#credentials.filter(
      (each) => each.issuer !== issuer || each.subject !== subject,
    );
  }

  /** Why the token proves nothing; undefined when it proves the app. */
  fault(token: ForeignToken, nowSeconds: number): EntraFault | undefined {
    const { claims } = token;
    const [issuer, subject, audience] = ['iss', 'sub', 'aud'].map((name) => claims.get(name));
    if (token.algorithm !== 'RS256') return badAssertion('alg is not RS256');
    const ofIssuer = this.#credentials.filter((each) => each.issuer === issuer);
    const [known] = ofIssuer;
    if (!known) return unknownIssuer(String(issuer));
    const named = ofIssuer.filter((each) => each.subject === subject);
    if (named.length === 0) return unknownSubject(String(subject));
    if (!named.some((each) => each.audience === audience)) return unknownAudience(String(audience));
    if (!verify('sha256', token.signed, known.key, token.signature))
      return wrongAssertionSignature();
    const endsAt = Number(claims.get('exp'));
    const beginsAt = Number(claims.get('nbf') ?? 0);
    const isInTime = beginsAt - skewSeconds <= nowSeconds && nowSeconds < endsAt + skewSeconds;
    return isInTime ? undefined : assertionOutOfTime();
  }
}
