// The addresses that this process was spoken to from: the last mail and the last refusal of each; for people who ask.
import type { Events } from '../relay/ports.ts';
import { BoundedMap } from './bounded-map.ts';

type EventOf<N extends keyof Events> = Parameters<Events[N]>[0];

export interface SeenRefusal extends Omit<EventOf<'refused'>, 'ip' | 'id' | 'status' | 'reply'> {
  /** Epoch ms. */
  readonly at: number;
  /** The line that the client was told. */
  readonly reply: string;
  /** The name of a login that failed. */
  readonly username?: string;
}

/** Times are epoch ms. */
export interface SeenClient {
  readonly ip: string;
  readonly firstSeenAt: number;
  readonly lastSeenAt: number;
  /** The last one that it came to. */
  readonly listener: string;
  /** Names in the configuration, latest first. */
  readonly clients: readonly string[];
  readonly lastAccepted?: {
    readonly at: number;
    readonly id: string;
    readonly client: string;
    readonly tls: boolean;
    readonly login?: string;
  };
  readonly lastRefusal?: SeenRefusal;
}

/** Who was seen longest ago is forgotten when there are more. */
export const maxClientsSeen = 500;
const maxNames = 10;

export class ClientMemory {
  readonly #clients = new BoundedMap<string, SeenClient>(maxClientsSeen);

  /** Seen last first. */
  list(): readonly SeenClient[] {
    return this.#clients.values().toReversed();
  }

  connectionOpened(event: EventOf<'connectionOpened'>, now: number): void {
    this.#see(event, now);
  }

  refused(event: EventOf<'refused'>, now: number): void {
    const { listener, stage, reason, status, reply = status, diagnostic, client, sender } = event;
    const words = { listener, stage, reason, reply, diagnostic };
    this.#see(event, now, {
      lastRefusal: {
        ...{ ...words, at: now },
        ...(client !== undefined && { client }),
        ...(sender !== undefined && { sender }),
      },
      ...(client !== undefined && { client }),
    });
  }

  loginAttempted(event: EventOf<'loginAttempted'>, now: number): void {
    const { listener, username, result } = event;
    if (result === 'success') return;
    const { reply, diagnostic } = loginTroubles[result];
    const place = { listener, stage: 'auth', reason: 'badCredentials' } as const;
    this.#see(event, now, { lastRefusal: { ...place, reply, diagnostic, username, at: now } });
  }

  accepted({ message }: EventOf<'accepted'>, now: number): void {
    const { name: client, ip, listener, tls, login } = message.client;
    // What the gateway itself writes comes by no listener.
    if (listener === '') return;
    const lastAccepted = { at: now, id: message.id, client, tls, ...(login && { login }) };
    this.#see({ ip, listener }, now, { lastAccepted, client });
  }

  #see(
    { ip, listener }: { readonly ip: string; readonly listener: string },
    now: number,
    news: Pick<SeenClient, 'lastAccepted' | 'lastRefusal'> & { readonly client?: string } = {},
  ): void {
    const { client, ...last } = news;
    const known = this.#clients.get(ip) ?? { ip, firstSeenAt: now, clients: [] };
    const clients = client === undefined ? known.clients : withFirst(known.clients, client);
    this.#clients.set(ip, { ...known, ...last, lastSeenAt: now, listener, clients });
  }
}

const loginTroubles = {
  badCredentials: {
    reply: '535 5.7.8 User name or password is wrong',
    diagnostic: 'The user name or the password is wrong',
  },
  locked: {
    reply: '454 4.7.0 Too many failed logins; try again later',
    diagnostic: 'Too many logins failed: the next ones wait (limits.authFailuresPerMinute)',
  },
  error: {
    reply: '454 4.7.0 Temporary authentication failure',
    diagnostic: 'The login could not be checked: see the log',
  },
} as const;

function withFirst(names: readonly string[], name: string): readonly string[] {
  return names[0] === name
    ? names
    : [name, ...names.filter((one) => one !== name)].slice(0, maxNames);
}
