// So many at once, and no more; who waits is served in turn.

export class Semaphore {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(slots: number) {
    this.#free = slots;
  }

  /** Resolves when a slot is free, which is given back by disposal; undefined when `signal` is aborted before that. */
  async acquire({ signal }: { readonly signal: AbortSignal }): Promise<Disposable | undefined> {
    if (signal.aborted) return undefined;
    if (this.#free > 0) this.#free -= 1;
    else if (!(await this.#wait(signal))) return undefined;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#giveBack();
        isHeld = false;
      },
    };
  }

  /** A slot that is handed on to a waiter never counts as free, so that nobody overtakes. */
  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }

  #wait(signal: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const take = () => {
      signal.removeEventListener('abort', leave);
      resolve(true);
    };
    const leave = () => {
      this.#waiting.splice(this.#waiting.indexOf(take), 1);
      resolve(false);
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.push(take);
    return promise;
  }
}
