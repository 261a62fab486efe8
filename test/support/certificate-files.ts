// A certificate and its key as files in a folder of their own, which a test may replace.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ListenerTls } from '../../src/config/config.ts';
import { createCertificate, type Certificate } from './https-server.ts';

export interface CertificateFiles extends AsyncDisposable {
  readonly certFile: string;
  readonly keyFile: string;
  /** What stands in the files. */
  readonly certificate: Certificate;
  /** For a listener. */
  tls(mode: ListenerTls['mode'], minVersion?: ListenerTls['minVersion']): ListenerTls;
  /** Writes one file or both; returns when they are written. */
  write(changed: Partial<Certificate>): Promise<void>;
}

export async function createCertificateFiles(): Promise<CertificateFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'graphpost-tls-'));
  const [certFile, keyFile] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const certificate = await createCertificate('ec');
  async function write({ certPem, keyPem }: Partial<Certificate>): Promise<void> {
    if (certPem !== undefined) await writeFile(certFile, certPem);
    if (keyPem !== undefined) await writeFile(keyFile, keyPem);
  }
  await write(certificate);
  return {
    certFile,
    keyFile,
    certificate,
    tls: (mode, minVersion = 'TLSv1.2') => ({ mode, certFile, keyFile, minVersion }),
    write,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
