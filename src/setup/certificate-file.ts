// A certificate, its key and what is known of them in one PEM file: both are replaced in one stroke.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyAndCertificate } from './certificate-maker.ts';
import { SetupFault } from './setup-fault.ts';

/** Where the certificate is registered: what an app has to know to replace it, and may not ask. */
export interface CertificateNotes {
  /** Object id of the application, which is not its client id. */
  readonly applicationId?: string;
  /** Id of the certificate among its credentials. */
  readonly keyId?: string;
}

export interface CertificateFile extends KeyAndCertificate {
  readonly notes: CertificateNotes;
}

/** The text before the certificate is for people and for us (RFC 7468 §2): programs that read PEM pass it over. */
export function formatCertificateFile(
  { key, certificate, notes }: CertificateFile,
  passphrase?: string,
): string {
  const { applicationId, keyId } = notes;
  const lines = [
    'Certificate and private key of an app in Microsoft Entra, as Graphpost uses them. Keep it secret.',
    ...(applicationId === undefined ? [] : [`Application: ${applicationId}`]),
    ...(keyId === undefined ? [] : [`Key: ${keyId}`]),
  ];
  const keyPem = key.export({
    type: 'pkcs8',
    format: 'pem',
    ...(passphrase !== undefined && { cipher: 'aes-256-cbc', passphrase }),
  });
  return `${lines.join('\n')}\n${certificate.toString()}${keyPem.toString()}`;
}

/**
 * Reads one file with both, or the texts of two files. Throws `SetupFault` when they hold no
 * certificate and key that belong together.
 */
export function readCertificateFile(
  certificatePem: string,
  {
    keyPem = certificatePem,
    passphrase,
  }: { readonly keyPem?: string; readonly passphrase?: string } = {},
): CertificateFile {
  const certificate = attempt('The certificate cannot be read: PEM is expected', () => {
    return new X509Certificate(certificatePem);
  });
  const key = attempt(
    'The private key cannot be read: PEM is expected, and the right passphrase',
    () => {
      return createPrivateKey({ key: keyPem, ...(passphrase !== undefined && { passphrase }) });
    },
  );
  if (!certificate.checkPrivateKey(key)) {
    throw new SetupFault('The certificate and the private key do not belong together');
  }
  const notes = {
    ...noteOf(certificatePem, { name: 'applicationId', label: 'Application' }),
    ...noteOf(certificatePem, { name: 'keyId', label: 'Key' }),
  };
  return { key, certificate, notes };
}

function noteOf(
  pem: string,
  { name, label }: { readonly name: keyof CertificateNotes; readonly label: string },
): CertificateNotes {
  const [, value] = new RegExp(`^${label}: ([0-9a-f-]{36})$`, 'm').exec(pem) ?? [];
  return value === undefined ? {} : { [name]: value };
}

function attempt<T>(message: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new SetupFault(message, { cause });
  }
}
