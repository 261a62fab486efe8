// Entra's endpoints for people: authorization codes with PKCE, device codes, and the grants that turn them into tokens.
import { htmlAnswer, jsonAnswer, type Answer } from './answer.ts';
import type { Directory } from './directory.ts';
import {
  entraFaultAnswer,
  invalidGrant,
  invalidScope,
  missingParameter,
  oauthFault,
  unknownApp,
  type EntraFault,
} from './entra-fault.ts';
import type { Journal } from './journal.ts';
import type { SandboxRequest } from './request.ts';
import type { SandboxUser, SignIns, UserGrant } from './sign-ins.ts';
import { permissionNames } from './tenant.ts';
import type { Tokens } from './tokens.ts';

export interface EntraUsersOptions {
  readonly directory: Directory;
  readonly signIns: SignIns;
  readonly tokens: Tokens;
  readonly journal: Journal;
  readonly origins: () => { readonly authority: string; readonly graph: string };
}

/** By which name Entra was called, and which tenant that is. */
export interface Realm {
  readonly name: string;
  readonly tenantId: string;
}

/** The tenant that all personal accounts are in. */
export const consumers: Realm = {
  name: 'consumers',
  tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad',
};

const oidcScopes = ['openid', 'profile', 'offline_access', 'email'];
const deviceGrants = ['device_code', 'urn:ietf:params:oauth:grant-type:device_code'];

export function isUserGrant(grant: string): boolean {
  return [...deviceGrants, 'authorization_code', 'refresh_token'].includes(grant);
}

export class EntraUsers {
  readonly #options: EntraUsersOptions;

  constructor(options: EntraUsersOptions) {
    this.#options = options;
  }

  /** The page to sign in on: whoever sits there has done so at once. */
  authorize({ query, receivedAt }: SandboxRequest): Answer {
    const { directory, signIns, journal } = this.#options;
    const app = directory.findApp(query.get('client_id') ?? '');
    const [redirectUri, challenge] = [query.get('redirect_uri') ?? '', query.get('code_challenge')];
    if (!app) return page('AADSTS700016: Application not found');
    if (!app.takesRedirect(redirectUri))
      return page('AADSTS50011: The redirect URI does not match');
    if (query.get('response_type') !== 'code') return page('AADSTS700054: response_type');
    if (!challenge || query.get('code_challenge_method') !== 'S256' || !query.get('state')) {
      journal.violation('An authorization request had no PKCE (S256), or no state');
      return page('AADSTS9002325: Proof Key for Code Exchange is required');
    }
    const scopes = this.#scopesOf(query.get('scope') ?? '');
    if (!scopes) return page('AADSTS70011: The scope is not valid');
    const { visitor } = signIns;
    if (!visitor) return htmlAnswer(200, 'Sign in to your account');
    const state = query.get('state') ?? '';
    if (visitor === 'declines') {
      const error_description = 'AADSTS65004: User declined to consent to access the app.';
      return redirect(redirectUri, { error: 'access_denied', error_description, state });
    }
    const code = signIns.createCode({ user: visitor, scopes, redirectUri, challenge }, receivedAt);
    return redirect(redirectUri, { code, state });
  }

  /** The device authorization endpoint (RFC 8628 §3.1). */
  startDevice(form: URLSearchParams, request: SandboxRequest, realm: Realm): Answer {
    const { directory, signIns } = this.#options;
    const clientId = form.get('client_id') ?? '';
    const scopes = this.#scopesOf(form.get('scope') ?? '');
    if (!directory.findApp(clientId)) {
      return entraFaultAnswer(unknownApp(clientId, realm.name), request);
    }
    if (!scopes) return entraFaultAnswer(invalidScope(form.get('scope') ?? ''), request);
    const started = signIns.startDevice(scopes, request.receivedAt);
    const verification_uri = 'https://microsoft.com/devicelogin';
    const message = `To sign in, open ${verification_uri} and enter the code ${started.user_code}`;
    return jsonAnswer(200, { ...started, verification_uri, message });
  }

  /** The token endpoint's part, once the app has proved itself. */
  grant(form: URLSearchParams, { receivedAt }: SandboxRequest): UserGrant | EntraFault {
    const grant = form.get('grant_type') ?? '';
    if (deviceGrants.includes(grant)) return this.#redeemDevice(form, receivedAt);
    return grant === 'authorization_code' ? this.#redeemCode(form, receivedAt) : this.#renew(form);
  }

