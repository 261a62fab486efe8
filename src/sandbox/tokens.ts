// Access tokens: opaque, with an end, and revocable all at once.
import type { Identifiers } from './identifiers.ts';
import type { SandboxLimits } from './limits.ts';
import type { UserGrant } from './sign-ins.ts';

/** The token response of RFC 6749 §5.1, as Entra words it. */
export interface TokenResponse {
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly ext_expires_in: number;
  readonly refresh_in?: number;
  readonly access_token: string;
}

export type TokenState = 'valid' | 'expired' | 'unknown';

/** Who got a token. */
export interface TokenOwner {
  /** Of the app; '' for a managed identity of this machine. */
  readonly clientId: string;
  /** As whom the app acts with it; absent: as itself. */
  readonly grant?: UserGrant;
}

export class Tokens {
  readonly #identifiers: Identifiers;
  readonly #limits: SandboxLimits;
  /** Epoch ms at which each token ends. */
  readonly #ends = new Map<string, number>();
  readonly #owners = new Map<string, TokenOwner>();

  constructor(options: { readonly identifiers: Identifiers; readonly limits: SandboxLimits }) {
    this.#identifiers = options.identifiers;
    this.#limits = options.limits;
  }

  issue(now: number, owner: TokenOwner): TokenResponse {
    const { tokenSeconds, refreshInSeconds } = this.#limits;
    this.#forgetLongExpired(now);
    const token = this.#identifiers.secret();
    this.#ends.set(token, now + tokenSeconds * 1000);
    this.#owners.set(token, owner);
    return {
      token_type: 'Bearer',
      expires_in: tokenSeconds,
      ext_expires_in: tokenSeconds,
      ...(refreshInSeconds > 0 && { refresh_in: refreshInSeconds }),
      access_token: token,
    };
  }

  stateOf(token: string, now: number): TokenState {
    const end = this.#ends.get(token);
    if (end === undefined) return 'unknown';
    return now < end ? 'valid' : 'expired';
  }

  /** As whom the app acts with this token; undefined: as itself. */
  grantOf(token: string): UserGrant | undefined {
    return this.#owners.get(token)?.grant;
  }

  ownerOf(token: string): TokenOwner | undefined {
    return this.#owners.get(token);
  }

  /** None that was issued so far is good any more. */
  revokeAll(): void {
    this.#ends.clear();
  }

  #forgetLongExpired(now: number): void {
    for (const [token, end] of this.#ends) {
      if (end + 3_600_000 >= now) continue;
      this.#ends.delete(token);
      this.#owners.delete(token);
    }
  }
}
