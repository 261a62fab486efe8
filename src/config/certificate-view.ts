// A certificate as others will see it: each trouble in words, with what mends it.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';

export interface CertificatePair {
  /** PEM, with the chain behind the first. */
  readonly certPem: string;
  /** PEM. */
  readonly keyPem: string;
  /** Of the key. */
  readonly passphrase?: string | undefined;
  /** Epoch ms. */
  readonly now: number;
}

export interface CertificateFacts extends CertificatePair {
  /** The name that clients connect to. */
  readonly hostname: string;
}

export interface CertificateTrouble {
  readonly severity: 'failure' | 'warning';
  readonly text: string;
  readonly fix: string;
}

export interface CertificateView {
  /** Epoch ms; absent for one that cannot be read. */
  readonly expiresAt?: number;
  /** None: every client that checks it is content. */
  readonly troubles: readonly CertificateTrouble[];
}

const soonMs = 30 * 86_400_000;

export function viewCertificate(facts: CertificateFacts): CertificateView {
  const chain = readChain(facts.certPem);
  const [leaf] = chain;
  if (leaf === undefined) return { troubles: [unreadable] };
  const expiresAt = leaf.validToDate.getTime();
  const troubles = [
    timeTrouble(leaf, facts),
    keyTrouble(leaf, facts),
    chainTrouble(chain),
    nameTrouble(leaf, facts),
    strengthTrouble(leaf),
  ];
  return { expiresAt, troubles: troubles.flatMap((trouble) => trouble ?? []) };
}

/** Why nobody can use it now, whoever he is: none where it is good. */
export function certificateFaults(pair: CertificatePair): readonly CertificateTrouble[] {
  const [leaf] = readChain(pair.certPem);
  if (leaf === undefined) return [unreadable];
  const troubles = [timeTrouble(leaf, pair), keyTrouble(leaf, pair)];
  return troubles.flatMap((trouble) => (trouble?.severity === 'failure' ? trouble : []));
}

const unreadable: CertificateTrouble = {
  severity: 'failure',
  text: 'The file of the certificate has none that can be read',
  fix: 'Put the certificate there as PEM, its chain behind it',
};

function readChain(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

function timeTrouble(
  { validFromDate, validToDate }: X509Certificate,
  { now }: CertificatePair,
): CertificateTrouble | undefined {
  const fix = 'Renew it: the files are read again by themselves';
  const day = (date: Date) => date.toISOString().slice(0, 10);
  if (validToDate.getTime() <= now) {
    const text = `The certificate has expired on ${day(validToDate)}, and is refused`;
    return { severity: 'failure', text, fix };
  }
  if (validFromDate.getTime() > now) {
    const text = `The certificate is not valid before ${day(validFromDate)}, and is refused`;
    return { severity: 'failure', text, fix: 'Look at the clock of this machine, or wait' };
  }
  if (validToDate.getTime() - now > soonMs) return undefined;
  const text = `The certificate expires on ${day(validToDate)}`;
  return { severity: 'warning', text, fix };
}

function keyTrouble(
  leaf: X509Certificate,
  { keyPem, passphrase }: CertificatePair,
): CertificateTrouble | undefined {
  const fix = 'Put the key of this certificate there; the first certificate of the file counts';
  try {
    if (
      leaf.checkPrivateKey(
        createPrivateKey({ key: keyPem, ...(passphrase !== undefined && { passphrase }) }),
      )
    )
      return undefined;
    return { severity: 'failure', text: 'The key is of another certificate', fix };
  } catch {
    return { severity: 'failure', text: 'The file of the key has none that can be read', fix };
  }
}

/** Clients know the authorities that Node knows, more or less; they do not fetch what is missing in between. */
function chainTrouble(chain: readonly X509Certificate[]): CertificateTrouble | undefined {
  const [leaf] = chain;
  let last = leaf;
  for (const next of chain.slice(1)) if (last?.checkIssued(next)) last = next;
  if (last === undefined || leaf === undefined || isKnown(last)) return undefined;
  if (leaf.checkIssued(leaf)) {
    return {
      severity: 'warning',
      text: 'The certificate is self-signed: clients that check it refuse it, many devices do not check',
      fix: 'Take one of a public authority, or let the clients trust this one',
    };
  }
  return {
    severity: 'warning',
    text: `The chain ends at "${commonNameOf(last.issuer)}", which clients do not know: an authority of your own, or the certificate in between is missing`,
    fix: 'Put the whole chain into the file of the certificate (fullchain.pem), or let the clients trust that authority',
  };
}

/** It is, or was issued by, an authority that is widely known. */
function isKnown(certificate: X509Certificate): boolean {
  return publicRoots().some((root) => certificate.checkIssued(root));
}

let roots: readonly X509Certificate[] | undefined;

function publicRoots(): readonly X509Certificate[] {
  return (roots ??= rootCertificates.map((pem) => new X509Certificate(pem)));
}

function commonNameOf(name: string): string {
  return /^CN=(.+)$/m.exec(name)?.[1] ?? name.replaceAll('\n', ', ');
}

function nameTrouble(
  leaf: X509Certificate,
  { hostname }: CertificateFacts,
): CertificateTrouble | undefined {
  if (leaf.subjectAltName === undefined && leaf.checkHost(hostname) !== undefined) {
    return {
      severity: 'warning',
      text: `The certificate has "${hostname}" as its common name alone: clients of today look into subjectAltName, and refuse it`,
      fix: `Have it issued with DNS:${hostname} as subjectAltName (RFC 9525)`,
    };
  }
  if (leaf.checkHost(hostname) !== undefined) return undefined;
  const names = leaf.subjectAltName ?? 'none';
  return {
    severity: 'warning',
    text: `The certificate is not for "${hostname}" but for ${names}: clients that connect to another name refuse it`,
    fix: 'Let the clients connect to a name that the certificate has, or add the name to it',
  };
}

/** What OpenSSL 3, Java and Windows take without a word in their configuration. */
const leastRsaBits = 2048;

function strengthTrouble(leaf: X509Certificate): CertificateTrouble | undefined {
  const fix = 'Have it issued with a key of RSA 2048 or P-256, signed with SHA-256';
  const bits = leaf.publicKey.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined && bits < leastRsaBits) {
    const text = `The key of the certificate has ${bits} bits: clients of today refuse less than ${leastRsaBits}`;
    return { severity: 'warning', text, fix };
  }
  if (!/^(md5|sha1)|with-?sha1$/i.test(leaf.signatureAlgorithm ?? '')) return undefined;
  const text = `The certificate is signed with ${leaf.signatureAlgorithm}, which clients of today refuse`;
  return { severity: 'warning', text, fix };
}
