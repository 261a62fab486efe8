// The pace that a lane keeps before anybody has to say so: how much it may do in a time (docs/graph.md, "Limits").

/** What one send takes of a lane. */
export interface LaneUse {
  readonly messages: number;
  readonly requests: number;
  readonly uploadBytes: number;
}

export interface PaceLimit {
  readonly measure: keyof LaneUse;
  /** At most so much of it in any `windowMs`. */
  readonly amount: number;
  readonly windowMs: number;
  /** The key that sets it, for the operator. */
  readonly key: string;
}

/** A limit whose time is not over is found out within this part of its window, and never too early. */
const slotsPerWindow = 60;

/** Sums what happened in the last `windowMs`, in slots, so that memory does not grow with what happened. */
export class SlidingSum {
  readonly #slotMs: number;
  readonly #windowMs: number;
  readonly #slots = new Map<number, number>();
  #total = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.#slotMs = Math.max(Math.floor(windowMs / slotsPerWindow), 1);
  }

  add(amount: number, now: number): void {
    const slot = Math.floor(now / this.#slotMs);
    this.#slots.set(slot, (this.#slots.get(slot) ?? 0) + amount);
    this.#total += amount;
  }

  /** What a clock counted that was ahead, and was set back, is forgotten: it would count until then. */
  total(now: number): number {
    for (const [slot, amount] of this.#slots) {
      if (slot * this.#slotMs <= now && this.#endOf(slot) > now) continue;
      this.#slots.delete(slot);
      this.#total -= amount;
    }
    return this.#total;
  }

  /** Epoch ms at which `amount` more fits below `limit`; `now` where it does already, or where nothing is counted. */
  roomAt(amount: number, { limit, now }: { readonly limit: number; readonly now: number }): number {
    let left = this.total(now);
    const slots = [...this.#slots].toSorted(([one], [other]) => one - other);
    let roomAt = now;
    for (const [slot, used] of slots) {
      if (left + amount <= limit) break;
      left -= used;
      roomAt = this.#endOf(slot);
    }
    return roomAt;
  }

  /** Of its last moment the window must be over. */
  #endOf(slot: number): number {
    return (slot + 1) * this.#slotMs + this.#windowMs;
  }
}
