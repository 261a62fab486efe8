// Stands in for Entra: the OpenID configuration of one tenant and of personal accounts, and the token endpoint.
import { jsonAnswer, type Answer } from './answer.ts';
import type { AppRegistration } from './app-registration.ts';
import { assertionFault } from './client-assertion.ts';
import type { Directory } from './directory.ts';
import {
  entraFaultAnswer,
  expiredSecret,
  invalidScope,
  missingCredential,
  missingParameter,
  missingPrincipal,
  unknownApp,
  unknownResource,
  unknownTenant,
  unsupportedGrant,
  wrongSecret,
  type EntraFault,
} from './entra-fault.ts';
import { consumers, EntraUsers, isUserGrant, type Realm } from './entra-users.ts';
import type { Journal } from './journal.ts';
import type { Admission, SandboxRequest } from './request.ts';
import type { SignIns } from './sign-ins.ts';
import type { Tokens } from './tokens.ts';

export interface EntraOptions {
  readonly directory: Directory;
  readonly tokens: Tokens;
  readonly signIns: SignIns;
  readonly journal: Journal;
  /** The tenant's GUID; all endpoints that Entra names itself have it. */
  readonly tenantId: string;
  /** A domain of the tenant, by which it can be called too. */
  readonly domain: string;
  /** Origins of Entra and Graph, known once they listen. */
  readonly origins: () => { readonly authority: string; readonly graph: string };
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const anyTenant = ['organizations', 'common'];
const discoveryPath = '/v2.0/.well-known/openid-configuration';
const tokenPath = '/oauth2/v2.0/token';
const devicePath = '/oauth2/v2.0/devicecode';
const authorizePath = '/oauth2/v2.0/authorize';

export class Entra {
  readonly #options: EntraOptions;
  readonly #users: EntraUsers;

  constructor(options: EntraOptions) {
    this.#options = options;
    this.#users = new EntraUsers(options);
  }

  admit(request: SandboxRequest): Admission {
    return { kind: 'admitted', carryOut: () => this.#answer(request) };
  }

  async #answer(request: SandboxRequest): Promise<Answer> {
    const { journal } = this.#options;
    const { method, path } = request;
    if (path === '/common/discovery/instance') {
      journal.violation('The instance discovery was called: name the host in knownAuthorities');
      return { status: 404 };
    }
    const [, name = '', rest = ''] = /^\/([^/]+)(\/.*)$/.exec(path) ?? [];
    const realm = this.#realmOf(name);
    if (method === 'GET' && rest === discoveryPath) {
      return realm ? this.#configuration(realm) : entraFaultAnswer(unknownTenant(name), request);
    }
    if (method === 'GET' && rest === authorizePath && realm) return this.#users.authorize(request);
    if (method !== 'POST' || ![tokenPath, devicePath].includes(rest)) return { status: 404 };
    const form = new URLSearchParams((await request.body.bytes()).toString());
    if (!realm) return entraFaultAnswer(unknownTenant(name), request);
    if (rest === devicePath) return this.#users.startDevice(form, request, realm);
    return this.#tokenAnswer(form, { request, realm });
  }

  #realmOf(name: string): Realm | undefined {
    const { tenantId, domain } = this.#options;
    if (name === consumers.name) return consumers;
    // Who signs in there is taken for somebody of this tenant.
    if (anyTenant.includes(name)) return { name, tenantId };
    return [tenantId, domain].includes(name.toLowerCase())
      ? { name: tenantId, tenantId }
      : undefined;
  }

