// Rolls a certificate over: the app registers another one by proof of the old, uses it, and takes the old one away.
import type { Clock, Token, TokenFailure } from '../relay/ports.ts';
import { labelOf } from './app-credential.ts';
import type { AppDirectory } from './app-directory.ts';
import { DirectoryError } from './app-requests.ts';
import { waitForToken } from './app-token.ts';
import {
  formatCertificateFile,
  type CertificateFile,
  type CertificateNotes,
} from './certificate-file.ts';
import { makeCertificate } from './certificate-maker.ts';
import { isSame, type CertificatePlace } from './certificate-place.ts';
import { makeProof } from './certificate-proof.ts';
import { SetupFault } from './setup-fault.ts';
import { type ProvedApp } from './setup-step.ts';

export interface RenewalParts {
  readonly clock: Clock;
  readonly randomBytes: (size: number) => Buffer;
  readonly progress: (text: string) => void;
  readonly place: CertificatePlace;
  readonly app: Pick<ProvedApp, 'tenant' | 'clientId'>;
  /** One request for a token of the app. Never throws. */
  readonly requestToken: (app: ProvedApp) => Promise<Token | TokenFailure>;
  /** The directory, as the app itself. */
  readonly directoryFor: (accessToken: string) => AppDirectory;
}

export interface RenewalWish {
  readonly days: number;
  /** Where neither the file of the certificate says them, nor the app may ask. */
  readonly applicationId?: string;
  readonly keyId?: string;
  /** The old one stays registered, until the next run. */
  readonly keepsOld: boolean;
}

export interface Renewal {
  /** `finished`: an earlier run had been cut off, or had kept the old one. */
  readonly kind: 'renewed' | 'finished';
  /** The end of the certificate in use, epoch ms. */
  readonly endsAt: number;
  /** What is left of the old one. */
  readonly old: 'removed' | 'kept' | 'unknown';
}

const dayMs = 86_400_000;

/**
 * Throws `SetupFault` or `DirectoryError`. Whatever happens in between: the certificate in use is registered, and
 * another run goes on from there.
 */
export async function renewCertificate(parts: RenewalParts, wish: RenewalWish): Promise<Renewal> {
  const { place } = parts;
  const interrupted = place.next();
  if (interrupted && (await isRegistered(interrupted, parts))) {
    place.use(interrupted);
    return await finish('finished', interrupted, { parts, wish });
  }
  // Nobody will ever use it: another one takes its place.
  place.forgetNext();
  if (place.old()) return await finish('finished', place.current(), { parts, wish });
  const next = await registerNext(parts, wish);
  const failure = await waitForToken(toApp(next, parts), parts);
  if (failure) {
    throw new SetupFault(
      `Entra does not take the new certificate yet: ${failure.description} (run renew again in some minutes; the old one stays in use)`,
    );
  }
  place.use(next);
  return await finish('renewed', next, { parts, wish });
}

/** Throws where nobody can say. */
async function isRegistered(pair: CertificateFile, parts: RenewalParts): Promise<boolean> {
  const answer = await tokenFor(pair, parts);
  if (answer.kind === 'failure' && answer.codes.length === 0) {
    throw new SetupFault(`Entra gives no token: ${answer.description}`);
  }
  return answer.kind === 'token';
}

async function registerNext(parts: RenewalParts, wish: RenewalWish): Promise<CertificateFile> {
  const { place, clock, randomBytes } = parts;
  const current = place.current();
  const directory = await directoryAs(current, parts);
  const notes = await notesOf(current, { directory, parts, wish });
  const now = clock.now();
  const made = await makeCertificate({
    name: current.certificate.subject.replace(/^CN=/, '').split('\n', 1).join(''),
    startsAt: now - dayMs,
    endsAt: now + wish.days * dayMs,
    serial: randomBytes(16),
  });
  const { applicationId } = notes;
  // Before it is registered: a certificate whose key is lost would be of no use.
  place.keepNext({ ...made, notes: { applicationId } });
  const { keyId } = await directory.addKey(applicationId, {
    der: made.certificate.raw,
    displayName: labelOf(made),
    proof: makeProof(current, { applicationId, now }),
  });
  const next = { ...made, notes: { applicationId, keyId } };
  place.keepNext(next);
  return next;
}

