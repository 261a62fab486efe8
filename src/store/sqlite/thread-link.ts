// The main thread's end of the line to the store's thread: each call is answered once, or fails with the thread.
import type { MessagePort, Worker } from 'node:worker_threads';
import { StoreError } from '../../relay/ports.ts';
import type { Answer, AnswerTo, Ask, Call, Operation, Round, Trouble } from './operations.ts';

export interface LinkOptions {
  /** Called for each round that committed messages. */
  readonly committed: (round: { durationMs: number; messages: number }) => void;
  /** Called with trouble that no call will hear of. */
  readonly fault: (error: StoreError) => void;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

export class ThreadLink {
  readonly #port: MessagePort | Worker;
  readonly #options: LinkOptions;
  readonly #pending = new Map<number, Pending>();
  /** Calls of this turn of the event loop: they travel together, so that one transaction takes them all. */
  #outbox: { calls: Call[]; lent: ArrayBuffer[] } | undefined;
  #calls = 0;
  #end: StoreError | undefined;

  constructor(port: MessagePort | Worker, options: LinkOptions) {
    this.#port = port;
    this.#options = options;
    port.on('message', (round: Round) => this.#receive(round));
  }

  /**
   * Asks the thread.
   * @param lent buffers inside `ask` that go to the thread and are empty here from now on
   */
  call<K extends Operation>(
    operation: K,
    { ask, lent = [] }: { readonly ask: Ask<K>; readonly lent?: readonly ArrayBuffer[] },
  ): Promise<AnswerTo<K>> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const { promise, resolve, reject } = Promise.withResolvers<AnswerTo<K>>();
    this.#calls += 1;
    // The thread answers the call of this number with the type that its operation has: operations.ts.
    this.#pending.set(this.#calls, { resolve: (value) => resolve(value as AnswerTo<K>), reject });
    // The operation and its ask belong together, which TypeScript cannot see in a generic.
    this.#post({ number: this.#calls, operation, ask } as unknown as Call, lent);
    return promise;
  }

  #post(call: Call, lent: readonly ArrayBuffer[]): void {
    if (this.#outbox === undefined) {
      this.#outbox = { calls: [], lent: [] };
      setImmediate(() => this.#flush());
    }
    this.#outbox.calls.push(call);
    this.#outbox.lent.push(...lent);
  }

  #flush(): void {
    const { calls, lent } = this.#outbox ?? { calls: [], lent: [] };
    this.#outbox = undefined;
    this.#port.postMessage(calls, lent);
  }

  /** Nothing is asked any more: what waits, and every later call, fails with `error`. */
  end(error: StoreError): void {
    this.#end ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#end);
    this.#pending.clear();
  }

  /** Later calls fail with `error`; those that wait are still answered. */
  refuse(error: StoreError): void {
    this.#end ??= error;
  }

  #receive({ answers, committed, troubles }: Round): void {
    if (committed !== undefined) this.#options.committed(committed);
    for (const trouble of troubles) this.#options.fault(toStoreError(trouble));
    for (const answer of answers) this.#settle(answer);
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.number);
    this.#pending.delete(answer.number);
    if ('trouble' in answer) pending?.reject(toStoreError(answer.trouble));
    else pending?.resolve(answer.value);
  }
}

export function toStoreError({ fault, message, cause }: Trouble): StoreError {
  return new StoreError(fault, message, { cause });
}
