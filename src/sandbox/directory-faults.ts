// The directory's refusals.
import type { GraphFault } from './answer.ts';

export const insufficientPrivileges: GraphFault = {
  status: 403,
  code: 'Authorization_RequestDenied',
  message: 'Insufficient privileges to complete the operation.',
};

export const badProof: GraphFault = {
  status: 401,
  code: 'Authentication_MissingOrMalformed',
  message: 'Access Token missing or malformed.',
};

export function objectNotFound(id: string): GraphFault {
  const message = `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;
  return { status: 404, code: 'Request_ResourceNotFound', message };
}

export function badRequest(message: string): GraphFault {
  return { status: 400, code: 'Request_BadRequest', message };
}

export function alreadyThere(message: string): GraphFault {
  return { status: 409, code: 'Request_MultipleObjectsWithSameKeyValue', message };
}