/** Takes the old one away, as far as its id is known. */
async function finish(
  kind: Renewal['kind'],
  current: CertificateFile,
  { parts, wish }: { readonly parts: RenewalParts; readonly wish: RenewalWish },
): Promise<Renewal> {
  const { place, clock } = parts;
  const old = place.old();
  const endsAt = current.certificate.validToDate.getTime();
  if (!old || isSame(old, current)) {
    place.forgetOld();
    return { kind, endsAt, old: 'removed' };
  }
  if (wish.keepsOld) return { kind, endsAt, old: 'kept' };
  const directory = await directoryAs(current, parts);
  const { applicationId, keyId } = await notesOf(old, { directory, parts, wish });
  if (keyId === undefined) {
    place.forgetOld();
    return { kind, endsAt, old: 'unknown' };
  }
  const proof = makeProof(current, { applicationId, now: clock.now() });
  await removeOnce(directory, { applicationId, keyId, proof });
  place.forgetOld();
  return { kind, endsAt, old: 'removed' };
}

/** One that is gone already is as good: an answer may have been lost. */
async function removeOnce(
  directory: AppDirectory,
  { applicationId, ...key }: { readonly applicationId: string; keyId: string; proof: string },
): Promise<void> {
  try {
    await directory.removeKey(applicationId, key);
  } catch (error) {
    const isGone = error instanceof DirectoryError && /no credentials? found/i.test(error.message);
    if (!isGone) throw error;
  }
}

async function directoryAs(pair: CertificateFile, parts: RenewalParts): Promise<AppDirectory> {
  const token = await tokenFor(pair, parts);
  if (token.kind === 'token') return parts.directoryFor(token.accessToken);
  throw new SetupFault(
    `Entra gives no token for the certificate in use: ${token.description} (where it has ended, graphpost setup registers another)`,
  );
}

function tokenFor(pair: CertificateFile, parts: RenewalParts): Promise<Token | TokenFailure> {
  return parts.requestToken(toApp(pair, parts));
}

function toApp(pair: CertificateFile, { app }: RenewalParts): ProvedApp {
  const pem = formatCertificateFile(pair);
  return { ...app, credential: { kind: 'certificate', certPem: pem, keyPem: pem } };
}

/** What the file says, else the options, else the directory, if it answers the app. */
async function notesOf(
  { certificate, notes }: CertificateFile,
  {
    directory,
    parts,
    wish,
  }: { readonly directory: AppDirectory; readonly parts: RenewalParts; readonly wish: RenewalWish },
): Promise<CertificateNotes & { readonly applicationId: string }> {
  const applicationId = notes.applicationId ?? wish.applicationId;
  const keyId = notes.keyId ?? wish.keyId;
  if (applicationId !== undefined && keyId !== undefined) return { applicationId, keyId };
  const asked = await askForNotes(certificate.raw, { directory, parts });
  const known = { ...(keyId !== undefined && { keyId }) };
  if (asked) return { ...asked, ...known };
  if (applicationId !== undefined) return { applicationId, ...known };
  throw new SetupFault(
    'The app may not ask for its own object id: give it by --application-id (Entra, App registrations, Overview, Object ID)',
  );
}

async function askForNotes(
  der: Buffer,
  { directory, parts }: { readonly directory: AppDirectory; readonly parts: RenewalParts },
): Promise<{ readonly applicationId: string; readonly keyId?: string } | undefined> {
  try {
    const found = await directory.readApplication({ appId: parts.app.clientId });
    const own = found.keyCredentials.find(({ key }) => key === der.toString('base64'));
    return { applicationId: found.id, ...(own && { keyId: own.keyId }) };
  } catch (error) {
    if (error instanceof DirectoryError && error.status === 403) return undefined;
    throw error;
  }
}
