// /applications/{id}/federatedIdentityCredentials: whose tokens prove an app.
import { jsonAnswer, type Answer, type GraphFault } from './answer.ts';
import { alreadyThere, objectNotFound } from './directory-faults.ts';
import type { DirectoryRequest } from './directory-graph.ts';
import type { FederatedIdentity } from './directory.ts';
import { readObject, type JsonFields } from './json-fields.ts';

export function listFederatedIdentities({ directory, ids }: DirectoryRequest): Answer | GraphFault {
  const application = directory.findApplication(ids[0] ?? '');
  if (!application) return objectNotFound(ids[0] ?? '');
  return jsonAnswer(200, { value: application.federated });
}

export function postFederatedIdentity(request: DirectoryRequest): Answer | GraphFault {
  const { directory, ids, body } = request;
  const application = directory.findApplication(ids[0] ?? '');
  if (!application) return objectNotFound(ids[0] ?? '');
  const identity = readObject(body, '', (fields) => ({
    id: directory.identifiers.guid(),
    name: fields.requiredLine('name'),
    ...readParts(fields),
  }));
  const isTaken = application.federated.some(
    ({ name, issuer, subject }) =>
      name === identity.name || (issuer === identity.issuer && subject === identity.subject),
  );
  if (isTaken) return alreadyThere('FederatedIdentityCredential exists already.');
  application.federated = [...application.federated, identity];
  directory.trust(application, identity);
  return jsonAnswer(201, identity);
}

export function patchFederatedIdentity(request: DirectoryRequest): Answer | GraphFault {
  const { directory, ids, body } = request;
  const application = directory.findApplication(ids[0] ?? '');
  const present = application?.federated.find(({ id }) => id === ids[1]);
  if (!application || !present) return objectNotFound(ids[1] ?? '');
  const changed: FederatedIdentity = { ...present, ...readObject(body, '', readParts) };
  application.federated = application.federated.map((one) => (one === present ? changed : one));
  application.registration.issuers.forget(present);
  directory.trust(application, changed);
  return { status: 204 };
}

export function deleteFederatedIdentity({ directory, ids }: DirectoryRequest): Answer | GraphFault {
  const application = directory.findApplication(ids[0] ?? '');
  const present = application?.federated.find(({ id }) => id === ids[1]);
  if (!application || !present) return objectNotFound(ids[1] ?? '');
  application.federated = application.federated.filter((one) => one !== present);
  application.registration.issuers.forget(present);
  return { status: 204 };
}

function readParts(fields: JsonFields) {
  fields.text('description');
  return {
    issuer: fields.requiredLine('issuer'),
    subject: fields.requiredLine('subject'),
    audiences: fields.list('audiences', (audience) => String(audience)),
  };
}
