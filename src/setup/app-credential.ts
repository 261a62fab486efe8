// What proves the app: its certificate, a secret, or the tokens of another issuer.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Application, AppDirectory } from './app-directory.ts';
import { toKeyCredential } from './app-directory.ts';
import { untilKnown } from './app-replication.ts';
import {
  formatCertificateFile,
  readCertificateFile,
  type CertificateFile,
} from './certificate-file.ts';
import { makeCertificate } from './certificate-maker.ts';
import type { CredentialChoice } from './setup-choices.ts';
import { SetupFault } from './setup-fault.ts';
import { readIfThere, replaceFile, secretMode } from './setup-files.ts';
import {
  done,
  needed,
  unchanged,
  type SetupParts,
  type SetupState,
  type StepContext,
  type StepResult,
} from './setup-step.ts';

type ChoiceOf<Kind extends CredentialChoice['kind']> = Extract<CredentialChoice, { kind: Kind }>;

const dayMs = 86_400_000;
/** What ends sooner is to be replaced. */
const leastLifeMs = 30 * dayMs;
/** Whom tokens of other issuers are made for. */
const federatedAudiences = ['api://AzureADTokenExchange'];

/** Before anything else: a key that cannot be kept is of no use to anybody. */
export async function makeKey(
  { days }: ChoiceOf<'certificate'>,
  { name, parts, state }: StepContext & { readonly name: string },
): Promise<StepResult> {
  const { files, clock, randomBytes } = parts;
  const present = readPresent(files.certificate);
  const now = clock.now();
  const leftMs = (present?.certificate.validToDate.getTime() ?? 0) - now;
  if (present && leftMs > 0) {
    state.certificate = present;
    if (leftMs < leastLifeMs) state.warnings = [...state.warnings, endsSoon(name)];
    return unchanged;
  }
  const made = await makeCertificate({
    name,
    // Clocks may differ.
    startsAt: now - dayMs,
    endsAt: now + days * dayMs,
    serial: randomBytes(16),
  });
  state.certificate = { ...made, notes: {} };
  replaceFile(files.certificate, formatCertificateFile(state.certificate), { mode: secretMode });
  return done;
}

function endsSoon(name: string): string {
  return `The certificate of "${name}" ends within 30 days: run "graphpost renew"`;
}

function readPresent(file: string): CertificateFile | undefined {
  const pem = readIfThere(file);
  if (pem === undefined) return undefined;
  try {
    return readCertificateFile(pem);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SetupFault(`${file} is there already, and cannot be used: ${why}`, { cause: error });
  }
}

export async function registerCertificate(
  parts: SetupParts,
  state: SetupState,
): Promise<StepResult> {
  const directory = needed(parts.directory, 'directory');
  const own = needed(state.certificate, 'certificate');
  const { id } = needed(state.application, 'application');
  const read = () => untilKnown(() => directory.readApplication({ id }), parts);
  const before = await read();
  const present = keyIdOf(own, before);
  if (present === undefined) await addCertificate(before, { own, directory, parts });
  const keyId = present ?? keyIdOf(own, await read());
  keepNotes(parts.files.certificate, {
    ...own,
    notes: { applicationId: id, ...(keyId && { keyId }) },
  });
  return present === undefined ? done : unchanged;
}

/** The list is replaced as a whole: the others are named by their ids, and stay as they are. */
async function addCertificate(
  { id, keyCredentials }: Application,
  {
    own,
    directory,
    parts,
  }: {
    readonly own: CertificateFile;
    readonly directory: AppDirectory;
    readonly parts: SetupParts;
  },
): Promise<void> {
  const others = keyCredentials.map((credential) => ({ ...credential, key: null }));
  const mine = toKeyCredential(own.certificate.raw, labelOf(own));
  const change = { keyCredentials: [...others, mine] };
  await untilKnown(() => directory.changeApplication(id, change), parts);
}

function keyIdOf({ certificate }: CertificateFile, { keyCredentials }: Application) {
  const der = certificate.raw.toString('base64');
  return keyCredentials.find(({ key }) => key === der)?.keyId;
}

