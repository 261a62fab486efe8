// Where a connection has its certificate and key, and how another pair takes their place in one stroke.
import { realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  formatCertificateFile,
  readCertificateFile,
  type CertificateFile,
} from './certificate-file.ts';
import { SetupFault } from './setup-fault.ts';
import { readIfThere, replaceByLink, replaceFile, type FileWish } from './setup-files.ts';

export interface CertificateLocation {
  /** Absolute paths; the same, where one file holds both. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly passphrase?: string;
}

/**
 * Three pairs beside each other: the one in use; the next one, until it is used; the old one, until Entra has
 * forgotten it. Whatever a crash leaves, the pair in use is whole, and registered.
 */
export class CertificatePlace {
  readonly #location: CertificateLocation;
  readonly #wish: FileWish;
  /** The one file of both; a file to be, where they are still two. */
  readonly #file: string;
  readonly #isOne: boolean;

  /** Throws when the files are not there. */
  constructor(location: CertificateLocation) {
    this.#location = location;
    const [cert, key] = [realpathSync(location.certFile), realpathSync(location.keyFile)];
    this.#isOne = cert === key;
    this.#file = this.#isOne ? key : join(dirname(key), `${basename(key)}.pair`);
    const { mode, uid, gid } = statSync(key);
    const isOwn = uid === process.getuid?.() && gid === process.getgid?.();
    this.#wish = { mode: mode & 0o777, ...(!isOwn && { owner: { uid, gid } }) };
  }

  /** Throws `SetupFault`. */
  current(): CertificateFile {
    const { certFile, keyFile, passphrase } = this.#location;
    const certificatePem = readIfThere(certFile) ?? '';
    if (certificatePem.split('-----BEGIN CERTIFICATE-----').length > 2) {
      throw new SetupFault(`${certFile} holds a chain: its issuer renews it, not the app`);
    }
    const keyPem = readIfThere(keyFile) ?? '';
    return readCertificateFile(certificatePem, {
      keyPem,
      ...(passphrase !== undefined && { passphrase }),
    });
  }

  next(): CertificateFile | undefined {
    return this.#read('.next');
  }

  old(): CertificateFile | undefined {
    return this.#read('.old');
  }

  keepNext(pair: CertificateFile): void {
    this.#write('.next', pair);
  }

  forgetNext(): void {
    rmSync(`${this.#file}.next`, { force: true });
  }

  forgetOld(): void {
    rmSync(`${this.#file}.old`, { force: true });
  }

  /** The next pair is in use from here on, and the one that was is the old one. */
  use(next: CertificateFile): void {
    const present = this.current();
    // A run that was cut off may have come as far as this: the old pair must not be lost.
    if (!isSame(present, next)) {
      this.#write('.old', present);
      if (!this.#isOne) this.#join(present);
      this.#write('', next);
    }
    this.forgetNext();
  }

  /** Two files cannot be replaced at once: both names lead to one file first, which holds what they held. */
  #join(present: CertificateFile): void {
    const { certFile, keyFile } = this.#location;
    this.#write('', present);
    for (const file of [certFile, keyFile].map((name) => realpathSync(name))) {
      if (file !== this.#file) replaceByLink(file, this.#file);
    }
  }

  #read(end: string): CertificateFile | undefined {
    const pem = readIfThere(`${this.#file}${end}`);
    const { passphrase } = this.#location;
    if (pem === undefined) return undefined;
    return readCertificateFile(pem, passphrase === undefined ? {} : { passphrase });
  }

  #write(end: string, pair: CertificateFile): void {
    const text = formatCertificateFile(pair, this.#location.passphrase);
    replaceFile(`${this.#file}${end}`, text, this.#wish);
  }
}

export function isSame(one: CertificateFile, other: CertificateFile): boolean {
  return one.certificate.fingerprint256 === other.certificate.fingerprint256;
}