  answer(
    grant: UserGrant,
    { now, realm, clientId }: { readonly now: number; readonly realm: Realm; clientId: string },
  ): Answer {
    const { tokens, signIns, origins } = this.#options;
    const scope = grant.scopes.map((name) => `${origins().graph}/${name}`).join(' ');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const seconds = Math.floor(now / 1000);
    const claims = {
      ver: '2.0',
      iss: `${origins().authority}/${realm.tenantId}/v2.0`,
      aud: clientId,
      sub: idOf(grant.user),
      oid: idOf(grant.user),
      tid: realm.tenantId,
      name: grant.user.name,
      preferred_username: grant.user.address,
      iat: seconds,
      nbf: seconds,
      exp: seconds + 3_600,
    };
    return jsonAnswer(200, {
      ...tokens.issue(now, { clientId, grant }),
      scope,
      refresh_token: signIns.createRefreshToken(grant.user),
      id_token: `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}.c2lnbmVk`,
      client_info: encode({ uid: idOf(grant.user), utid: realm.tenantId }),
    });
  }

  #redeemDevice(form: URLSearchParams, now: number): UserGrant | EntraFault {
    const code = form.get('device_code');
    if (code === null) return missingParameter('device_code');
    const result = this.#options.signIns.redeemDevice(code, now);
    switch (result) {
      case 'unknown':
        return oauthFault('bad_verification_code', 70018, 'Bad verification code.');
      case 'expired':
        return oauthFault('expired_token', 70019, 'Verification code expired.');
      case 'pending':
        return oauthFault('authorization_pending', 70016, 'OAuth 2.0 device flow error.');
      case 'declined':
        return oauthFault('authorization_declined', 65004, 'User declined to consent.');
      default:
        return result;
    }
  }

  #redeemCode(form: URLSearchParams, now: number): UserGrant | EntraFault {
    const [code, verifier] = [form.get('code'), form.get('code_verifier')];
    if (code === null) return missingParameter('code');
    if (verifier === null) return missingParameter('code_verifier');
    const redirectUri = form.get('redirect_uri') ?? '';
    const result = this.#options.signIns.redeemCode(code, { redirectUri, verifier, now });
    switch (result) {
      case 'unknown':
        return invalidGrant(70000, 'The provided authorization code is invalid or expired.');
      case 'wrongRedirect':
        return invalidGrant(500112, 'The reply address does not match that of the request.');
      case 'wrongVerifier':
        return invalidGrant(501481, 'The Code_Verifier does not match the code_challenge.');
      default:
        return result;
    }
  }

  #renew(form: URLSearchParams): UserGrant | EntraFault {
    const token = form.get('refresh_token');
    if (token === null) return missingParameter('refresh_token');
    const scopes = this.#scopesOf(form.get('scope') ?? '');
    if (!scopes) return invalidScope(form.get('scope') ?? '');
    const result = this.#options.signIns.renew(token, scopes);
    switch (result) {
      case 'unknown':
        return invalidGrant(70000, 'The provided grant is invalid.');
      case 'revoked':
        return invalidGrant(50173, 'The provided grant has expired due to it being revoked.');
      case 'expired':
        return invalidGrant(700082, 'The refresh token has expired due to inactivity.');
      case 'consentNeeded':
        return invalidGrant(65001, 'The user or administrator has not consented to use the app.');
      default:
        return result;
    }
  }

  /** Names of permissions of Graph; undefined when something else is asked for, or no refresh token. */
  #scopesOf(text: string): readonly string[] | undefined {
    const all = text.split(' ').filter((scope) => scope !== '');
    const { graph } = this.#options.origins();
    const names = all
      .filter((scope) => !oidcScopes.includes(scope))
      .map((scope) => (scope.startsWith(`${graph}/`) ? scope.slice(graph.length + 1) : scope));
    const isGood = names.length > 0 && names.every((name) => permissionNames.has(name));
    return isGood && all.includes('offline_access') ? names : undefined;
  }
}

/** Always the same for one address. */
function idOf({ address }: SandboxUser): string {
  return Buffer.from(address.toLowerCase()).toString('hex').padEnd(32, '0').slice(0, 32);
}

function redirect(uri: string, parameters: Readonly<Record<string, string>>): Answer {
  const location = new URL(uri);
  for (const [name, value] of Object.entries(parameters)) location.searchParams.set(name, value);
  return { status: 302, headers: { location: location.href } };
}

function page(title: string): Answer {
  return htmlAnswer(400, title);
}
