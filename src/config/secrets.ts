// Secrets of the configuration, kept apart from it so that a Config can be printed.
import { inspect } from 'node:util';
import type { ScryptHash } from './config.ts';

/** What a client logs in with. */
export type LoginSecret =
  | { readonly kind: 'password'; readonly password: string }
  | { readonly kind: 'hash'; readonly hash: ScryptHash };

/** Prints as `[secrets]`, wherever it is printed. */
export class Secrets {
  readonly #logins: ReadonlyMap<string, LoginSecret>;
  readonly #clientSecrets: ReadonlyMap<string, string>;
  readonly #passphrases: ReadonlyMap<string, string>;
  readonly #passwords: ReadonlyMap<string, string>;
  readonly #alertUrls: readonly (string | undefined)[];
  readonly #adminToken: string | undefined;
  readonly #queueUrl: string | undefined;
  readonly #tokenCacheKey: string | undefined;

  constructor(parts: {
    /** By name of the client. */
    readonly logins: ReadonlyMap<string, LoginSecret>;
    /** By name of the connection. */
    readonly clientSecrets: ReadonlyMap<string, string>;
    /** Of the keys of certificates, by name of the connection. */
    readonly passphrases?: ReadonlyMap<string, string>;
    /** Of smart hosts, by name of the connection. */
    readonly passwords?: ReadonlyMap<string, string>;
    /** Of webhooks, by the position of their block. */
    readonly alertUrls?: readonly (string | undefined)[];
    readonly adminToken?: string;
    /** Of a queue in PostgreSQL. */
    readonly queueUrl?: string;
    readonly tokenCacheKey?: string;
  }) {
    this.#logins = parts.logins;
    this.#clientSecrets = parts.clientSecrets;
    this.#passphrases = parts.passphrases ?? new Map();
    this.#passwords = parts.passwords ?? new Map();
    this.#alertUrls = parts.alertUrls ?? [];
    this.#adminToken = parts.adminToken;
    this.#queueUrl = parts.queueUrl;
    this.#tokenCacheKey = parts.tokenCacheKey;
  }

  login(client: string): LoginSecret | undefined {
    return this.#logins.get(client);
  }

  clientSecret(connection: string): string | undefined {
    return this.#clientSecrets.get(connection);
  }

  passphrase(connection: string): string | undefined {
    return this.#passphrases.get(connection);
  }

  password(connection: string): string | undefined {
    return this.#passwords.get(connection);
  }

  /** Of the block at this position; absent where it has none. */
  alertUrl(position: number): string | undefined {
    return this.#alertUrls[position];
  }

  adminToken(): string | undefined {
    return this.#adminToken;
  }

  /** With its password; absent where the queue is a file. */
  queueUrl(): string | undefined {
    return this.#queueUrl;
  }

  /** What the key of the token cache is made of; absent where there is none. */
  tokenCacheKey(): string | undefined {
    return this.#tokenCacheKey;
  }

  toJSON(): string {
    return '[secrets]';
  }

  [inspect.custom](): string {
    return '[secrets]';
  }
}
