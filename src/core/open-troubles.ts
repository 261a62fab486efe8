// What is wrong just now, by cause: what the sentence on the operator's page is made of.
import type { AlertEvent, AlertSignal, Raised } from './alert.ts';

export interface OpenTrouble extends Pick<Raised, 'event' | 'cause' | 'text' | 'remedy'> {
  /** Epoch ms at which it was seen first. */
  readonly since: number;
}

/** What stops mail comes first, then what slows it, then what will. */
const ranks: Readonly<Record<AlertEvent, number>> = {
  diskLow: 0,
  connectionDown: 1,
  signInNeeded: 1,
  throttled: 2,
  queueOld: 2,
  reloadFailed: 3,
  credentialExpiring: 4,
  failed: 5,
};

/** No mail is taken any more, or all of a connection waits: not that of one mailbox alone. */
export function stopsMail({ event, cause }: Pick<OpenTrouble, 'event' | 'cause'>): boolean {
  if (event === 'connectionDown') return /^connection \S+$/.test(cause);
  return event === 'diskLow' || event === 'signInNeeded';
}

function rankOf(trouble: OpenTrouble): number {
  const isOfMailbox = trouble.event === 'connectionDown' && !stopsMail(trouble);
  return isOfMailbox ? ranks.throttled : ranks[trouble.event];
}

/** Beyond this many causes, further ones are not noted. */
const mostCauses = 1_000;

/** In the words of whoever saw it first: what comes of it is told by others later, and says less of the cause. */
interface Open {
  readonly since: number;
  readonly seen: Map<string, Raised>;
}

/** What happened and is over is none of its business. All that it knows is lost with the process. */
export class OpenTroubles {
  readonly #open = new Map<string, Open>();

  note(signal: AlertSignal, now: number): void {
    const key = `${signal.event} ${signal.cause}`;
    if (signal.kind === 'raised') this.#raise(key, signal, now);
    if (signal.kind === 'cleared') this.#clear(key, signal.source);
  }

  /** Worst first, and among equals the oldest. */
  list(): readonly OpenTrouble[] {
    return [...this.#open.values()]
      .flatMap(troubleOf)
      .toSorted((a, b) => rankOf(a) - rankOf(b) || a.since - b.since);
  }

  #raise(key: string, signal: Raised, now: number): void {
    const known = this.#open.get(key);
    if (known) known.seen.set(signal.source, signal);
    else if (this.#open.size < mostCauses) {
      this.#open.set(key, { since: now, seen: new Map([[signal.source, signal]]) });
    }
  }

  #clear(key: string, source: string): void {
    const known = this.#open.get(key);
    if (known?.seen.delete(source) && known.seen.size === 0) this.#open.delete(key);
  }
}

function troubleOf({ since, seen }: Open): readonly OpenTrouble[] {
  const [first] = seen.values();
  if (!first) return [];
  const { event, cause, text, remedy } = first;
  return [{ event, cause, text, remedy, since }];
}