/** What Entra's pages show. */
export function labelOf({ certificate }: Pick<CertificateFile, 'certificate'>): string {
  return `graphpost, until ${certificate.validToDate.toISOString().slice(0, 10)}`;
}

/** For `graphpost renew`, which may not ask. */
function keepNotes(file: string, own: CertificateFile): void {
  const text = formatCertificateFile(own);
  if (readIfThere(file) !== text) replaceFile(file, text, { mode: secretMode });
}

export async function getSecret(
  { days }: ChoiceOf<'secret'>,
  { connection, parts, state }: StepContext & { readonly connection: string },
): Promise<StepResult> {
  const directory = needed(parts.directory, 'directory');
  const { id } = needed(state.application, 'application');
  const now = parts.clock.now();
  const { passwordCredentials } = await untilKnown(() => directory.readApplication({ id }), parts);
  // Another machine may send by the same app: its secret is not ours to remove.
  const label = `graphpost ${connection} on ${parts.hostname}`;
  const own = passwordCredentials.filter(({ displayName }) => displayName === label);
  const kept = readIfThere(parts.files.secret)?.trim() ?? '';
  const present = own.find(
    ({ hint, endDateTime }) =>
      kept !== '' && hint === kept.slice(0, 3) && Date.parse(endDateTime ?? '') - now > leastLifeMs,
  );
  if (present) {
    keepSecret(state, kept, present.endDateTime);
    return unchanged;
  }
  const endDateTime = new Date(now + days * dayMs).toISOString();
  const added = await untilKnown(
    () => directory.addPassword(id, { displayName: label, endDateTime }),
    parts,
  );
  await keepOrForget(added, { id, directory, file: parts.files.secret });
  keepSecret(state, added.secretText, endDateTime);
  // Those of runs that ended before they had written theirs: nobody knows these.
  for (const { keyId } of own) await directory.removePassword(id, keyId);
  return done;
}

/** A secret is shown once: one that cannot be written is of no use. */
async function keepOrForget(
  { keyId, secretText }: { readonly keyId: string; readonly secretText: string },
  {
    id,
    directory,
    file,
  }: { readonly id: string; readonly directory: AppDirectory; readonly file: string },
): Promise<void> {
  try {
    replaceFile(file, `${secretText}\n`, { mode: secretMode });
  } catch (error) {
    await directory.removePassword(id, keyId).catch(() => {});
    throw error;
  }
}

function keepSecret(state: SetupState, secret: string, end: string | null | undefined): void {
  state.secret = secret;
  if (end) state.expires = new Date(end).toISOString().slice(0, 10);
}

export async function trustIssuer(
  { issuer, subject }: ChoiceOf<'federatedToken'>,
  { connection, parts, state }: StepContext & { readonly connection: string },
): Promise<StepResult> {
  const directory = needed(parts.directory, 'directory');
  const { id } = needed(state.application, 'application');
  const present = await untilKnown(() => directory.listFederated(id), parts);
  const name = federatedName(connection, { issuer, subject });
  const wanted = { issuer, subject, audiences: federatedAudiences };
  const same = present.find((one) => one.issuer === issuer && one.subject === subject);
  if (same?.audiences.join() === federatedAudiences.join()) return unchanged;
  if (same) await directory.changeFederated(id, { id: same.id, ...wanted });
  else await untilKnown(() => directory.addFederated(id, { name, ...wanted }), parts);
  return done;
}

/**
 * Letters that a URL can have, which is less than the name of a connection can. Another cluster, which may send by the same
 * app, has another name.
 */
export function federatedName(
  connection: string,
  { issuer, subject }: Pick<ChoiceOf<'federatedToken'>, 'issuer' | 'subject'>,
): string {
  const mark = createHash('sha256').update(`${issuer} ${subject}`).digest('hex').slice(0, 8);
  return `graphpost-${connection.replaceAll('.', '-')}-${mark}`;
}

/** The key of the token cache, for a user who signs in. */
export function makeTokenKey({ files, randomBytes }: SetupParts): void {
  if (existsSync(files.tokenKey)) return;
  replaceFile(files.tokenKey, `${randomBytes(32).toString('base64')}\n`, { mode: secretMode });
}
