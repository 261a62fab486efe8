// Stands in for Entra: the OpenID configuration of one tenant, and its token endpoint for client credentials.
import { jsonAnswer, type Answer } from './answer.ts';
import type { AppRegistration } from './app-registration.ts';
import { assertionFault } from './client-assertion.ts';
import {
  entraFaultAnswer,
  expiredSecret,
  invalidScope,
  missingCredential,
  missingParameter,
  unknownApp,
  unknownResource,
  unknownTenant,
  unsupportedGrant,
  wrongSecret,
  type EntraFault,
} from './entra-fault.ts';
import type { Journal } from './journal.ts';
import type { Admission, SandboxRequest } from './request.ts';
import type { Tokens } from './tokens.ts';

export interface EntraOptions {
  readonly app: AppRegistration;
  readonly tokens: Tokens;
  readonly journal: Journal;
  /** The tenant's GUID; all endpoints that Entra names itself have it. */
  readonly tenantId: string;
  /** A domain of the tenant, by which it can be called too. */
  readonly domain: string;
  /** Origins of Entra and Graph, known once they listen. */
  readonly origins: () => { readonly authority: string; readonly graph: string };
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const discoveryPath = '/v2.0/.well-known/openid-configuration';
const tokenPath = '/oauth2/v2.0/token';

export class Entra {
  readonly #options: EntraOptions;

  constructor(options: EntraOptions) {
    this.#options = options;
  }

  admit(request: SandboxRequest): Admission {
    return { kind: 'admitted', carryOut: () => this.#answer(request) };
  }

  async #answer(request: SandboxRequest): Promise<Answer> {
    const { journal, tenantId, domain } = this.#options;
    const { method, path } = request;
    if (path === '/common/discovery/instance') {
      journal.violation('The instance discovery was called: name the host in knownAuthorities');
      return { status: 404 };
    }
    const [, name = '', rest = ''] = /^\/([^/]+)(\/.*)$/.exec(path) ?? [];
    const known = [tenantId, domain].includes(name.toLowerCase());
    if (method === 'GET' && rest === discoveryPath) {
      return known ? this.#configuration() : entraFaultAnswer(unknownTenant(name), request);
    }
    if (method !== 'POST' || rest !== tokenPath) return { status: 404 };
    const form = new URLSearchParams((await request.body.bytes()).toString());
    const fault = known ? this.#tokenFault(form, request) : unknownTenant(name);
    if (fault !== undefined) return entraFaultAnswer(fault, request);
    return jsonAnswer(200, this.#options.tokens.issue(request.receivedAt), {
      'cache-control': 'no-store, no-cache',
      pragma: 'no-cache',
    });
  }

  #configuration(): Answer {
    const { tenantId, origins } = this.#options;
    const base = `${origins().authority}/${tenantId}`;
    return jsonAnswer(200, {
      token_endpoint: `${base}${tokenPath}`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      tenant_region_scope: null,
    });
  }

  #tokenFault(form: URLSearchParams, request: SandboxRequest): EntraFault | undefined {
    const { app, tenantId } = this.#options;
    const grant = form.get('grant_type');
    if (grant === null) return missingParameter('grant_type');
    if (grant !== 'client_credentials') return unsupportedGrant(grant);
    const clientId = form.get('client_id');
    if (clientId === null) return missingParameter('client_id');
    if (clientId.toLowerCase() !== app.clientId) return unknownApp(clientId, tenantId);
    return this.#scopeFault(form.get('scope') ?? '') ?? this.#credentialFault(form, request);
  }

  /** App-only tokens are asked for with the resource itself: `<origin of Graph>/.default`, and nothing beside it. */
  #scopeFault(scope: string): EntraFault | undefined {
    const { origins, tenantId } = this.#options;
    const [, resource] = /^(\S+)\/\.default$/.exec(scope) ?? [];
    if (resource === undefined) return invalidScope(scope);
    return resource === origins().graph ? undefined : unknownResource(resource, tenantId);
  }

  #credentialFault(form: URLSearchParams, request: SandboxRequest): EntraFault | undefined {
    const { app } = this.#options;
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
    const state = app.checkSecret(secret);
    if (state === 'valid') return undefined;
    return state === 'expired' ? expiredSecret(app.clientId) : wrongSecret(app.clientId);
  }

  #audiences(): readonly string[] {
    const { tenantId, domain, origins } = this.#options;
    return [tenantId, domain].map((name) => `${origins().authority}/${name}${tokenPath}`);
  }
}