  #tokenAnswer(
    form: URLSearchParams,
    { request, realm }: { readonly request: SandboxRequest; readonly realm: Realm },
  ): Answer {
    const { tokens } = this.#options;
    const fault = this.#tokenFault(form, { request, realm });
    if (fault !== undefined) return entraFaultAnswer(fault, request);
    const now = request.receivedAt;
    if (!isUserGrant(form.get('grant_type') ?? '')) {
      return jsonAnswer(200, tokens.issue(now, { clientId: clientIdOf(form) }), {
        'cache-control': 'no-store, no-cache',
        pragma: 'no-cache',
      });
    }
    const granted = this.#users.grant(form, request);
    if ('code' in granted) return entraFaultAnswer(granted, request);
    return this.#users.answer(granted, { now, realm, clientId: clientIdOf(form) });
  }

  #configuration({ name, tenantId }: Realm): Answer {
    const { authority } = this.#options.origins();
    const base = `${authority}/${name}`;
    return jsonAnswer(200, {
      token_endpoint: `${base}${tokenPath}`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      issuer: `${authority}/${tenantId}/v2.0`,
      authorization_endpoint: `${base}${authorizePath}`,
      device_authorization_endpoint: `${base}${devicePath}`,
      tenant_region_scope: null,
    });
  }

  #tokenFault(
    form: URLSearchParams,
    { request, realm }: { readonly request: SandboxRequest; readonly realm: Realm },
  ): EntraFault | undefined {
    const { directory, tenantId } = this.#options;
    const grant = form.get('grant_type');
    if (grant === null) return missingParameter('grant_type');
    const isForUser = isUserGrant(grant);
    if (grant !== 'client_credentials' && !isForUser) return unsupportedGrant(grant);
    const clientId = form.get('client_id');
    if (clientId === null) return missingParameter('client_id');
    const app = directory.findApp(clientId);
    if (!app) return unknownApp(clientId, tenantId);
    const proof = { form, request, app };
    if (realm === consumers && !(isForUser && app.takesPersonalAccounts)) {
      return unknownApp(clientId, realm.name);
    }
    if (isForUser) return this.#appFaultForUser(proof);
    const fault = this.#scopeFault(form.get('scope') ?? '') ?? this.#credentialFault(proof);
    return fault ?? (directory.isAtHome(app.clientId) ? undefined : missingPrincipal(clientId));
  }

  /** A public client proves nothing; device codes are for those alone. */
  #appFaultForUser(proof: Proof): EntraFault | undefined {
    const isProved = proof.form.has('client_secret') || proof.form.has('client_assertion');
    if (!isProved && proof.app.isPublic) return undefined;
    return this.#credentialFault(proof);
  }

  /** App-only tokens are asked for with the resource itself: `<origin of Graph>/.default`, and nothing beside it. */
  #scopeFault(scope: string): EntraFault | undefined {
    const { origins, tenantId } = this.#options;
    const [, resource] = /^(\S+)\/\.default$/.exec(scope) ?? [];
    if (resource === undefined) return invalidScope(scope);
    return resource === origins().graph ? undefined : unknownResource(resource, tenantId);
  }

  #credentialFault({ form, request, app }: Proof): EntraFault | undefined {
    const assertion = form.get('client_assertion');
    const secret = form.get('client_secret');
    if (assertion !== null) {
      if (form.get('client_assertion_type') !== assertionType) {
        return missingParameter('client_assertion_type');
      }
      return assertionFault(assertion, {
        app,
        now: request.receivedAt,
        audiences: this.#audiences(),
      });
    }
    if (secret === null) return missingCredential();
    const state = app.checkSecret(secret, request.receivedAt);
    if (state === 'valid') return undefined;
    return state === 'expired' ? expiredSecret(app.clientId) : wrongSecret(app.clientId);
  }

  #audiences(): readonly string[] {
    const { tenantId, domain, origins } = this.#options;
    return [tenantId, domain, consumers.name].map(
      (name) => `${origins().authority}/${name}${tokenPath}`,
    );
  }
}

/** What a request for a token says, and the app that it says it is from. */
interface Proof {
  readonly form: URLSearchParams;
  readonly request: SandboxRequest;
  readonly app: AppRegistration;
}

function clientIdOf(form: URLSearchParams): string {
  return (form.get('client_id') ?? '').toLowerCase();
}
