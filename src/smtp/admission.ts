// Who finds a place: connections and messages of each client, of strangers, and over all, against their limits.
import type { ClientConfig, IntakeLimits } from '../config/config.ts';
import type { Clock } from '../relay/ports.ts';
import { matchClient, type Peer } from './clients.ts';
import { isSameHolder, type Flow, type Holder, type Quotas } from './quotas.ts';
import type { Rejection } from './reply.ts';

export interface AdmissionSettings {
  readonly clients: readonly ClientConfig[];
  readonly limits: IntakeLimits;
}

/** What a connection counts at, from its greeting to its end. */
export interface Place {
  holder: Holder | undefined;
}

/** Of one address that is no client, or has yet to log in. */
const connectionsPerStranger = 20;

export class Admission {
  readonly #quotas: Quotas;
  readonly #clock: Clock;
  #settings: AdmissionSettings;

  constructor(
    settings: AdmissionSettings,
    parts: { readonly quotas: Quotas; readonly clock: Clock },
  ) {
    this.#settings = settings;
    this.#quotas = parts.quotas;
    this.#clock = parts.clock;
  }

  configure(settings: AdmissionSettings): void {
    this.#settings = settings;
  }

  /** Why a new connection has no place beside those that `wait` for TLS at the same address; undefined when it has one. */
  refuse(peer: Peer, { wait = 0 } = {}): Rejection | undefined {
    const { connections } = this.#settings.limits;
    if (this.#quotas.connections >= connections) return tooManyConnections(connections);
    return this.#refusePlace(peer, wait);
  }

  enter(place: Place, peer: Peer): void {
    place.holder = this.#holderOf(peer);
    this.#quotas.enter(place.holder);
  }

  leave(place: Place): void {
    if (place.holder) this.#quotas.leave(place.holder);
    place.holder = undefined;
  }

  /** From its login on, a connection counts at the client that it is; where there is no room, it stays where it was. */
  move(place: Place, peer: Peer): Rejection | undefined {
    // After STARTTLS a client logs in again: it has its place.
    if (isSameHolder(place.holder, this.#holderOf(peer))) return undefined;
    const rejection = this.#refusePlace(peer);
    if (rejection) return rejection;
    this.leave(place);
    this.enter(place, peer);
    return undefined;
  }

  /** Counts one more message of the client, or says when it may come. `bytes`: what it announces, or 0. */
  takeMessage(client: ClientConfig, bytes = 0): Rejection | undefined {
    const rejection = this.#refuse('bytes', client, bytes) ?? this.#refuse('messages', client, 1);
    if (rejection === undefined) this.#count('messages', client, 1);
    return rejection;
  }

  /** Counts one more recipient of the client, or says when he may come. */
  takeRecipient(client: ClientConfig): Rejection | undefined {
    const rejection = this.#refuse('recipients', client, 1);
    if (rejection === undefined) this.#count('recipients', client, 1);
    return rejection;
  }

  /** Counts what came of a message, whatever became of it. */
  addBytes(client: ClientConfig, bytes: number): void {
    this.#count('bytes', client, bytes);
  }

  #refuse(flow: Flow, client: ClientConfig, amount: number): Rejection | undefined {
    const now = this.#clock.now();
    for (const { most, holder } of this.#limitsOf(flow, client)) {
      const waitMs = this.#quotas.waitMs({ flow, client: holder }, { amount, most, now });
      if (waitMs > 0) return tooOften({ client: holder, flow, most, waitMs });
    }
    return undefined;
  }

  #count(flow: Flow, client: ClientConfig, amount: number): void {
    const now = this.#clock.now();
    for (const { holder } of this.#limitsOf(flow, client)) {
      this.#quotas.add({ flow, client: holder }, { amount, now });
    }
  }

  /** Those that are set: the client's own, and that of all together. */
  #limitsOf(flow: Flow, client: ClientConfig): readonly FlowLimit[] {
    const limit = `${flow}PerMinute` as const;
    const [own, overall] = [client[limit], this.#settings.limits[limit]];
    return [
      ...(own === undefined ? [] : [{ most: own, holder: client.name }]),
      ...(overall === undefined ? [] : [{ most: overall, holder: undefined }]),
    ];
  }

  #holderOf(peer: Peer): Holder {
    const client = matchClient(this.#settings.clients, peer);
    return client ? { kind: 'client', name: client.name } : { kind: 'address', ip: peer.ip };
  }

  #refusePlace(peer: Peer, wait = 0): Rejection | undefined {
    const client = matchClient(this.#settings.clients, peer);
    const most = client ? client.connections : connectionsPerStranger;
    const open = this.#quotas.connectionsOf(this.#holderOf(peer));
    if (most === undefined || open + wait < most) return undefined;
    return tooManyOfOne(client?.name, most);
  }
}

function tooManyConnections(most: number): Rejection {
  return {
    reply: { code: 421, status: '4.3.2', text: 'Too many connections; try again later' },
    reason: 'tooManyConnections',
    diagnostic: `There are ${most} connections already: limits.connections`,
  };
}

function tooManyOfOne(client: string | undefined, most: number): Rejection {
  const diagnostic =
    client === undefined
      ? `An address that is no client without a login has ${most} connections already`
      : `Client "${client}" has ${most} connections already: limits.connections of the client`;
  return {
    reply: {
      code: 421,
      status: '4.7.0',
      text: 'Too many connections from you; try again when others have ended',
    },
    reason: 'tooManyConnections',
    diagnostic,
  };
}

/** `holder`: the name of the client; absent: all clients together. */
interface FlowLimit {
  readonly most: number;
  readonly holder: string | undefined;
}

interface Excess {
  readonly client: string | undefined;
  readonly flow: Flow;
  readonly most: number;
  readonly waitMs: number;
}

function tooOften({ client, flow, most, waitMs }: Excess): Rejection {
  const seconds = Math.ceil(waitMs / 1000);
  const who = client === undefined ? 'All clients together' : `Client "${client}"`;
  const where = `limits.${flow}PerMinute${client === undefined ? '' : ' of the client'}`;
  return {
    reply: {
      code: 450,
      status: '4.7.1',
      text: `Too many ${flow} in a minute; try again in ${seconds} seconds`,
    },
    reason: 'rateLimited',
    diagnostic: `${who} may send ${most} ${flow} in a minute: ${where}`,
  };
}
