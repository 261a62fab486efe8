// Certificates that the configuration names and that cannot do their work: expired, or with another's key.
import { readBoundedFile } from './bounded-file.ts';
import { certificateFaults } from './certificate-view.ts';
import type { Config } from './config.ts';
import { at, isGiven, type Place, type Report } from './place.ts';
import type { Secrets } from './secrets.ts';

export interface CertificateContext {
  readonly file: Place;
  readonly warn: Report;
  readonly secrets: Secrets;
  /** Epoch ms. */
  readonly now: number;
}

interface Named {
  readonly place: Place;
  readonly certFile: string;
  readonly keyFile: string;
  readonly isOfListener?: boolean;
  readonly passphrase?: string | undefined;
}

/** Warnings and no faults: the files may be made right at any time, and are read again by themselves. */
export function warnOfCertificates(
  config: Config,
  { file, warn, ...context }: CertificateContext,
): void {
  for (const named of [
    ...ofListeners(config, file),
    ...ofConnections(config, file, context.secrets),
  ]) {
    const hint = named.isOfListener ? { hint: 'the gateway does not start without it' } : {};
    const [certPem, keyPem] = [readText(named.certFile), readText(named.keyFile)];
    const missing =
      certPem === undefined ? named.certFile : keyPem === undefined ? named.keyFile : undefined;
    if (certPem === undefined || keyPem === undefined) {
      warn(named.place, `names a file that cannot be read: ${missing}`, hint);
      continue;
    }
    const facts = { certPem, keyPem, passphrase: named.passphrase, now: context.now };
    for (const { text, fix } of certificateFaults(facts)) {
      warn(named.place, `cannot be used: ${lowerFirst(text)}`, { hint: lowerFirst(fix) });
    }
  }
  warnOfPfx(config, { file, warn });
}

/** What is in it, its passphrase tells when it is used. */
function warnOfPfx(
  { connections }: Config,
  { file, warn }: Pick<CertificateContext, 'file' | 'warn'>,
): void {
  for (const connection of connections.values()) {
    if (connection.type !== 'graph' || connection.credential.kind !== 'pfx') continue;
    const { name, credential } = connection;
    if (readText(credential.file) !== undefined) continue;
    const place = at(file, 'connections', name, 'credential', 'certificate');
    warn(place, `names a file that cannot be read: ${credential.file}`);
  }
}

function ofListeners({ listeners }: Config, file: Place): readonly Named[] {
  return listeners.flatMap(({ tls }, index) => {
    const place = at(file, 'listeners', index, 'certificate');
    return tls && isGiven(place) ? [{ ...tls, place, isOfListener: true }] : [];
  });
}

function ofConnections({ connections }: Config, file: Place, secrets: Secrets): readonly Named[] {
  return [...connections.values()].flatMap((connection) => {
    if (connection.type !== 'graph' || connection.credential.kind !== 'certificate') return [];
    const { name, credential } = connection;
    const place = at(file, 'connections', name, 'credential', 'certificate');
    return [{ ...credential, place, passphrase: secrets.passphrase(name) }];
  });
}

function readText(file: string): string | undefined {
  try {
    return readBoundedFile(file).toString('utf8');
  } catch {
    return undefined;
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
