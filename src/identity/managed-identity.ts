// Tokens by the managed identity of the machine, through MSAL, which keeps one source of them for the whole process.
import Agent from 'undici/lib/dispatcher/agent.js';
import type { Clock, Token, TokenFailure } from '../relay/ports.ts';
import type { ManagedIdentity } from './credential.ts';
import { NetworkClient } from './network-client.ts';
import { toToken } from './token-answer.ts';
import { failureOfClient } from './token-failure.ts';

export interface ManagedIdentityOptions {
  readonly identity: ManagedIdentity;
  /** Origin, such as `https://graph.microsoft.com`: whom the tokens are for. */
  readonly graph: string;
  readonly clock: Clock;
}

/**
 * MSAL sends all requests of the process over the network client that it saw first, so this is the only one; it is never
 * ended. Its agent knows no proxy: the endpoint is on this machine, or link-local.
 */
let sharedNetwork: NetworkClient | undefined;
/** The request under way: one at a time, so that a failure is told of the request that met it. */
let turn: Promise<unknown> = Promise.resolve();

/** One request. Never throws. */
export function acquireByManagedIdentity(
  options: ManagedIdentityOptions,
): Promise<Token | TokenFailure> {
  const answer = turn.then(() => acquire(options));
  turn = answer;
  return answer;
}

async function acquire({
  identity,
  graph,
  clock,
}: ManagedIdentityOptions): Promise<Token | TokenFailure> {
  const network = (sharedNetwork ??= new NetworkClient({ dispatcher: new Agent(), clock }));
  network.reset();
  try {
    const msal = await import('@azure/msal-node');
    const application = new msal.ManagedIdentityApplication({
      ...(identity.clientId !== undefined && {
        managedIdentityIdParams: { userAssignedClientId: identity.clientId },
      }),
      // Its own retries take longer than a message may wait, and end in an empty token.
      system: { networkClient: network, disableInternalRetries: true },
    });
    return toToken(await application.acquireToken({ resource: graph, forceRefresh: true }));
  } catch (error) {
    const failure = failureOfClient(error);
    return ofArc.has(failure.error) ? failure : named(network.lastFailure ?? failure);
  }
}

/** What went wrong after an answer of Azure Arc's agent: it wants a secret that it has put on the machine. */
const ofArc: ReadonlySet<string> = new Set([
  'unable_to_read_secret_file',
  'user_assigned_managed_identity_not_confirmed',
]);

/** The words of the table for Entra do not fit the endpoint of a machine. */
function named(failure: TokenFailure): TokenFailure {
  if (failure.error === 'network') {
    const description = failure.description.replace('from Entra', 'from the endpoint');
    return { ...failure, error: 'no_managed_identity_endpoint', description };
  }
  const { httpStatus = 0 } = failure;
  const isRefusal = httpStatus >= 400 && httpStatus < 500 && httpStatus !== 429;
  return isRefusal ? { ...failure, error: 'no_managed_identity' } : failure;
}
