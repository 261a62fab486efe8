// Signs a user in, by a code on another device or in a browser of this machine, and keeps the refresh token.
import { randomUUID } from 'node:crypto';
import type { AuthenticationResult, DeviceCodeRequest } from '@azure/msal-node';
import type { TokenFailure } from '../relay/ports.ts';
import { withoutSecret } from './app-client.ts';
import { CredentialError } from './credential-error.ts';
import { startLoopback } from './loopback.ts';
import { NetworkClient } from './network-client.ts';
import { failureOfClient, failureOfUser } from './token-failure.ts';
import {
  createUserApplication,
  isAccount,
  scopesOf,
  type UserApplication,
  type UserOptions,
} from './user-application.ts';

export interface SignedIn {
  readonly kind: 'signedIn';
  /** The name that was signed in with. */
  readonly username: string;
  /** Of the person; '' when Entra does not say. */
  readonly name: string;
}

/** What somebody has to do, on any device. */
export interface DevicePrompt {
  /** A page of Microsoft. */
  readonly verificationUri: string;
  readonly userCode: string;
  readonly expiresInSeconds: number;
}

export interface DeviceOptions {
  readonly show: (prompt: DevicePrompt) => void;
  /** Aborted when nobody is waited for any longer. */
  readonly signal?: AbortSignal;
}

/**
 * Shows a code, and waits until somebody has entered it (RFC 8628). For public clients alone. Never throws: the failure says
 * why nobody has signed in; when it was another than the configured account, nothing is kept.
 */
export function signInByDeviceCode(
  options: UserOptions,
  device: DeviceOptions,
): Promise<SignedIn | TokenFailure> {
  return signIn(options, (application) =>
    acquireByDeviceCode(application, { ...device, scopes: scopesOf(options) }),
  );
}

/** Throws what MSAL throws; for an app with a credential of its own, too. */
export function acquireByDeviceCode(
  application: UserApplication,
  { scopes, show, signal }: DeviceOptions & { readonly scopes: string[] },
): Promise<AuthenticationResult | null> {
  if (!('acquireTokenByDeviceCode' in application)) {
    throw new Error('An app with a credential of its own takes the sign-in in a browser');
  }
  const request: DeviceCodeRequest = {
    scopes,
    deviceCodeCallback({ verificationUri, userCode, expiresIn }) {
      // MSAL calls back with nothing in it where Entra refuses to give a code, and fails afterwards.
      if (userCode) show({ verificationUri, userCode, expiresInSeconds: expiresIn });
    },
  };
  // MSAL looks at it before each request, and only then.
  signal?.addEventListener('abort', () => (request.cancel = true), { once: true });
  return unlessEnded(application.acquireTokenByDeviceCode(request), signal);
}

/** Rejects when the signal is aborted, whatever comes afterwards. */
async function unlessEnded<T>(coming: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await coming;
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = () => reject(new CredentialError('sign_in_ended', 'Nobody has signed in so far'));
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  try {
    return await Promise.race([coming, ended]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

export interface BrowserOptions {
  /** As registered with the app; absent: any port of `http://localhost`. */
  readonly redirectUri?: string;
  /** Brings somebody to this page, in a browser of this machine. */
  readonly open: (url: string) => void;
  /** Aborted when nobody is waited for any longer. */
  readonly signal?: AbortSignal;
}

/** Waits until somebody has signed in at the page (RFC 6749 §4.1, with PKCE). Never throws, as above. */
export function signInByBrowser(
  options: UserOptions,
  browser: BrowserOptions,
): Promise<SignedIn | TokenFailure> {
  return signIn(options, (application) =>
    acquireByBrowser(application, {
      ...browser,
      scopes: scopesOf(options),
      loginHint: options.user.account,
    }),
  );
}

/** Throws what MSAL throws, and what Entra sends the browser back with in place of a code. */
export async function acquireByBrowser(
  application: UserApplication,
  {
    scopes,
    loginHint,
    redirectUri: registered,
    open,
    signal,
  }: BrowserOptions & { readonly scopes: string[]; readonly loginHint?: string },
): Promise<AuthenticationResult> {
  const { CryptoProvider } = await import('@azure/msal-node');
  const { verifier: codeVerifier, challenge } = await new CryptoProvider().generatePkceCodes();
  await using loopback = await startLoopback(registered);
  const { redirectUri } = loopback;
  const state = randomUUID();
  const answer = loopback.answer(state);
  const url = await application.getAuthCodeUrl({
    scopes,
    redirectUri,
    state,
    codeChallenge: challenge,
    codeChallengeMethod: 'S256',
    ...(loginHint === undefined ? { prompt: 'select_account' } : { loginHint }),
  });
  open(url);
  const came = await unlessEnded(answer, signal);
  if (came.kind === 'error')
    throw Object.assign(new Error(came.description), { errorCode: came.error });
  return await application.acquireTokenByCode({
    scopes,
    redirectUri,
    codeVerifier,
    code: came.code,
  });
}

async function signIn(
  options: UserOptions,
  acquire: (application: UserApplication) => Promise<AuthenticationResult | null>,
): Promise<SignedIn | TokenFailure> {
  const network = new NetworkClient(options);
  try {
    // What cannot be kept is known before somebody takes the trouble.
    options.user.cache.read({ ...options, ...options.user });
    const application = await createUserApplication(options, { network });
    const result = await acquire(application);
    return keep(result, { ...options, msal: application.getTokenCache().serialize() });
  } catch (error) {
    return failureOfUser(withoutSecret(whyNobody(error, network), options.credential));
  }
}

/** Why nobody has signed in. */
export function whyNobody(error: unknown, { lastFailure }: NetworkClient): TokenFailure {
  // What Entra says until somebody has entered the code: in the end it is MSAL who knows that nobody has.
  const isPending = lastFailure?.error === 'authorization_pending';
  return !lastFailure || isPending ? failureOfClient(error) : lastFailure;
}

function keep(
  result: AuthenticationResult | null,
  { user, clock, msal, ...options }: UserOptions & { readonly msal: string },
): SignedIn {
  const account = result?.account;
  if (!account) throw new CredentialError('sign_in_needed', 'Entra does not say who has signed in');
  const { username, name = '' } = account;
  if (!isAccount(account, user.account)) {
    const message = `"${username}" has signed in, and the connection is for "${user.account}"`;
    throw new CredentialError('other_account', message);
  }
  user.cache.write({ ...options, ...user }, { msal, username, renewedAt: clock.now() });
  user.cache.announce();
  return { kind: 'signedIn', username, name };
}
