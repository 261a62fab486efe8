// Tokens for an app that acts as a user who has signed in, by the refresh token in the token cache (RFC 6749 §6).
import type { ICachePlugin } from '@azure/msal-node';
import type { Token, TokenFailure } from '../relay/ports.ts';
import { withoutSecret } from './app-client.ts';
import { CredentialError } from './credential-error.ts';
import { NetworkClient } from './network-client.ts';
import { toToken } from './token-answer.ts';
import type { SignIn } from './token-cache.ts';
import { failureOfClient, failureOfUser } from './token-failure.ts';
import {
  createUserApplication,
  isAccount,
  loginCommand,
  scopesOf,
  type UserOptions,
} from './user-application.ts';

export type { SignedInUser } from './user-application.ts';

/** Entra is not asked again for as long with a refresh token that it refused, unless somebody signs in. */
const refusalMs = 3_600_000;

export class UserClient {
  readonly #options: UserOptions;
  readonly #network: NetworkClient;
  /** The sign-in that Entra has refused. */
  #refused:
    { readonly msal: string; readonly failure: TokenFailure; readonly until: number } | undefined;

  constructor(options: UserOptions) {
    this.#options = options;
    this.#network = new NetworkClient(options);
  }

  /** At most one token request. Never throws. */
  async acquire(): Promise<Token | TokenFailure> {
    this.#network.reset();
    try {
      return await this.#acquire();
    } catch (error) {
      return this.#failureOf(error);
    }
  }

  async #acquire(): Promise<Token | TokenFailure> {
    const { user, clock } = this.#options;
    const signIn = user.cache.read({ ...this.#options, ...user });
    if (!signIn) throw this.#signInNeeded();
    const refused = this.#refused;
    if (refused?.msal === signIn.msal && clock.now() < refused.until) return refused.failure;
    try {
      return await this.#renew(signIn);
    } catch (error) {
      const failure = this.#failureOf(error);
      if (needsSignIn(failure)) {
        this.#refused = { msal: signIn.msal, failure, until: clock.now() + refusalMs };
      }
      return failure;
    }
  }

  /** Another application object each time: what it remembers would hide what another process has written. */
  async #renew(signIn: SignIn): Promise<Token | TokenFailure> {
    const { user } = this.#options;
    const application = await createUserApplication(this.#options, {
      network: this.#network,
      cachePlugin: this.#cachePlugin(signIn),
    });
    const [account] = await application.getTokenCache().getAllAccounts();
    if (!account) throw this.#signInNeeded();
    const result = await application.acquireTokenSilent({
      account,
      scopes: scopesOf(this.#options),
      forceRefresh: true,
    });
    if (isAccount(result.account ?? account, user.account)) return toToken(result);
    throw new CredentialError(
      'other_account',
      `"${account.username}" is signed in, and "${user.account}" is configured`,
    );
  }

  /** A token is good even where the next refresh token cannot be kept: Entra goes on taking the one before. */
  #cachePlugin(signIn: SignIn): ICachePlugin {
    const { user, clock } = this.#options;
    return {
      async beforeCacheAccess({ tokenCache }) {
        tokenCache.deserialize(signIn.msal);
      },
      afterCacheAccess: async ({ tokenCache, cacheHasChanged }) => {
        if (!cacheHasChanged) return;
        const renewed = { ...signIn, msal: tokenCache.serialize(), renewedAt: clock.now() };
        try {
          user.cache.write({ ...this.#options, ...user }, renewed);
        } catch (error) {
          user.onUnsaved?.(error);
        }
      },
    };
  }

  #signInNeeded(): CredentialError {
    const { user } = this.#options;
    const message = `Run "${loginCommand(this.#options)}", and sign in as ${user.account}`;
    return new CredentialError('sign_in_needed', message);
  }

  #failureOf(error: unknown): TokenFailure {
    const failure = this.#network.lastFailure ?? failureOfClient(error);
    // MSAL's own word for a cache without a refresh token that would do.
    if (failure.error === 'no_tokens_found') return failureOfClient(this.#signInNeeded());
    const named = failureOfUser(withoutSecret(failure, this.#options.credential));
    if (!needsSignIn(named)) return named;
    return { ...named, description: `${named.description} Run "${loginCommand(this.#options)}"` };
  }
}

function needsSignIn({ error }: TokenFailure): boolean {
  return ['invalid_grant', 'interaction_required', 'user_consent_needed'].includes(error);
}
