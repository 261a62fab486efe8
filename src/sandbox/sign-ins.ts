// People who sign in to the sandbox's app: who sits before the browser, what they consented to, and what came of it.
import { createHash } from 'node:crypto';
import type { Identifiers } from './identifiers.ts';

/** Somebody with an account. */
export interface SandboxUser {
  readonly address: string;
  readonly name: string;
}

/** What somebody has signed in for. */
export interface UserGrant {
  readonly user: SandboxUser;
  readonly scopes: readonly string[];
}

/** A sign-in that the app waits for with a device code (RFC 8628), or has got a code for (RFC 6749 §4.1). */
interface Pending {
  readonly scopes: readonly string[];
  /** Epoch ms. */
  readonly endsAt: number;
}

interface AuthorizationCode extends Pending {
  readonly user: SandboxUser;
  readonly redirectUri: string;
  readonly challenge: string;
}

export type CodeRedemption = UserGrant | 'unknown' | 'wrongRedirect' | 'wrongVerifier';
export type DeviceRedemption = UserGrant | 'unknown' | 'expired' | 'pending' | 'declined';
export type Renewal = UserGrant | 'unknown' | 'revoked' | 'expired' | 'consentNeeded';

const deviceCodeMs = 900_000;
const codeMs = 600_000;

export class SignIns {
  readonly #identifiers: Identifiers;
  #visitor: SandboxUser | 'declines' | undefined;
  readonly #deviceCodes = new Map<string, Pending>();
  readonly #codes = new Map<string, AuthorizationCode>();
  readonly #refreshTokens = new Map<string, SandboxUser>();
  readonly #consents = new Map<string, Set<string>>();
  /** Why refresh tokens of these addresses are refused. */
  readonly #ended = new Map<
    string,
    { readonly why: 'revoked' | 'expired'; readonly of: Set<string> }
  >();

  constructor(identifiers: Identifiers) {
    this.#identifiers = identifiers;
  }

  /** From now on this user signs in wherever the app asks for it, and consents to all that it asks. */
  as(address: string, name = ''): void {
    this.#visitor = { address, name };
  }

  /** From now on whoever is asked says no. */
  decline(): void {
    this.#visitor = 'declines';
  }

  get visitor(): SandboxUser | 'declines' | undefined {
    return this.#visitor;
  }

  /** Refresh tokens of the user so far are refused: as after a change of the password, or after 90 days without use. */
  end(address: string, why: 'revoked' | 'expired'): void {
    const tokens = [...this.#refreshTokens].filter(([, user]) => isSame(user.address, address));
    this.#ended.set(address.toLowerCase(), { why, of: new Set(tokens.map(([token]) => token)) });
  }

  /** An administrator takes away what the user had consented to. */
  withdrawConsent(address: string): void {
    this.#consents.delete(address.toLowerCase());
  }

  startDevice(scopes: readonly string[], now: number) {
    const deviceCode = this.#identifiers.secret();
    this.#deviceCodes.set(deviceCode, { scopes, endsAt: now + deviceCodeMs });
    return {
      device_code: deviceCode,
      user_code: this.#identifiers.guid().slice(0, 8).toUpperCase(),
      expires_in: deviceCodeMs / 1000,
      interval: 5,
    };
  }

  redeemDevice(deviceCode: string, now: number): DeviceRedemption {
    const pending = this.#deviceCodes.get(deviceCode);
    if (!pending) return 'unknown';
    if (now >= pending.endsAt) return 'expired';
    if (!this.#visitor) return 'pending';
    this.#deviceCodes.delete(deviceCode);
    return this.#visitor === 'declines' ? 'declined' : this.#consent(this.#visitor, pending.scopes);
  }

  /** The code for a user who has signed in at the authorization endpoint. */
  createCode(code: Omit<AuthorizationCode, 'endsAt'>, now: number): string {
    const text = this.#identifiers.secret();
    this.#codes.set(text, { ...code, endsAt: now + codeMs });
    return text;
  }

  /** A code is good once, and with the verifier of its challenge (RFC 7636 §4.6). */
  redeemCode(
    text: string,
    { redirectUri, verifier, now }: { redirectUri: string; verifier: string; now: number },
  ): CodeRedemption {
    const code = this.#codes.get(text);
    this.#codes.delete(text);
    if (!code || now >= code.endsAt) return 'unknown';
    if (code.redirectUri !== redirectUri) return 'wrongRedirect';
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    if (challenge !== code.challenge) return 'wrongVerifier';
    return this.#consent(code.user, code.scopes);
  }

  createRefreshToken(user: SandboxUser): string {
    const token = this.#identifiers.secret();
    this.#refreshTokens.set(token, user);
    return token;
  }

  renew(refreshToken: string, scopes: readonly string[]): Renewal {
    const user = this.#refreshTokens.get(refreshToken);
    if (!user) return 'unknown';
    const ended = this.#ended.get(user.address.toLowerCase());
    if (ended?.of.has(refreshToken)) return ended.why;
    const consented = this.#consents.get(user.address.toLowerCase());
    return scopes.every((scope) => consented?.has(scope)) ? { user, scopes } : 'consentNeeded';
  }

  #consent(user: SandboxUser, scopes: readonly string[]): UserGrant {
    const key = user.address.toLowerCase();
    const consented = this.#consents.get(key) ?? new Set();
    for (const scope of scopes) consented.add(scope);
    this.#consents.set(key, consented);
    return { user, scopes };
  }
}

function isSame(address: string, other: string): boolean {
  return address.toLowerCase() === other.toLowerCase();
}
