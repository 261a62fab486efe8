// Credentials of an application: secrets, and certificates that replace one another by proof of the old one.
import { constants, verify } from 'node:crypto';
import { jsonAnswer, type Answer, type GraphFault } from './answer.ts';
import { formatKey, formatPassword, readKey } from './directory-applications.ts';
import { badProof, badRequest, objectNotFound } from './directory-faults.ts';
import type { DirectoryRequest } from './directory-graph.ts';
import type { Application } from './directory.ts';
import { readObject } from './json-fields.ts';

/** Whom a proof is for. */
const proofAudience = '00000002-0000-0000-c000-000000000000';
const longestProofSeconds = 600;
const skewSeconds = 300;
const twoYearsMs = 2 * 365 * 86_400_000;

export function addPassword({ directory, ids, body, now }: DirectoryRequest): Answer | GraphFault {
  const application = directory.findApplication(ids[0] ?? '');
  if (!application) return objectNotFound(ids[0] ?? '');
  const { displayName, end } = readObject(body, '', (fields) =>
    fields.required('passwordCredential', fields.one('passwordCredential', readWish)),
  );
  const password = {
    keyId: directory.identifiers.guid(),
    secret: directory.identifiers.secret(),
    displayName: displayName ?? null,
    startsAt: now,
    endsAt: end === undefined ? now + twoYearsMs : Date.parse(end),
    lag: directory.newLag(),
  };
  const { registration } = application;
  registration.passwords = [...registration.passwords, password];
  return jsonAnswer(200, { ...formatPassword(password), secretText: password.secret });
}

export function removePassword({ directory, ids, body }: DirectoryRequest): Answer | GraphFault {
  const { registration } = directory.findApplication(ids[0] ?? '') ?? {};
  if (!registration) return objectNotFound(ids[0] ?? '');
  const keyId = readObject(body, '', (fields) => fields.requiredLine('keyId'));
  const left = registration.passwords.filter((password) => password.keyId !== keyId);
  if (left.length === registration.passwords.length) {
    return badRequest(`No password credential found with keyId '${keyId}'.`);
  }
  registration.passwords = left;
  return { status: 204 };
}

/** Takes a certificate from whoever proves that he has the key of one that is there. */
export function addKey({ directory, ids, body, now }: DirectoryRequest): Answer | GraphFault {
  const application = directory.findApplication(ids[0] ?? '');
  if (!application) return objectNotFound(ids[0] ?? '');
  const { key, proof } = readObject(body, '', (fields) => {
    fields.one('passwordCredential', () => undefined);
    return {
      key: fields.required('keyCredential', fields.one('keyCredential', readKey)),
      proof: fields.requiredLine('proof'),
    };
  });
  if (!isProof(proof, { application, now })) return badProof;
  if (!key.der) return badRequest('New key credential must have a value.');
  const added = application.registration.addCertificate(key.der, {
    keyId: directory.identifiers.guid(),
    displayName: key.displayName ?? null,
    lag: directory.newLag(),
  });
  return jsonAnswer(200, { ...formatKey(added), key: null });
}

export function removeKey({ directory, ids, body, now }: DirectoryRequest): Answer | GraphFault {
  const application = directory.findApplication(ids[0] ?? '');
  if (!application) return objectNotFound(ids[0] ?? '');
  const { keyId, proof } = readObject(body, '', (fields) => ({
    keyId: fields.requiredLine('keyId'),
    proof: fields.requiredLine('proof'),
  }));
  if (!isProof(proof, { application, now })) return badProof;
  const { registration } = application;
  const left = registration.keys.filter((key) => key.keyId !== keyId);
  if (left.length === registration.keys.length) {
    return badRequest(`No credentials found to be removed with keyId '${keyId}'.`);
  }
  registration.keys = left;
  return { status: 204 };
}

function readWish(value: unknown, path: string) {
  return readObject(value, path, (fields) => ({
    displayName: fields.line('displayName'),
    end: fields.line('endDateTime'),
  }));
}

/** A JWT of the application object itself, for ten minutes at most, signed with one of its keys. */
function isProof(
  jwt: string,
  { application, now }: { readonly application: Application; readonly now: number },
): boolean {
  const [header = '', claims = '', signature = ''] = jwt.split('.');
  const { alg } = parsePart(header);
  const { aud, iss, nbf, exp } = parsePart(claims);
  const isMeant = aud === proofAudience && iss === application.id;
  const [begins, ends, seconds] = [Number(nbf), Number(exp), now / 1000];
  const isInTime =
    begins - skewSeconds <= seconds && seconds < ends && ends - begins <= longestProofSeconds;
  if (alg !== 'RS256' || !isMeant || !isInTime) return false;
  const signed = Buffer.from(`${header}.${claims}`);
  return application.registration.keys.some(({ certificate }) =>
    verify(
      'sha256',
      signed,
      { key: certificate.publicKey, padding: constants.RSA_PKCS1_PADDING },
      Buffer.from(signature, 'base64url'),
    ),
  );
}

function parsePart(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
