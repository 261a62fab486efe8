// /servicePrincipals: apps and managed identities as somebody in the tenant, and the app roles that they were granted.
import { jsonAnswer, type Answer, type GraphFault } from './answer.ts';
import { alreadyThere, badRequest, objectNotFound } from './directory-faults.ts';
import type { DirectoryRequest } from './directory-graph.ts';
import { graphAppId, type Directory, type ServicePrincipal } from './directory.ts';
import { readObject } from './json-fields.ts';

export function getServicePrincipal({ directory, ids }: DirectoryRequest): Answer | GraphFault {
  const principal = directory.findServicePrincipal(ids[0] ?? '');
  return principal
    ? jsonAnswer(200, formatPrincipal(principal, directory))
    : objectNotFound(ids[0] ?? '');
}

export function postServicePrincipal({ directory, body }: DirectoryRequest): Answer | GraphFault {
  const appId = readObject(body, '', (fields) => {
    fields.one('tags', () => undefined);
    return fields.requiredLine('appId');
  });
  if (!directory.findApplication(`(appId='${appId}')`)) {
    const message = `The appId '${appId}' of the service principal does not reference a valid application object.`;
    return badRequest(message);
  }
  if (directory.isAtHome(appId)) {
    return alreadyThere(`The service principal name ${appId} is already in use.`);
  }
  return jsonAnswer(201, formatPrincipal(directory.addServicePrincipal(appId), directory));
}

/** What was granted to this one. */
export function listAssignments({ directory, ids }: DirectoryRequest): Answer | GraphFault {
  const principal = directory.findServicePrincipal(ids[0] ?? '');
  if (!principal) return objectNotFound(ids[0] ?? '');
  const all = [...directory.assignments.values()];
  return jsonAnswer(200, { value: all.filter(({ principalId }) => principalId === principal.id) });
}

/** What others were granted of this one. */
export function listAssignedTo({ directory, ids }: DirectoryRequest): Answer | GraphFault {
  const resource = directory.findServicePrincipal(ids[0] ?? '');
  if (!resource) return objectNotFound(ids[0] ?? '');
  const all = [...directory.assignments.values()];
  return jsonAnswer(200, { value: all.filter(({ resourceId }) => resourceId === resource.id) });
}

export function postAssignment({ directory, ids, body }: DirectoryRequest): Answer | GraphFault {
  const resource = directory.findServicePrincipal(ids[0] ?? '');
  const { principalId, resourceId, appRoleId } = readObject(body, '', (fields) => ({
    principalId: fields.requiredLine('principalId'),
    resourceId: fields.requiredLine('resourceId'),
    appRoleId: fields.requiredLine('appRoleId'),
  }));
  if (!resource) return objectNotFound(ids[0] ?? '');
  if (!directory.findServicePrincipal(principalId)) {
    return badRequest('Not a valid reference update.');
  }
  if (resource.id !== resourceId || resource.appId !== graphAppId || !directory.isRole(appRoleId)) {
    return badRequest('Permission being assigned was not found on application.');
  }
  const isThere = [...directory.assignments.values()].some(
    (one) => one.principalId === principalId && one.appRoleId === appRoleId,
  );
  if (isThere) return badRequest('Permission being assigned already exists on the object.');
  const assignment = { id: directory.identifiers.guid(), principalId, resourceId, appRoleId };
  directory.assignments.set(assignment.id, assignment);
  return jsonAnswer(201, assignment);
}

export function deleteAssignment({ directory, ids }: DirectoryRequest): Answer | GraphFault {
  const [, id = ''] = ids;
  return directory.assignments.delete(id) ? { status: 204 } : objectNotFound(id);
}

function formatPrincipal({ id, appId }: ServicePrincipal, { applications }: Directory) {
  const isApp = [...applications.values()].some(
    ({ registration }) => registration.clientId === appId,
  );
  return { id, appId, servicePrincipalType: isApp ? 'Application' : 'ManagedIdentity' };
}
