// Who guesses the admin token waits longer and longer for the answer, and the log hears of it now and then.
import { isIPv6 } from 'node:net';
import type { Clock, Events } from '../relay/ports.ts';

export interface WrongTokensOptions {
  readonly clock: Pick<Clock, 'now' | 'wait'>;
  readonly events: Pick<Events, 'notice'>;
}

/** Nobody who pastes the wrong line waits. */
const freeTries = 3;
const firstDelayMs = 250;
const longestDelayMs = 5_000;
/** An address that is quiet for so long begins anew. */
const forgetAfterMs = 600_000;
/** The one that was quiet for longest goes when there are more. */
const maxAddresses = 1_000;
const logEveryMs = 60_000;

interface Guesser {
  readonly tries: number;
  readonly lastAt: number;
}

export class WrongTokens {
  readonly #options: WrongTokensOptions;
  /** By network; the last to have tried at the end. */
  readonly #guessers = new Map<string, Guesser>();
  #loggedAt = -Infinity;
  /** Since the last line. */
  #unlogged = 0;

  constructor(options: WrongTokensOptions) {
    this.#options = options;
  }

  /** Resolves when a wrong token from the address may be answered. @param signal aborted when nobody waits any more */
  async slowDown(address: string, signal: AbortSignal): Promise<void> {
    this.#log(address);
    const delayMs = delayAfter(this.#count(networkOf(address)));
    if (delayMs > 0) await this.#options.clock.wait(delayMs, { signal });
  }

  /** Returns how often it has tried. */
  #count(network: string): number {
    const now = this.#options.clock.now();
    const known = this.#guessers.get(network);
    const tries = known && now - known.lastAt < forgetAfterMs ? known.tries + 1 : 1;
    this.#guessers.delete(network);
    this.#guessers.set(network, { tries, lastAt: now });
    for (const quietest of this.#guessers.keys()) {
      if (this.#guessers.size <= maxAddresses) break;
      this.#guessers.delete(quietest);
    }
    return tries;
  }

  #log(address: string): void {
    const { clock, events } = this.#options;
    this.#unlogged += 1;
    if (clock.now() - this.#loggedAt < logEveryMs) return;
    const times = this.#unlogged === 1 ? '' : `; ${this.#unlogged} since the last such line`;
    const text = `A wrong admin token was given, from ${address}${times}`;
    events.notice({ level: 'warn', event: 'admin.loginRefused', text });
    this.#loggedAt = clock.now();
    this.#unlogged = 0;
  }
}

function delayAfter(tries: number): number {
  if (tries <= freeTries) return 0;
  return Math.min(firstDelayMs * 2 ** (tries - freeTries - 1), longestDelayMs);
}

/** The /64 of an IPv6 address: whoever has one has them all. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = Array.from({ length: 8 - groups.length - behind.length }, () => '0');
  return [...groups, ...missing, ...behind].slice(0, 4).join(':');
}
