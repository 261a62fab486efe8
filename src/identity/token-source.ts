// Tokens for Microsoft Graph: by which way they are had, and one holder for each connection.
import type { Events, Token, TokenFailure, TokenSource } from '../relay/ports.ts';
import { AppClient, type AppOptions } from './app-client.ts';
import type { Credential } from './credential.ts';
import { acquireByManagedIdentity } from './managed-identity.ts';
import { TokenHolder } from './token-holder.ts';
import { UserClient, type SignedInUser } from './user-client.ts';

export interface TokenSourceOptions extends Omit<AppOptions, 'credential'> {
  /** Name of the connection, for the events. */
  readonly connection: string;
  readonly credential: Credential;
  /** As whom the app acts; absent: as itself. */
  readonly user?: SignedInUser;
  readonly events: Pick<Events, 'tokenRequested'>;
}

/** Makes no request, and reads no credential, before the first `token()`. Never throws. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { clock, connection, events } = options;
  const acquire = waysOf(options);
  return new TokenHolder({
    clock,
    async acquire() {
      const answer = await acquire();
      events.tokenRequested({ connection, ...describe(answer) });
      return answer;
    },
  });
}

function waysOf(options: TokenSourceOptions): () => Promise<Token | TokenFailure> {
  const { credential, user, graph, clock } = options;
  if (credential.kind === 'managedIdentity') {
    return () => acquireByManagedIdentity({ identity: credential, graph, clock });
  }
  const client = user
    ? new UserClient({ ...options, credential, user })
    : new AppClient({ ...options, credential });
  return () => client.acquire();
}

function describe(answer: Token | TokenFailure) {
  if (answer.kind === 'token') {
    return { result: 'success', expiresAt: answer.expiresAt } as const;
  }
  const diagnostic = `${answer.error}: ${answer.description}`;
  return { result: 'failure', diagnostic, failure: answer } as const;
}
