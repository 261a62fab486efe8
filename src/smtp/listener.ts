// A listening socket for SMTP: created, configured anew while it runs, drained and closed.
import type { Endpoint, ListenerConfig } from '../config/config.ts';
import { listenFault } from '../core/listen-fault.ts';
import type { Refusal } from '../core/outcome.ts';
import type { DataPace } from './data-reader.ts';
import { readCertificate, watchCertificate, type Certificate } from './certificate.ts';
import { toLibraryLimits, toLibraryOptions, type LibraryTls } from './library-options.ts';
import { Quotas } from './quotas.ts';
import { Reception, type ListenerSettings, type ReceptionParts } from './reception.ts';
import { Server } from './server.ts';

export interface ListenerParts extends Omit<ReceptionParts, 'overload' | 'pace' | 'quotas'> {
  /** Why no mail can be taken just now, asked at MAIL; default: it always can. */
  readonly overload?: () => Refusal | undefined;
  /** Shared by all listeners; default: the listener's own. */
  readonly quotas?: Quotas;
  /** How long `accept` may take; default 240,000: clients wait five minutes at least (RFC 5321 §4.5.3.2.6). */
  readonly acceptTimeoutMs?: number;
  /** How slow a client may be in DATA; default: 500 bytes a second after a minute, and one hour in all. */
  readonly dataPace?: Omit<DataPace, 'acceptTimeoutMs'>;
  /** Of a socket that listens already, in place of the address; default: none does. */
  readonly descriptor?: number | undefined;
  /** How often deadlines are looked at; default 1,000. */
  readonly patrolMs?: number;
}

export interface Listener extends AsyncDisposable {
  readonly name: string;
  readonly mode: ListenerConfig['mode'];
  /** Where it really listens: the port is never 0. */
  readonly address: Endpoint;
  /** Takes effect for the next command of every session. */
  configure(settings: ListenerSettings): void;
  /**
   * Takes no more connections, says 421 to idle clients at once, and to the others when their message is answered.
   * Resolves when all are gone; those that are left after `graceMs` are cut off.
   */
  drain(options: { readonly graceMs: number }): Promise<void>;
}

/** Starts to listen. Rejects, with a sentence for the operator, when it cannot. */
export async function createListener(
  config: ListenerConfig,
  parts: ListenerParts,
): Promise<Listener> {
  const listener = new SmtpListener(config, parts, await loadTls(config));
  await listener.listen();
  return listener;
}

const defaultPace: DataPace = {
  graceMs: 60_000,
  minBytesPerSecond: 500,
  longestMs: 3_600_000,
  acceptTimeoutMs: 240_000,
};

/** How long the end of `drain` waits for messages whose client was cut off. */
const lastWaitMs = 1_000;

class SmtpListener implements Listener {
  readonly name: string;
  readonly mode: ListenerConfig['mode'];
  readonly #config: ListenerConfig;
  readonly #parts: ListenerParts;
  readonly #reception: Reception;
  readonly #server: Server;
  readonly #closed = new AbortController();
  readonly #tls: LibraryTls | undefined;
  #address: Endpoint;
  #listening = false;

  constructor(config: ListenerConfig, parts: ListenerParts, tls?: LibraryTls) {
    this.name = config.name;
    this.mode = config.mode;
    this.#config = config;
    this.#address = config;
    this.#parts = parts;
    this.#reception = new Reception(config, {
      overload: () => undefined,
      quotas: new Quotas(),
      ...parts,
      pace: toPace(parts),
    });
    this.#tls = tls;
    this.#server = new Server(toLibraryOptions({ ...parts, tls }), this.#reception);
    this.#server.on('error', (error) => this.#report(error));
  }

  get address(): Endpoint {
    return this.#address;
  }

  async listen(): Promise<void> {
    const { host, port, name } = this.#config;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.server.once('error', reject);
    const { descriptor: fd } = this.#parts;
    this.#server.listen(fd === undefined ? { host, port } : { fd }, resolve);
    try {
      await promise;
    } catch (error) {
      const fault = listenFault(error, { host, port });
      throw new Error(`Listener "${name}": ${fault}`, { cause: error });
    }
    this.#server.server.off('error', reject);
    const address = this.#server.server.address();
    if (address !== null && typeof address !== 'string') {
      this.#address = { host: address.address, port: address.port };
    }
    this.#listening = true;
    void this.#patrol();
    if (this.#tls) void this.#followCertificate(this.#tls);
  }

  configure(settings: ListenerSettings): void {
    this.#reception.configure(settings);
    Object.assign(this.#server.options, toLibraryLimits(settings));
  }

  async drain({ graceMs }: { readonly graceMs: number }): Promise<void> {
    const empty = this.#stopListening();
    this.#reception.startDraining();
    this.#server.endPending();
    for (const connection of this.#server.open) connection.leaveWhenIdle();
    await Promise.race([Promise.all([empty, this.#reception.settled()]), this.#wait(graceMs)]);
    for (const connection of this.#server.open) connection.destroy();
    await Promise.race([Promise.all([empty, this.#reception.settled()]), this.#wait(lastWaitMs)]);
    this.#closed.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain({ graceMs: 0 });
  }

  /** Resolves when the last socket is closed. */
  #stopListening(): Promise<void> {
    return new Promise((resolve) => this.#server.server.close(() => resolve()));
  }

  /** Looks at deadlines for as long as there are connections. */
  async #patrol(): Promise<void> {
    const { patrolMs = 1_000 } = this.#parts;
    for (await this.#wait(patrolMs); !this.#closed.signal.aborted; await this.#wait(patrolMs)) {
      for (const connection of this.#server.open) this.#reception.checkDeadlines(connection);
      this.#server.endPending(this.#parts.clock.now());
    }
  }

  #wait(delayMs: number): Promise<void> {
    return this.#parts.clock.wait(delayMs, { signal: this.#closed.signal });
  }

  async #followCertificate({ config, certificate }: LibraryTls): Promise<void> {
    const { clock, events } = this.#parts;
    this.#tellCertificate(certificate);
    await watchCertificate(config, certificate, {
      clock,
      signal: this.#closed.signal,
      onChange: (changed) => {
        this.#server.updateSecureContext({ cert: changed.cert, key: changed.key });
        this.#tellCertificate(changed);
      },
      onTrouble: (error) => {
        const text = `Listener "${this.name}" keeps its old certificate: ${messageOf(error)}`;
        events.notice({ level: 'warn', event: 'smtp.certificateKept', text });
      },
    });
  }

  #tellCertificate({ expiresAt }: Certificate): void {
    this.#parts.events.certificateLoaded({ listener: this.name, expiresAt });
  }

  /** What fails outside of a session: a handshake, which was told already, or the socket that listens. */
  #report(error: Error): void {
    const isHandshake = 'meta' in error;
    if (!isHandshake && this.#listening) this.#parts.events.fault({ where: 'smtp', error });
  }
}

async function loadTls({ name, tls }: ListenerConfig): Promise<LibraryTls | undefined> {
  if (tls === undefined) return undefined;
  try {
    return { config: tls, certificate: await readCertificate(tls) };
  } catch (error) {
    throw new Error(`Listener "${name}" has no certificate: ${messageOf(error)}`, { cause: error });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function toPace({ acceptTimeoutMs, dataPace }: ListenerParts): DataPace {
  return { ...defaultPace, ...dataPace, ...(acceptTimeoutMs !== undefined && { acceptTimeoutMs }) };
}
