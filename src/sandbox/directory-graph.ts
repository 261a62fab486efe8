// Graph's endpoints of the directory: who may ask, and which resource answers.
import { graphFaultAnswer, type Answer, type GraphFault } from './answer.ts';
import {
  deleteApplication,
  getApplication,
  listApplications,
  patchApplication,
  postApplication,
} from './directory-applications.ts';
import {
  deleteFederatedIdentity,
  listFederatedIdentities,
  patchFederatedIdentity,
  postFederatedIdentity,
} from './directory-federated.ts';
import { badRequest, insufficientPrivileges } from './directory-faults.ts';
import { addKey, addPassword, removeKey, removePassword } from './directory-keys.ts';
import {
  deleteAssignment,
  getServicePrincipal,
  listAssignedTo,
  listAssignments,
  postAssignment,
  postServicePrincipal,
} from './directory-principals.ts';
import type { Directory } from './directory.ts';
import type { Journal } from './journal.ts';
import { ShapeError } from './json-fields.ts';
import type { SandboxRequest } from './request.ts';
import type { TokenOwner } from './tokens.ts';

/** A request to one or more objects of the directory. */
export interface DirectoryRequest {
  readonly directory: Directory;
  /** The references in its path, in their order: ids, or `(appId='…')`. */
  readonly ids: readonly string[];
  readonly query: URLSearchParams;
  /** The body, parsed; undefined when it is no JSON. */
  readonly body: unknown;
  /** Epoch ms. */
  readonly now: number;
}

/** Throws `ShapeError` for a body that is not as it must be. */
export type DirectoryResource = (request: DirectoryRequest) => Answer | GraphFault;

/** Whom a request is allowed: by a permission of an administrator, or because the app asks about its own keys. */
type Access = 'reads' | 'writes' | 'grants' | 'rollsKeys';

interface Route {
  readonly method: string;
  readonly path: RegExp;
  readonly access: Access;
  readonly resource: DirectoryResource;
}

const id = String.raw`(?:/([0-9a-f-]{36})|(\(appId='[0-9a-f-]{36}'\)))`;
const item = String.raw`/([0-9a-f-]{36})`;

const routes: readonly Route[] = [
  route('GET', '/applications', 'reads', listApplications),
  route('POST', '/applications', 'writes', postApplication),
  route('GET', `/applications${id}`, 'reads', getApplication),
  route('PATCH', `/applications${id}`, 'writes', patchApplication),
  route('DELETE', `/applications${id}`, 'writes', deleteApplication),
  route('POST', `/applications${id}/addPassword`, 'writes', addPassword),
  route('POST', `/applications${id}/removePassword`, 'writes', removePassword),
  route('POST', `/applications${id}/addKey`, 'rollsKeys', addKey),
  route('POST', `/applications${id}/removeKey`, 'rollsKeys', removeKey),
  route('GET', `/applications${id}/federatedIdentityCredentials`, 'reads', listFederatedIdentities),
  route('POST', `/applications${id}/federatedIdentityCredentials`, 'writes', postFederatedIdentity),
  route(
    'PATCH',
    `/applications${id}/federatedIdentityCredentials${item}`,
    'writes',
    patchFederatedIdentity,
  ),
  route(
    'DELETE',
    `/applications${id}/federatedIdentityCredentials${item}`,
    'writes',
    deleteFederatedIdentity,
  ),
  route('POST', '/servicePrincipals', 'writes', postServicePrincipal),
  route('GET', `/servicePrincipals${id}`, 'reads', getServicePrincipal),
  route('GET', `/servicePrincipals${id}/appRoleAssignments`, 'reads', listAssignments),
  route('GET', `/servicePrincipals${id}/appRoleAssignedTo`, 'reads', listAssignedTo),
  route('POST', `/servicePrincipals${id}/appRoleAssignedTo`, 'grants', postAssignment),
  route('DELETE', `/servicePrincipals${id}/appRoleAssignedTo${item}`, 'grants', deleteAssignment),
];

function route(
  ...[method, path, access, resource]: [string, string, Access, DirectoryResource]
): Route {
  return { method, path: new RegExp(`^/v1\\.0${path}$`), access, resource };
}

export function isDirectoryPath(path: string): boolean {
  return /^\/v1\.0\/(applications|servicePrincipals)\b/.test(path);
}

export interface DirectoryGraphOptions {
  readonly directory: Directory;
  readonly journal: Journal;
  /** Whose token came with the request. */
  readonly owner: TokenOwner;
}

/** Throws `ClientGone`. */
export async function answerFromDirectory(
  request: SandboxRequest,
  { directory, journal, owner }: DirectoryGraphOptions,
): Promise<Answer> {
  const body = await request.body.bytes();
  const path = decodeURI(request.path);
  const found = routes.find((each) => each.method === request.method && each.path.test(path));
  if (!found) {
    journal.violation(`The directory has no ${request.method} ${request.path}`);
    return graphFaultAnswer(badRequest('Resource not found for the segment.'), request);
  }
  const ids = (found.path.exec(path)?.slice(1) ?? []).filter((part) => part !== undefined);
  if (!isAllowed(found.access, { directory, owner, ids })) {
    return graphFaultAnswer(insufficientPrivileges, request);
  }
  const result = carryOut(found.resource, {
    directory,
    ids,
    query: request.query,
    body: parseJson(body),
    now: request.receivedAt,
  });
  return 'code' in result ? graphFaultAnswer(result, request) : result;
}

function carryOut(resource: DirectoryResource, request: DirectoryRequest): Answer | GraphFault {
  try {
    return resource(request);
  } catch (error) {
    if (error instanceof ShapeError) return badRequest(error.message);
    throw error;
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

const takes: Readonly<Record<Access, readonly string[]>> = {
  reads: ['Application.Read.All', 'Application.ReadWrite.All'],
  writes: ['Application.ReadWrite.All'],
  grants: ['AppRoleAssignment.ReadWrite.All'],
  rollsKeys: ['Application.ReadWrite.All'],
};

function isAllowed(
  access: Access,
  {
    directory,
    owner,
    ids: [first = ''],
  }: Pick<DirectoryGraphOptions, 'directory' | 'owner'> & Pick<DirectoryRequest, 'ids'>,
): boolean {
  if (owner.grant) return takes[access].some((scope) => owner.grant?.scopes.includes(scope));
  const application = directory.findApplication(first);
  if (application?.registration.clientId !== owner.clientId) return false;
  // An app needs no permission to roll its own keys, and one to look at itself.
  if (access === 'rollsKeys') return true;
  return directory.rolesOf(owner.clientId).has('Application.ReadWrite.OwnedBy');
}
