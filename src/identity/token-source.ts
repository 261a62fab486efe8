// Tokens for Microsoft Graph by client credentials (RFC 6749 §4.4), through MSAL.
import type { ConfidentialClientApplication } from '@azure/msal-node';
import type { Dispatcher } from 'undici';
import type { Clock, Events, Token, TokenFailure, TokenSource } from '../relay/ports.ts';
import { toMsalCredential, type Credential } from './credential.ts';
import { NetworkClient } from './network-client.ts';
import { failureOfClient, redactFailure } from './token-failure.ts';
import { TokenHolder } from './token-holder.ts';

export interface TokenSourceOptions {
  /** Name of the connection, for the events. */
  readonly connection: string;
  /** Origin, such as `https://login.microsoftonline.com`. */
  readonly authority: string;
  /** Domain or GUID. */
  readonly tenant: string;
  readonly clientId: string;
  /** Origin, such as `https://graph.microsoft.com`: whom the tokens are for. */
  readonly graph: string;
  readonly credential: Credential;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly events: Pick<Events, 'tokenRequested'>;
  /** Called when Entra gave no answer in time: the dispatcher may be stuck. */
  readonly onDeadline?: () => void;
}

/** Makes no request, and reads no credential, before the first `token()`. Never throws. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const client = new TokenClient(options);
  return new TokenHolder({
    clock: options.clock,
    async acquire() {
      const answer = await client.acquire();
      options.events.tokenRequested({ connection: options.connection, ...describe(answer) });
      return answer;
    },
  });
}

/** One application object for all requests of a connection: it keeps what it learned of the endpoints. */
class TokenClient {
  readonly #options: TokenSourceOptions;
  readonly #network: NetworkClient;
  #application: ConfidentialClientApplication | undefined;

  constructor(options: TokenSourceOptions) {
    this.#options = options;
    this.#network = new NetworkClient(options);
  }

  async acquire(): Promise<Token | TokenFailure> {
    const { graph, credential } = this.#options;
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
      return credential.kind === 'secret' ? redactFailure(failure, credential.secret) : failure;
    }
  }
}

async function createApplication(
  { authority, tenant, clientId, credential }: TokenSourceOptions,
  networkClient: NetworkClient,
): Promise<ConfidentialClientApplication> {
  const msal = await import('@azure/msal-node');
  return new msal.ConfidentialClientApplication({
    auth: {
      clientId,
      authority: `${authority}/${encodeURIComponent(tenant)}`,
      // With its port, else MSAL asks Microsoft's public host whether it knows this one.
      knownAuthorities: [new URL(authority).host],
      ...toMsalCredential(credential),
    },
    system: { networkClient },
  });
}

function toToken(
  result: { readonly accessToken: string; readonly expiresOn: Date | null } | null,
): Token | TokenFailure {
  const expiresAt = result?.expiresOn?.getTime() ?? NaN;
  if (!result?.accessToken || Number.isNaN(expiresAt)) return emptyAnswer;
  return { kind: 'token', accessToken: result.accessToken, expiresAt };
}

const emptyAnswer: TokenFailure = {
  kind: 'failure',
  error: 'empty_token',
  codes: [],
  description: 'Entra answered without a token',
};

function describe(answer: Token | TokenFailure) {
  if (answer.kind === 'token') return { result: 'success' } as const;
  return { result: 'failure', diagnostic: `${answer.error}: ${answer.description}` } as const;
}
