// What signing in and staying signed in share: the app in MSAL's form, and who has signed in.
import type {
  AccountInfo,
  ConfidentialClientApplication,
  ICachePlugin,
  PublicClientApplication,
} from '@azure/msal-node';
import type { AppOptions } from './app-client.ts';
import { toMsalApp } from './app-client.ts';
import type { NetworkClient } from './network-client.ts';
import type { TokenCache } from './token-cache.ts';

export interface SignedInUser {
  /** The address of the account that mail has to leave from. */
  readonly account: string;
  /** What a user has to consent to, such as `Mail.Send`. */
  readonly permissions: readonly string[];
  readonly cache: TokenCache;
  /** Called when the next refresh token could not be written to the cache. */
  readonly onUnsaved?: (error: unknown) => void;
}

export interface UserOptions extends AppOptions {
  /** Name of the connection, for the command that signs in. */
  readonly connection: string;
  readonly user: SignedInUser;
}

export type UserApplication = PublicClientApplication | ConfidentialClientApplication;

/** Rejects, with a reason that may be shown, when the credential cannot be used. */
export async function createUserApplication(
  options: AppOptions,
  {
    network,
    cachePlugin,
  }: { readonly network: NetworkClient; readonly cachePlugin?: ICachePlugin },
): Promise<UserApplication> {
  const msal = await import('@azure/msal-node');
  const configuration = {
    auth: await toMsalApp(options),
    system: { networkClient: network },
    ...(cachePlugin && { cache: { cachePlugin } }),
  };
  return options.credential.kind === 'none'
    ? new msal.PublicClientApplication(configuration)
    : new msal.ConfidentialClientApplication(configuration);
}

/** MSAL adds what a refresh token takes. */
export function scopesOf({ graph, user }: UserOptions): string[] {
  return user.permissions.map((permission) => `${graph}/${permission}`);
}

/** Whether it is the account that is meant: Entra has several names for one, and not each is its address. */
export function isAccount({ username, idTokenClaims }: AccountInfo, address: string): boolean {
  const names = [username, idTokenClaims?.upn, idTokenClaims?.['email']];
  return names.some((name) => String(name).toLowerCase() === address.toLowerCase());
}

export function loginCommand({ connection }: Pick<UserOptions, 'connection'>): string {
  return `graphpost login ${/^[\w.-]+$/.test(connection) ? connection : `"${connection}"`}`;
}
