// The proof that an app has the key of a certificate which is registered with it: what lets it roll its own keys.
import { createHash, sign } from 'node:crypto';
import type { KeyAndCertificate } from './certificate-maker.ts';

/** Whom it is for: the directory, by the id that it had before Graph. */
const audience = '00000002-0000-0000-c000-000000000000';
const lifeSeconds = 600;

/**
 * A JWT for addKey and removeKey, good for ten minutes.
 * (https://learn.microsoft.com/graph/application-rollkey-prooftoken)
 * @param applicationId object id of the application, not its client id
 */
export function makeProof(
  { key, certificate }: KeyAndCertificate,
  { applicationId, now }: { readonly applicationId: string; readonly now: number },
): string {
  const seconds = Math.floor(now / 1_000);
  const thumbprint = createHash('sha1').update(certificate.raw).digest();
  const kid = thumbprint.toString('hex').toUpperCase();
  const x5t = thumbprint.toString('base64url');
  const header = encode({ alg: 'RS256', typ: 'JWT', kid, x5t });
  const claims = encode({
    aud: audience,
    iss: applicationId,
    nbf: seconds,
    exp: seconds + lifeSeconds,
  });
  const signature = sign('sha256', Buffer.from(`${header}.${claims}`), key);
  return `${header}.${claims}.${signature.toString('base64url')}`;
}

/** Without padding, which Graph refuses. */
function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
