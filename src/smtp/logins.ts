// Logins: passwords checked at a bounded pace, good ones remembered for a while, wrong ones slowed down and then locked out.
import { createHmac, randomBytes } from 'node:crypto';
import type { ClientConfig, ScryptHash } from '../config/config.ts';
import type { Secrets } from '../config/secrets.ts';
import type { Clock } from '../relay/ports.ts';
import type { Login } from './clients.ts';
import { createDecoy, matchesPassword } from './passwords.ts';
import { RecentFailures } from './recent-failures.ts';
import { createTurns } from './turns.ts';

export interface LoginSettings {
  readonly clients: readonly ClientConfig[];
  readonly secrets: Secrets;
  /** For one address, and for one user name. */
  readonly failuresPerMinute: number;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly ip: string;
}

export type LoginResult =
  | { readonly kind: 'success'; readonly login: Login }
  | { readonly kind: 'badCredentials' }
  /** Too many failures from this address or for this user: the password was not looked at. */
  | { readonly kind: 'locked' };

/** scrypt takes a thread of a pool of four, which DNS look-ups need too. */
const hashesAtOnce = 2;
const rememberMs = 300_000;
const firstDelayMs = 250;
const longestDelayMs = 4_000;
/** Longer user names are cut where they are kept. */
const maxUsernameLength = 64;

/** A login per message is cheap, and good logins are never counted, however many there are. */
export class Logins {
  readonly #clock: Clock;
  readonly #failures = new RecentFailures();
  readonly #turns = createTurns(hashesAtOnce);
  /** Passwords are remembered as digests under a key that dies with the process. */
  readonly #digestKey = randomBytes(32);
  readonly #remembered = new Map<string, { readonly login: Login; readonly until: number }>();
  #settings: LoginSettings;
  #decoy: ScryptHash;

  constructor(settings: LoginSettings, clock: Clock) {
    this.#clock = clock;
    this.#settings = settings;
    this.#decoy = decoyFor(settings);
  }

  /** Takes new settings; what was remembered under the old ones is forgotten. */
  configure(settings: LoginSettings): void {
    this.#settings = settings;
    this.#decoy = decoyFor(settings);
    this.#remembered.clear();
  }

  /** Answers late when it fails; an abort of `signal` cuts that short. Rejects when a hash cannot be computed. */
  async attempt(
    credentials: Credentials,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<LoginResult> {
    const digest = this.#digest(credentials);
    const known = this.#recall(digest);
    if (known) return { kind: 'success', login: known };
    const result = await this.#turns.run(() => this.#check(credentials, digest));
    if (result.kind === 'badCredentials') {
      const failures = this.#failures.count(addressKey(credentials), this.#clock.now());
      await this.#clock.wait(delayAfter(failures), { signal });
    }
    return result;
  }

  /** Looks again at what may have changed while others had their turn: a burst costs one hash, and locks after its share. */
  async #check(credentials: Credentials, digest: string): Promise<LoginResult> {
    const known = this.#recall(digest);
    if (known) return { kind: 'success', login: known };
    if (this.#isLocked(credentials)) return { kind: 'locked' };
    const settings = this.#settings;
    const clients = await this.#verify(credentials, settings);
    if (clients.length === 0) return this.#fail(credentials);
    const login = { username: credentials.username, clients };
    if (settings === this.#settings) {
      this.#remembered.set(digest, { login, until: this.#clock.now() + rememberMs });
    }
    return { kind: 'success', login };
  }

  /** Names of the clients that have this user name and password. */
  async #verify({ username, password }: Credentials, settings: LoginSettings): Promise<string[]> {
    const { clients, secrets } = settings;
    const decoy = this.#decoy;
    const names = clients.filter((client) => client.username === username).map(({ name }) => name);
    if (names.length === 0) await matchesPassword(password, { secret: undefined, decoy });
    const matching: string[] = [];
    for (const name of names) {
      const secret = secrets.login(name);
      if (await matchesPassword(password, { secret, decoy })) matching.push(name);
    }
    return matching;
  }

  #fail(credentials: Credentials): LoginResult {
    for (const key of keysOf(credentials)) this.#failures.add(key, this.#clock.now());
    return { kind: 'badCredentials' };
  }

  #isLocked(credentials: Credentials): boolean {
    const now = this.#clock.now();
    const { failuresPerMinute } = this.#settings;
    return keysOf(credentials).some((key) => this.#failures.count(key, now) >= failuresPerMinute);
  }

  #recall(digest: string): Login | undefined {
    const known = this.#remembered.get(digest);
    if (known && known.until > this.#clock.now()) return known.login;
    this.#remembered.delete(digest);
    return undefined;
  }

  #digest({ username, password }: Credentials): string {
    const parts = JSON.stringify([username, password]);
    return createHmac('sha256', this.#digestKey).update(parts).digest('base64');
  }
}

function decoyFor({ clients, secrets }: LoginSettings): ScryptHash {
  return createDecoy(clients.map(({ name }) => secrets.login(name)));
}

function keysOf(credentials: Credentials): readonly string[] {
  return [
    addressKey(credentials),
    `user ${credentials.username.slice(0, maxUsernameLength).toLowerCase()}`,
  ];
}

function addressKey({ ip }: Credentials): string {
  return `address ${ip}`;
}

function delayAfter(failures: number): number {
  return Math.min(firstDelayMs * 2 ** (failures - 1), longestDelayMs);
}
