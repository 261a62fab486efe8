// Holds the last good token, and decides when Entra is asked for another: seldom, and by one request at a time.
import type { Clock, Token, TokenFailure, TokenSource } from '../relay/ports.ts';

export interface TokenHolderOptions {
  readonly clock: Clock;
  /** Makes one token request. Never throws. */
  readonly acquire: () => Promise<Token | TokenFailure>;
}

/** A token is handed out until this long before its end. */
const leastLifeMs = 60_000;
/** Rest after the first trouble; each further one doubles it. */
const firstRestMs = 5_000;
const longestRestMs = 300_000;
/** Entra's own wish (Retry-After) is heeded up to this. */
const longestWishMs = 3_600_000;

/**
 * Asks for the next token at half of the life of the present one, in the background of a `token()`, and keeps to the
 * present one whatever comes of that. Trouble is remembered while it rests, so that a storm of messages makes one
 * request and not thousands.
 */
export class TokenHolder implements TokenSource {
  readonly #options: TokenHolderOptions;
  #token: Token | undefined;
  #refreshAt = 0;
  #request: Promise<void> | undefined;
  #failure: TokenFailure | undefined;
  /** Failed requests in a row. */
  #troubles = 0;
  /** Tokens in a row that Graph refused. */
  #refusals = 0;
  #refusedAt = -Infinity;
  #restUntil = -Infinity;

  constructor(options: TokenHolderOptions) {
    this.#options = options;
  }

  async token(): Promise<Token | TokenFailure> {
    const now = this.#options.clock.now();
    const present = this.#usable(now);
    if (present && now < this.#refreshAt) return present;
    if (!this.#rests(now)) this.#request ??= this.#ask();
    if (present) return present;
    await this.#request;
    return this.#usable(this.#options.clock.now()) ?? this.#failure ?? refused;
  }

  /**
   * A token that was good for a while may have been revoked: another is asked for at once. Where the new one is
   * refused too, the fault is not the token's, and the rests between requests grow.
   */
  reject(token: Token): void {
    if (this.#token?.accessToken !== token.accessToken) return;
    const now = this.#options.clock.now();
    this.#token = undefined;
    if (Math.abs(now - this.#refusedAt) > 2 * longestRestMs) this.#refusals = 0;
    this.#refusals += 1;
    this.#refusedAt = now;
    if (this.#refusals === 1) return;
    this.#failure = refused;
    this.#restUntil = now + restMs(this.#refusals - 1);
  }

  async #ask(): Promise<void> {
    const answer = await this.#options.acquire();
    this.#request = undefined;
    const now = this.#options.clock.now();
    if (answer.kind === 'failure') this.#rest(answer, now);
    else if (answer.expiresAt - now <= leastLifeMs) this.#rest(tooShort, now);
    else this.#keep(answer, now);
  }

  #keep(token: Token, now: number): void {
    this.#token = token;
    this.#refreshAt = now + (token.expiresAt - now) / 2;
    this.#failure = undefined;
    this.#troubles = 0;
  }

  #rest(failure: TokenFailure, now: number): void {
    this.#failure = failure;
    this.#troubles += 1;
    const wishMs = Math.min(failure.retryAfterMs ?? 0, longestWishMs);
    this.#restUntil = now + Math.max(restMs(this.#troubles), wishMs);
  }

  #usable(now: number): Token | undefined {
    return this.#token && this.#token.expiresAt - now > leastLifeMs ? this.#token : undefined;
  }

  /** A rest that is longer than any can be comes of a clock that was set back, and is over. */
  #rests(now: number): boolean {
    const leftMs = this.#restUntil - now;
    return leftMs > 0 && leftMs <= longestWishMs;
  }
}

function restMs(troubles: number): number {
  return Math.min(firstRestMs * 2 ** Math.min(troubles - 1, 30), longestRestMs);
}

const refused: TokenFailure = {
  kind: 'failure',
  error: 'refused_token',
  codes: [],
  description: 'Microsoft Graph refuses the tokens that Entra gives',
};

const tooShort: TokenFailure = {
  kind: 'failure',
  error: 'short_token',
  codes: [],
  description: 'Entra gave a token that ends within a minute',
};
