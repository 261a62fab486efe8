// How much each client does at once and in a minute, counted over all listeners of this process.
import { isIPv6 } from 'node:net';
import { ByteWindow } from './byte-window.ts';

/** At what a connection counts: its client, or its address while nobody knows whose it is. */
export type Holder =
  | { readonly kind: 'client'; readonly name: string }
  | { readonly kind: 'address'; readonly ip: string };

const windowMs = 60_000;

export class Quotas {
  readonly #connections = new Map<string, number>();
  readonly #messages = new Map<string, LastTimes>();
  readonly #recipients = new Map<string, LastTimes>();
  readonly #bytes = new Map<string, ByteWindow>();
  #allConnections = 0;

  /** Connections that are open, over all holders. */
  get connections(): number {
    return this.#allConnections;
  }

  connectionsOf(holder: Holder): number {
    return this.#connections.get(keyOf(holder)) ?? 0;
  }

  enter(holder: Holder): void {
    this.#allConnections++;
    this.#connections.set(keyOf(holder), this.connectionsOf(holder) + 1);
  }

  leave(holder: Holder): void {
    this.#allConnections--;
    const left = this.connectionsOf(holder) - 1;
    if (left > 0) this.#connections.set(keyOf(holder), left);
    else this.#connections.delete(keyOf(holder));
  }

  /**
   * Counts one more message of the client in the minute that ends `now`.
   * @returns 0 when it was counted, or else in how many ms the next one can be
   */
  takeMessage(client: string, rate: Rate): number {
    return take(this.#messages, client, rate);
  }

  /** As `takeMessage`, of recipients. */
  takeRecipient(client: string, rate: Rate): number {
    return take(this.#recipients, client, rate);
  }

  /** Counts what the client has sent. */
  addBytes(client: string, { bytes, now }: { readonly bytes: number; readonly now: number }): void {
    const window = this.#bytes.get(client) ?? new ByteWindow();
    this.#bytes.set(client, window);
    window.add(bytes, now);
  }

  /** In how many ms the client may send so many bytes more; 0: now. */
  bytesWaitMs(client: string, { bytes, ...rate }: Rate & { readonly bytes: number }): number {
    return this.#bytes.get(client)?.waitMs(bytes, rate) ?? 0;
  }
}

/** `most` in the minute that ends `now` (epoch ms). */
interface Rate {
  readonly most: number;
  readonly now: number;
}

function take(times: Map<string, LastTimes>, client: string, { most, now }: Rate): number {
  const known = times.get(client);
  const last = known?.most === most ? known : new LastTimes(most);
  times.set(client, last);
  return last.take(now);
}

/** When a client's last messages or recipients came, as many as it may send in a minute. */
class LastTimes {
  readonly most: number;
  readonly #times: number[] = [];
  /** Where the oldest stands, once all places are taken. */
  #oldest = 0;

  constructor(most: number) {
    this.most = most;
  }

  take(now: number): number {
    const oldest = this.#times.length < this.most ? undefined : this.#times[this.#oldest];
    // A clock that was set back must not keep a client out until it has caught up.
    const isRecent = oldest !== undefined && now >= oldest && now - oldest < windowMs;
    if (isRecent) return oldest + windowMs - now;
    this.#times[oldest === undefined ? this.#times.length : this.#oldest] = now;
    if (oldest !== undefined) this.#oldest = (this.#oldest + 1) % this.most;
    return 0;
  }
}

export function isSameHolder(one: Holder | undefined, other: Holder): boolean {
  return one !== undefined && keyOf(one) === keyOf(other);
}

function keyOf(holder: Holder): string {
  return holder.kind === 'client' ? `client ${holder.name}` : `address ${toSite(holder.ip)}`;
}

/** A site has a whole /64 of IPv6 addresses: they count as one. */
function toSite(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const [head = '', tail] = (ip.split('%', 1)[0] ?? '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const groups = [...before, ...(tail === undefined ? [] : zeros), ...after];
  return groups.slice(0, 4).join(':');
}
