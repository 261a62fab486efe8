// /applications: the apps that are registered.
import { jsonAnswer, type Answer, type GraphFault } from './answer.ts';
import type { AppKey, AppPassword } from './app-registration.ts';
import { badRequest, objectNotFound } from './directory-faults.ts';
import type { DirectoryRequest } from './directory-graph.ts';
import { readDer, type Application, type Directory } from './directory.ts';
import { readObject, type JsonFields } from './json-fields.ts';

/** Of all that an application can have, what is known here. */
const audiences = [
  'AzureADMyOrg',
  'AzureADMultipleOrgs',
  'AzureADandPersonalMicrosoftAccount',
  'PersonalMicrosoftAccount',
];
/** Finds apps by a tag, which is indexed; `'` is written twice in it. */
const tagFilter = /^tags\/any\(t:t eq '((?:[^']|'')*)'\)$/;

export function listApplications({ directory, query }: DirectoryRequest): Answer | GraphFault {
  const [, escaped] = tagFilter.exec(query.get('$filter') ?? '') ?? [];
  if (escaped === undefined) return badRequest('Unsupported or invalid query filter clause.');
  const tag = escaped.replaceAll("''", "'");
  const found = [...directory.applications.values()].filter(
    ({ properties: { tags }, lag }) => Array.isArray(tags) && tags.includes(tag) && lag.isOver(),
  );
  return jsonAnswer(200, { value: found.map((application) => formatApplication(application)) });
}

export function getApplication({ directory, ids, query }: DirectoryRequest): Answer | GraphFault {
  const application = directory.findApplication(ids[0] ?? '');
  if (!application) return objectNotFound(ids[0] ?? '');
  const withKeys = query.get('$select')?.split(',').includes('keyCredentials') === true;
  return jsonAnswer(200, formatApplication(application, { withKeys }));
}

export function postApplication({ directory, body, now }: DirectoryRequest): Answer | GraphFault {
  const { displayName, properties } = readObject(body, '', (fields) => ({
    displayName: fields.requiredLine('displayName'),
    properties: readProperties(fields),
  }));
  const { signInAudience, api } = properties;
  if (isPersonal(signInAudience) && JSON.stringify(api) !== '{"requestedAccessTokenVersion":2}') {
    return badRequest('Property api.requestedAccessTokenVersion is invalid.');
  }
  const application = directory.addApplication({
    signInAudience: 'AzureADMyOrg',
    ...properties,
    displayName,
  });
  applyTo(application);
  return jsonAnswer(201, {
    ...formatApplication(application),
    createdDateTime: new Date(now).toISOString(),
  });
}

export function patchApplication({ directory, ids, body }: DirectoryRequest): Answer | GraphFault {
  const application = directory.findApplication(ids[0] ?? '');
  if (!application) return objectNotFound(ids[0] ?? '');
  const { keyCredentials, ...properties } = readObject(body, '', (fields) => ({
    ...readProperties(fields),
    ...(fields.line('displayName') !== undefined && { displayName: fields.line('displayName') }),
    keyCredentials: fields.one('keyCredentials', (value) => value),
  }));
  const keys = keyCredentials === undefined ? [] : readKeys(keyCredentials, application);
  if ('code' in keys) return keys;
  if (keyCredentials !== undefined) replaceKeys(application, { keys, directory });
  application.properties = { ...application.properties, ...properties };
  applyTo(application);
  return { status: 204 };
}

export function deleteApplication({ directory, ids }: DirectoryRequest): Answer | GraphFault {
  const application = directory.findApplication(ids[0] ?? '');
  if (!application) return objectNotFound(ids[0] ?? '');
  directory.removeApplication(application);
  return { status: 204 };
}

