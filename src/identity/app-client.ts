// Tokens for an app as itself, by client credentials (RFC 6749 §4.4), through MSAL.
import type { ConfidentialClientApplication } from '@azure/msal-node';
import type { Dispatcher } from 'undici';
import type { Clock, Token, TokenFailure } from '../relay/ports.ts';
import { toMsalCredential, type AppCredential } from './credential.ts';
import { NetworkClient } from './network-client.ts';
import { failureOfClient, redactFailure } from './token-failure.ts';
import { toToken } from './token-answer.ts';

/** An app, and how it gets to Entra. */
export interface AppOptions {
  /** Origin, such as `https://login.microsoftonline.com`. */
  readonly authority: string;
  /** Domain or GUID; `consumers` for personal accounts. */
  readonly tenant: string;
  readonly clientId: string;
  /** Origin, such as `https://graph.microsoft.com`: whom the tokens are for. */
  readonly graph: string;
  readonly credential: AppCredential;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  /** Called when Entra gave no answer in time: the dispatcher may be stuck. */
  readonly onDeadline?: () => void;
}

/** One application object for all requests of a connection: it keeps what it learned of the endpoints. */
export class AppClient {
  readonly #options: AppOptions;
  readonly #network: NetworkClient;
  #application: ConfidentialClientApplication | undefined;

  constructor(options: AppOptions) {
    this.#options = options;
    this.#network = new NetworkClient(options);
  }

  /** One request. Never throws. */
  async acquire(): Promise<Token | TokenFailure> {
    const { graph } = this.#options;
    this.#network.reset();
    try {
      this.#application ??= await createApplication(this.#options, this.#network);
      const result = await this.#application.acquireTokenByClientCredential({
        scopes: [`${graph}/.default`],
        // Without it MSAL answers from its cache, and throws in place of the token when a refresh fails.
        skipCache: true,
      });
      return toToken(result);
    } catch (error) {
      const failure = this.#network.lastFailure ?? failureOfClient(error);
      return withoutSecret(failure, this.#options.credential);
    }
  }
}

async function createApplication(
  options: AppOptions,
  networkClient: NetworkClient,
): Promise<ConfidentialClientApplication> {
  const msal = await import('@azure/msal-node');
  return new msal.ConfidentialClientApplication({
    auth: await toMsalApp(options),
    system: { networkClient },
  });
}

/** Rejects, with a reason that may be shown, when the credential cannot be used. */
export async function toMsalApp({ authority, tenant, clientId, credential, clock }: AppOptions) {
  return {
    clientId,
    authority: `${authority}/${encodeURIComponent(tenant)}`,
    // With its port, else MSAL asks Microsoft's public host whether it knows this one.
    knownAuthorities: [new URL(authority).host],
    ...(await toMsalCredential(credential, clock)),
  };
}

export function withoutSecret(failure: TokenFailure, credential: AppCredential): TokenFailure {
  return credential.kind === 'secret' ? redactFailure(failure, credential.secret) : failure;
}
