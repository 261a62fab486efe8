// How much each client does at once and in a minute, counted over all listeners of this process.
import { isIPv6 } from 'node:net';
import type { RateCount } from '../relay/ports.ts';
import { MinuteWindow } from './minute-window.ts';

/** At what a connection counts: its client, or its address while nobody knows whose it is. */
export type Holder =
  | { readonly kind: 'client'; readonly name: string }
  | { readonly kind: 'address'; readonly ip: string };

/** What is counted by the minute. */
export type Flow = 'messages' | 'recipients' | 'bytes';

/** Of one client, or of all together. */
export interface FlowOf {
  readonly flow: Flow;
  readonly client?: string | undefined;
}

export class Quotas {
  readonly #connections = new Map<string, number>();
  readonly #flows = new Map<string, MinuteWindow>();
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

  /** In how many ms there is room for so much more, with `most` in any minute; 0: now. */
  waitMs(of: FlowOf, { amount, most, now }: Amount & { readonly most: number }): number {
    return this.#flows.get(flowKey(of))?.waitMs(amount, { most, now }) ?? 0;
  }

  /** What came to this process in the last minute, by what is limited. */
  recent(now: number): readonly RateCount[] {
    return [...this.#flows].flatMap(([key, window]) =>
      window.seconds(now).map(({ number, amount }) => ({ key, second: number, amount })),
    );
  }

  /** What came to others in the last minute: the limits are for all together. */
  hear(others: readonly RateCount[]): void {
    const byKey = Map.groupBy(others, ({ key }) => key);
    for (const key of byKey.keys())
      this.#flows.set(key, this.#flows.get(key) ?? new MinuteWindow());
    for (const [key, window] of this.#flows) {
      const heard = byKey.get(key) ?? [];
      window.hear(heard.map(({ second, amount }) => ({ number: second, amount })));
    }
  }

  /** Counts what has come. */
  add(of: FlowOf, { amount, now }: Amount): void {
    const window = this.#flows.get(flowKey(of)) ?? new MinuteWindow();
    this.#flows.set(flowKey(of), window);
    window.add(amount, now);
  }
}

interface Amount {
  readonly amount: number;
  /** Epoch ms. */
  readonly now: number;
}

function flowKey({ flow, client }: FlowOf): string {
  return client === undefined ? flow : `${flow} ${client}`;
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
