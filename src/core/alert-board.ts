// What one channel is still to be told: signals are gathered by cause, kept from coming too often, and their ends told too.
import type { AlertItem, AlertMessage, AlertSignal, Happened, Raised } from './alert.ts';

/** The first signal waits a moment for others. */
export const gatherMs = 2_000;
/** What happens, begins or gets worse again is told this long after the last message about it at the earliest. */
export const quietMs = 900_000;
/** In any ten minutes a channel gets at most so many messages. */
const mostMessages = 10;
const messagesWindowMs = 600_000;
/** Causes in one message; the others come in the next one. */
export const mostItems = 20;
/** Beyond this many causes, further ones are not told: the channel hears of a thousand. */
const mostCauses = 1_000;

interface Trouble {
  item: AlertItem;
  /** Who sees it; nobody: it is over, or only happened. */
  readonly sources: Set<string>;
  level: number;
  /** Epoch ms from which it may be told; absent: there is nothing to tell. */
  dueAt?: number;
  /** The channel was asked to tell that it began, and perhaps did. */
  wasTold: boolean;
  /** Epoch ms of the last message about it. */
  toldAt?: number;
}

/** Knows nothing of time but what it is told; loses what it knows with the process. */
export class AlertBoard {
  readonly #troubles = new Map<string, Trouble>();
  #messagesAt: readonly number[] = [];

  note(signal: AlertSignal, now: number): void {
    this.#forget(now);
    switch (signal.kind) {
      case 'happened':
        return this.#happened(signal, now);
      case 'raised':
        return this.#raised(signal, now);
      case 'cleared':
        return this.#cleared(signal, now);
    }
  }

  /** What is to be told now. Until `told` it is handed out again, as it is by then. */
  next(now: number): AlertMessage | undefined {
    const at = this.nextAt();
    if (at === undefined || now < at) return undefined;
    const due = [...this.#troubles].filter(([, { dueAt }]) => dueAt !== undefined && dueAt <= now);
    const taken = due.slice(0, mostItems);
    for (const [, trouble] of taken) trouble.wasTold ||= trouble.item.state === 'firing';
    return { items: taken.map(([, { item }]) => item) };
  }

  /** Epoch ms at which `next` has something; absent: only a signal can change that. */
  nextAt(): number | undefined {
    const times = [...this.#troubles.values()].flatMap(({ dueAt }) => dueAt ?? []);
    if (times.length === 0) return undefined;
    const oldest = this.#messagesAt.at(-mostMessages);
    return Math.max(Math.min(...times), oldest === undefined ? 0 : oldest + messagesWindowMs);
  }

  /** The channel has taken the message. */
  told({ items }: AlertMessage, now: number): void {
    this.#messagesAt = [...this.#messagesAt, now].slice(-mostMessages);
    for (const item of items) {
      const trouble = this.#troubles.get(keyOf(item));
      if (trouble) toldOf(trouble, item, now);
    }
  }

  #happened(signal: Happened, now: number): void {
    const known = this.#troubles.get(keyOf(signal));
    if (known && known.item.count > 0) {
      known.item = { ...known.item, count: known.item.count + 1 };
      return;
    }
    const item = itemOf(signal, { state: 'happened', since: now });
    if (known) this.#tell(known, item, now);
    else this.#add(signal, { item, sources: new Set(), level: 0, now });
  }

  #raised(signal: Raised, now: number): void {
    const { source, level = 0 } = signal;
    const known = this.#troubles.get(keyOf(signal));
    if (!known) {
      const item = itemOf(signal, { state: 'firing', since: now });
      return this.#add(signal, { item, sources: new Set([source]), level, now });
    }
    const isOpen = known.sources.size > 0;
    known.sources.add(source);
    if (isOpen && level === known.level) return;
    const since = isOpen ? known.item.since : now;
    const item = itemOf(signal, { state: 'firing', since });
    // A change of level is rare, and no noise.
    if (isOpen && known.dueAt === undefined) delete known.toldAt;
    known.level = level;
    this.#tell(known, item, now);
  }

  #cleared(signal: Extract<AlertSignal, { kind: 'cleared' }>, now: number): void {
    const known = this.#troubles.get(keyOf(signal));
    if (!known?.sources.delete(signal.source) || known.sources.size > 0) return;
    known.item = { ...known.item, state: 'resolved' };
    // Who never heard of it need not hear that it is over.
    if (known.wasTold) known.dueAt = now;
    else delete known.dueAt;
  }

  #tell(trouble: Trouble, item: AlertItem, now: number): void {
    // It began again before its end was told: for the channel, it lasts.
    const lasts = item.state === 'firing' && trouble.wasTold && trouble.item.state === 'resolved';
    trouble.item = lasts ? { ...item, since: trouble.item.since } : item;
    if (lasts) delete trouble.dueAt;
    else trouble.dueAt = Math.max(now + gatherMs, (trouble.toldAt ?? -Infinity) + quietMs);
  }

  #add(
    signal: Happened | Raised,
    { now, ...trouble }: Pick<Trouble, 'item' | 'sources' | 'level'> & { readonly now: number },
  ): void {
    if (this.#troubles.size >= mostCauses) return;
    const dueAt = now + gatherMs;
    this.#troubles.set(keyOf(signal), { ...trouble, dueAt, wasTold: false });
  }

  /** What is over, and was told long ago or never. */
  #forget(now: number): void {
    for (const [key, { sources, dueAt, toldAt = -Infinity }] of this.#troubles) {
      if (sources.size > 0 || dueAt !== undefined || now - toldAt < quietMs) continue;
      this.#troubles.delete(key);
    }
  }
}

/** Something may have changed while it was told: an end is news, anything else is more of the same. */
function toldOf(trouble: Trouble, told: AlertItem, now: number): void {
  trouble.toldAt = now;
  if (told.state === 'resolved') trouble.wasTold = false;
  if (told.state === 'happened') {
    trouble.item = { ...trouble.item, count: trouble.item.count - told.count };
  }
  const { state, text, count } = trouble.item;
  const isSame = state === told.state && (state === 'happened' ? count === 0 : text === told.text);
  if (isSame) delete trouble.dueAt;
  else trouble.dueAt = state === 'resolved' ? now : now + quietMs;
}

function keyOf({ event, cause }: Pick<AlertItem, 'event' | 'cause'>): string {
  return `${event} ${cause}`;
}

function itemOf(
  { event, cause, text, remedy }: Happened | Raised,
  { state, since }: Pick<AlertItem, 'state' | 'since'>,
): AlertItem {
  return { event, cause, state, text, remedy, since, count: 1 };
}
