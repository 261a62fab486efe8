// Signs an administrator in for one piece of work in the directory; nothing of it is kept.
import type { TokenFailure } from '../relay/ports.ts';
import type { AppOptions } from './app-client.ts';
import { CredentialError } from './credential-error.ts';
import { NetworkClient } from './network-client.ts';
import {
  acquireByBrowser,
  acquireByDeviceCode,
  whyNobody,
  type BrowserOptions,
  type DevicePrompt,
} from './sign-in.ts';
import { createUserApplication } from './user-application.ts';

export interface Administrator {
  readonly kind: 'administrator';
  /** The name that was signed in with. */
  readonly username: string;
  /** The tenant's GUID. */
  readonly tenantId: string;
  readonly accessToken: string;
}

export interface AdministratorOptions extends Omit<AppOptions, 'credential'> {
  /** Permissions of Graph, such as `Application.ReadWrite.All`. */
  readonly permissions: readonly string[];
}

export type SignInWay =
  | { readonly kind: 'browser'; readonly open: BrowserOptions['open'] }
  | { readonly kind: 'device'; readonly show: (prompt: DevicePrompt) => void };

/** The `tenant` may be `organizations`: who signs in says which. Never throws: the failure says why nobody has signed in. */
export async function signInAdministrator(
  { permissions, ...app }: AdministratorOptions,
  way: SignInWay,
): Promise<Administrator | TokenFailure> {
  const network = new NetworkClient(app);
  const scopes = permissions.map((permission) => `${app.graph}/${permission}`);
  try {
    const options = { ...app, credential: { kind: 'none' } as const };
    const application = await createUserApplication(options, { network });
    const result = await (way.kind === 'browser'
      ? acquireByBrowser(application, { ...way, scopes })
      : acquireByDeviceCode(application, { ...way, scopes }));
    if (!result?.account || !result.accessToken) throw nobody;
    const { username, tenantId } = result.account;
    return { kind: 'administrator', username, tenantId, accessToken: result.accessToken };
  } catch (error) {
    return whyNobody(error, network);
  }
}

const nobody = new CredentialError('sign_in_needed', 'Entra does not say who has signed in');
