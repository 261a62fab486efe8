// Entra's refusals: OAuth's error, the AADSTS number behind it, and the body that carries both.
import { jsonAnswer, type Answer, type RequestMark } from './answer.ts';

export interface EntraFault {
  readonly status: number;
  /** OAuth's error (RFC 6749 §5.2), which clients branch on. */
  readonly error: string;
  /** The number after `AADSTS`. */
  readonly code: number;
  readonly text: string;
}

export function entraFaultAnswer(fault: EntraFault, mark: RequestMark): Answer {
  const timestamp = `${new Date(mark.receivedAt).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const trace = `Trace ID: ${mark.id} Correlation ID: ${mark.clientRequestId} Timestamp: ${timestamp}`;
  return jsonAnswer(fault.status, {
    error: fault.error,
    error_description: `AADSTS${fault.code}: ${fault.text} ${trace}`,
    error_codes: [fault.code],
    timestamp,
    trace_id: mark.id,
    correlation_id: mark.clientRequestId,
    error_uri: `https://login.microsoftonline.com/error?code=${fault.code}`,
  });
}

export function unknownTenant(tenant: string): EntraFault {
  return {
    status: 400,
    error: 'invalid_tenant',
    code: 90002,
    text: `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
  };
}

export function unknownApp(clientId: string, tenant: string): EntraFault {
  return {
    status: 400,
    error: 'unauthorized_client',
    code: 700016,
    text: `Application with identifier '${clientId}' was not found in the directory '${tenant}'. You may have sent your authentication request to the wrong tenant.`,
  };
}

export function missingPrincipal(clientId: string): EntraFault {
  return {
    status: 401,
    error: 'invalid_client',
    code: 7000229,
    text: `The client application ${clientId} is missing service principal in the tenant.`,
  };
}

export function wrongSecret(clientId: string): EntraFault {
  return invalidClient(
    7000215,
    `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
  );
}

export function expiredSecret(clientId: string): EntraFault {
  return invalidClient(
    7000222,
    `The provided client secret keys for app '${clientId}' are expired.`,
  );
}

export function missingCredential(): EntraFault {
  return invalidClient(
    7000218,
    "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
  );
}

export function unknownCertificate(reason: string): EntraFault {
  return invalidClient(
    700027,
    `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - ${reason}]`,
  );
}

export function assertionOutOfTime(): EntraFault {
  return invalidClient(700024, 'Client assertion is not within its valid time range.');
}

export function badAssertion(reason: string): EntraFault {
  return invalidClient(50027, `JWT token is invalid or malformed: ${reason}.`);
}

export function wrongAudience(audience: string): EntraFault {
  return invalidClient(
    700023,
    `Client assertion audience claim does not match Realm issuer: '${audience}'.`,
  );
}

export function unknownIssuer(issuer: string): EntraFault {
  return invalidClient(
    700211,
    `No matching federated identity record found for presented assertion issuer '${issuer}'.`,
  );
}

export function unknownAudience(audience: string): EntraFault {
  return invalidClient(
    700212,
    `No matching federated identity record found for presented assertion audience '${audience}'.`,
  );
}

export function unknownSubject(subject: string): EntraFault {
  return invalidClient(
    700213,
    `No matching federated identity record found for presented assertion subject '${subject}'.`,
  );
}

export function wrongAssertionSignature(): EntraFault {
  return invalidClient(50013, 'Assertion failed signature validation.');
}

export function invalidGrant(code: number, text: string): EntraFault {
  return oauthFault('invalid_grant', code, text);
}

export function oauthFault(error: string, code: number, text: string): EntraFault {
  return { status: 400, error, code, text };
}

export function invalidScope(scope: string): EntraFault {
  return {
    status: 400,
    error: 'invalid_scope',
    code: 70011,
    text: `The provided value for the input parameter 'scope' is not valid. The scope '${scope}' is not valid.`,
  };
}

export function unknownResource(resource: string, tenant: string): EntraFault {
  return {
    status: 400,
    error: 'invalid_resource',
    code: 500011,
    text: `The resource principal named ${resource} was not found in the tenant named ${tenant}.`,
  };
}

export function unsupportedGrant(grant: string): EntraFault {
  return {
    status: 400,
    error: 'unsupported_grant_type',
    code: 70003,
    text: `The app requested an unsupported grant type '${grant}'.`,
  };
}

export function missingParameter(name: string): EntraFault {
  return {
    status: 400,
    error: 'invalid_request',
    code: 900144,
    text: `The request body must contain the following parameter: '${name}'.`,
  };
}

function invalidClient(code: number, text: string): EntraFault {
  return { status: 401, error: 'invalid_client', code, text };
}
