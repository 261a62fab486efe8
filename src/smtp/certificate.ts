// The certificate of a listener: read, checked, and read again when its files change.
import { X509Certificate } from 'node:crypto';
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createSecureContext, DEFAULT_CIPHERS, type SecureContextOptions } from 'node:tls';
import type { ListenerTls } from '../config/config.ts';
import type { Clock } from '../relay/ports.ts';

/** A certificate and its key, which fit each other. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** Rejects, with a sentence for the operator, when a file cannot be read or the two do not fit. */
export async function readCertificate(tls: ListenerTls): Promise<Certificate> {
  const cert = await readPem(tls.certFile);
  const key = await readPem(tls.keyFile);
  try {
    createSecureContext({ cert, key, ...toTlsOptions(tls) });
    return { cert, key, expiresAt: new X509Certificate(cert).validToDate.getTime() };
  } catch (error) {
    throw new Error(`${tls.certFile} and ${tls.keyFile} cannot be used: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** OpenSSL refuses what is older than TLS 1.2 at its usual security level, whatever the version says. */
export function toTlsOptions({ minVersion }: ListenerTls): SecureContextOptions {
  const isOld = minVersion === 'TLSv1' || minVersion === 'TLSv1.1';
  return { minVersion, ...(isOld && { ciphers: `${DEFAULT_CIPHERS}:@SECLEVEL=0` }) };
}

export interface CertificateWatch {
  readonly clock: Clock;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** The files have changed, and fit each other. */
  readonly onChange: (certificate: Certificate) => void;
  /** The files have changed, and cannot be used: said once for each such state. */
  readonly onTrouble: (error: unknown) => void;
}

/** Key and certificate are replaced one after the other: they are looked at when it is quiet again. */
const debounceMs = 500;
/** Some file systems tell nothing. */
const lookMs = 60_000;

/** Watches the folders, because a renewal replaces the files. Resolves when `signal` is aborted. */
export async function watchCertificate(
  tls: ListenerTls,
  current: Certificate,
  { clock, signal, onChange, onTrouble }: CertificateWatch,
): Promise<void> {
  const stirred = watchFolders([dirname(tls.certFile), dirname(tls.keyFile)], signal);
  let known = current;
  let lastTrouble = '';
  while (!signal.aborted) {
    await stirred.next({ clock, signal });
    if (signal.aborted) return;
    try {
      const read = await readCertificate(tls);
      lastTrouble = '';
      if (isSame(read, known)) continue;
      known = read;
      onChange(read);
    } catch (error) {
      if (messageOf(error) === lastTrouble) continue;
      lastTrouble = messageOf(error);
      onTrouble(error);
    }
  }
}

interface Stir {
  /** Resolves a moment after something has changed, or after a minute. */
  next(options: { readonly clock: Clock; readonly signal: AbortSignal }): Promise<void>;
}

function watchFolders(folders: readonly string[], signal: AbortSignal): Stir {
  let wake = Promise.withResolvers<void>();
  for (const folder of new Set(folders)) {
    try {
      const watcher = watch(folder, { signal, persistent: false }, () => wake.resolve());
      // A folder that is gone, or too many watches: the minute is left.
      watcher.on('error', () => undefined);
    } catch {
      // As above.
    }
  }
  return {
    async next({ clock, signal: ending }) {
      await Promise.race([wake.promise, clock.wait(lookMs, { signal: ending })]);
      await clock.wait(debounceMs, { signal: ending });
      wake = Promise.withResolvers<void>();
    },
  };
}

function isSame(one: Certificate, other: Certificate): boolean {
  return one.cert.equals(other.cert) && one.key.equals(other.key);
}

async function readPem(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new Error(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