function readProperties(fields: JsonFields) {
  const entries = [
    ['signInAudience', fields.one('signInAudience', readAudience)],
    ['tags', fields.one('tags', (value) => value)],
    ['notes', fields.text('notes')],
    ['isFallbackPublicClient', fields.flag('isFallbackPublicClient')],
    ['publicClient', fields.one('publicClient', (value) => value)],
    ['api', fields.one('api', (value) => value)],
    ['requiredResourceAccess', fields.one('requiredResourceAccess', (value) => value)],
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Readonly<
    Record<string, unknown>
  >;
}

function readAudience(value: unknown): string {
  return audiences.find((audience) => audience === value) ?? 'AzureADMyOrg';
}

function isPersonal(audience: unknown): boolean {
  return String(audience).includes('PersonalMicrosoftAccount');
}

/** What its properties mean for people who sign in. */
function applyTo({ registration, properties }: Application): void {
  const { isFallbackPublicClient, publicClient, signInAudience } = properties;
  registration.isPublic = isFallbackPublicClient === true;
  registration.takesPersonalAccounts = isPersonal(signInAudience);
  registration.redirectUris.clear();
  for (const uri of redirectUrisOf(publicClient)) registration.redirectUris.add(uri);
}

function redirectUrisOf(publicClient: unknown): readonly string[] {
  if (publicClient === undefined) return [];
  return readObject(publicClient, 'publicClient', (fields) =>
    fields.list('redirectUris', (uri) => String(uri)),
  );
}

interface WantedKey {
  readonly keyId: string | undefined;
  readonly der: Buffer | undefined;
  readonly displayName: string | undefined;
}

/** The whole list that is to be from now on: a key that is there already is named by its id alone. */
function readKeys(
  value: unknown,
  { registration }: Application,
): readonly WantedKey[] | GraphFault {
  if (!Array.isArray(value)) return badRequest('keyCredentials is no list.');
  const wanted = value.map((entry: unknown, at) => readKey(entry, `keyCredentials[${at}]`));
  const known = new Set(registration.keys.map(({ keyId }) => keyId));
  const changed = wanted.find(({ keyId, der }) => keyId && known.has(keyId) && der);
  if (changed) {
    return badRequest(
      `Update to existing credential with KeyId '${changed.keyId}' is not allowed.`,
    );
  }
  const isEmpty = wanted.some(({ keyId, der }) => !der && !(keyId && known.has(keyId)));
  return isEmpty ? badRequest('New key credential must have a value.') : wanted;
}

export function readKey(value: unknown, path: string): WantedKey {
  return readObject(value, path, (fields) => {
    if (fields.text('type') !== 'AsymmetricX509Cert' || fields.text('usage') !== 'Verify') {
      return { keyId: undefined, der: undefined, displayName: undefined };
    }
    const key = fields.text('key');
    for (const name of ['startDateTime', 'endDateTime', 'customKeyIdentifier']) fields.text(name);
    return {
      keyId: fields.text('keyId'),
      der: key === undefined ? undefined : readDer(key),
      displayName: fields.line('displayName'),
    };
  });
}

function replaceKeys(
  { registration }: Application,
  { keys, directory }: { readonly keys: readonly WantedKey[]; readonly directory: Directory },
): void {
  const kept = new Set(keys.map(({ keyId }) => keyId));
  registration.keys = registration.keys.filter(({ keyId }) => kept.has(keyId));
  for (const { der, displayName = null } of keys) {
    const keyId = directory.identifiers.guid();
    if (der) registration.addCertificate(der, { keyId, displayName, lag: directory.newLag() });
  }
}

function formatApplication(
  { id, registration, properties }: Application,
  { withKeys }: { readonly withKeys: boolean } = { withKeys: false },
) {
  return {
    id,
    appId: registration.clientId,
    ...properties,
    keyCredentials: registration.keys.map((key) => ({
      ...formatKey(key),
      key: withKeys ? key.certificate.raw.toString('base64') : null,
    })),
    passwordCredentials: registration.passwords.map(formatPassword),
  };
}

export function formatKey({ keyId, certificate, displayName }: AppKey) {
  return {
    customKeyIdentifier: certificate.fingerprint.replaceAll(':', ''),
    displayName,
    startDateTime: certificate.validFromDate.toISOString(),
    endDateTime: certificate.validToDate.toISOString(),
    keyId,
    type: 'AsymmetricX509Cert',
    usage: 'Verify',
  };
}

export function formatPassword({ keyId, secret, displayName, startsAt, endsAt }: AppPassword) {
  return {
    customKeyIdentifier: null,
    displayName,
    startDateTime: new Date(startsAt).toISOString(),
    endDateTime: new Date(endsAt).toISOString(),
    hint: secret.slice(0, 3),
    keyId,
    secretText: null,
  };
}
