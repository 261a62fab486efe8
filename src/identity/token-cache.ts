// Sign-ins of users in one encrypted file: AES-256-GCM, with a key that scrypt makes of the configured one.
import { createCipheriv, createDecipheriv, randomBytes, randomUUID, scryptSync } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { CredentialError } from './credential-error.ts';

/** One user who has signed in to one app. */
export interface SignIn {
  /** MSAL's cache with the refresh token in it, as MSAL writes it. */
  readonly msal: string;
  /** The name that was signed in with. */
  readonly username: string;
  /** Epoch ms of the last token. */
  readonly renewedAt: number;
}

/** Which sign-in: it belongs to app and user, and not to the name of a connection. */
export interface SignInKey {
  readonly authority: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly account: string;
}

export interface TokenCacheOptions {
  /** Absolute path; its folder is made when something is written. */
  readonly file: string;
  /** Any text that cannot be guessed. */
  readonly key: string;
}

/** The file beside the cache that changes when somebody signs in or out, and not at each renewal. */
export function announcementOf(cacheFile: string): string {
  return `${cacheFile}.changed`;
}

type SignIns = Readonly<Record<string, SignIn>>;

const format = 'graphpost token cache 1';
const tagBytes = 16;

/**
 * Reads the file at each use, so that it learns of a sign-in by another process. Nothing waits between read and write: of two
 * processes that write in the same moment one may still lose a sign-in, and then asks for it again.
 */
export class TokenCache {
  readonly #options: TokenCacheOptions;
  /** scrypt takes its time: the key for the salt that was used last. */
  #derived: { readonly salt: string; readonly key: Buffer } | undefined;

  constructor(options: TokenCacheOptions) {
    this.#options = options;
  }

  /** Throws `CredentialError` when the file cannot be read or opened. */
  read(key: SignInKey): SignIn | undefined {
    return this.#readAll()[nameOf(key)];
  }

  /** Throws as `read`, and when the file cannot be written: it is then as it was. */
  write(key: SignInKey, signIn: SignIn): void {
    this.#writeAll({ ...this.#readAll(), [nameOf(key)]: signIn });
  }

  /** Returns whether there was one. Throws as `write`. */
  remove(key: SignInKey): boolean {
    const { [nameOf(key)]: removed, ...others } = this.#readAll();
    if (removed) this.#writeAll(others);
    return removed !== undefined;
  }

  /** Tells who watches `announcementOf` that somebody has signed in or out. Throws as `write`. */
  announce(): void {
    try {
      replaceFile(announcementOf(this.#options.file), `${randomUUID()}\n`);
    } catch (cause) {
      throw this.#fault(`cannot be announced (${codeOf(cause)})`, cause);
    }
  }

  #readAll(): SignIns {
    const text = this.#readText();
    return text === undefined ? {} : this.#open(text);
  }

  #readText(): string | undefined {
    try {
      return readFileSync(this.#options.file, 'utf8');
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined;
      throw this.#fault(`cannot be read (${codeOf(cause)})`, cause);
    }
  }

  #open(text: string): SignIns {
    try {
      const sealed = JSON.parse(text) as Readonly<Record<'salt' | 'nonce' | 'data', string>>;
      const [nonce, data] = [sealed.nonce, sealed.data].map((part) => Buffer.from(part, 'base64'));
      if (!nonce || !data) throw new Error('It has no data');
      const cipher = createDecipheriv('aes-256-gcm', this.#keyFor(sealed.salt), nonce, {
        authTagLength: tagBytes,
      });
      cipher.setAAD(Buffer.from(format)).setAuthTag(data.subarray(-tagBytes));
      const plain = [cipher.update(data.subarray(0, -tagBytes)), cipher.final()];
      // It is ours and unchanged: that is what the tag has shown.
      return JSON.parse(Buffer.concat(plain).toString()) as SignIns;
    } catch (cause) {
      throw this.#fault('cannot be opened: it was made with another key, or is damaged', cause);
    }
  }

  #writeAll(signIns: SignIns): void {
    const salt = this.#derived?.salt ?? randomBytes(16).toString('base64');
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#keyFor(salt), nonce, {
      authTagLength: tagBytes,
    });
    cipher.setAAD(Buffer.from(format));
    const data = [cipher.update(JSON.stringify(signIns)), cipher.final(), cipher.getAuthTag()];
    const sealed = {
      format,
      salt,
      nonce: nonce.toString('base64'),
      data: Buffer.concat(data).toString('base64'),
    };
    try {
      replaceFile(this.#options.file, `${JSON.stringify(sealed)}\n`);
    } catch (cause) {
      throw this.#fault(`cannot be written (${codeOf(cause)})`, cause);
    }
  }

  #keyFor(salt: string): Buffer {
    if (this.#derived?.salt !== salt) {
      const key = scryptSync(this.#options.key, Buffer.from(salt, 'base64'), 32);
      this.#derived = { salt, key };
    }
    return this.#derived.key;
  }

  #fault(what: string, cause: unknown): CredentialError {
    const message = `The token cache "${this.#options.file}" ${what}`;
    return new CredentialError('token_cache', message, { cause });
  }
}

function nameOf({ authority, tenant, clientId, account }: SignInKey): string {
  return [authority, tenant, clientId, account].join(' ').toLowerCase();
}

/** A crash leaves the old file or the new one, and perhaps a temporary one beside it. */
function replaceFile(file: string, text: string): void {
  const folder = dirname(file);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    withFile(openSync(temporary, 'wx', 0o600), (descriptor) => {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    });
    renameSync(temporary, file);
    withFile(openSync(folder, 'r'), fsyncSync);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function withFile(descriptor: number, use: (descriptor: number) => void): void {
  try {
    use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
