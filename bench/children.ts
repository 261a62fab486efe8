// The processes that a benchmark starts: parts of its own that answer questions, and programs; none outlives it.
import { fork, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';

/** What a part of the benchmark can be asked, by name. */
export type Part = Readonly<Record<string, (ask: never) => Promise<unknown>>>;

type Ask<P extends Part, K extends keyof P> = Parameters<P[K]>[0];
type AnswerTo<P extends Part, K extends keyof P> = Awaited<ReturnType<P[K]>>;

export interface Child<P extends Part> extends AsyncDisposable {
  readonly pid: number;
  /** Rejects with what the part threw, and when its process ends before the answer. */
  ask<K extends keyof P & string>(name: K, ask: Ask<P, K>): Promise<AnswerTo<P, K>>;
}

interface Question {
  readonly number: number;
  readonly name: string;
  readonly ask: unknown;
}

interface Answer {
  readonly number: number;
  readonly value?: unknown;
  readonly trouble?: string;
}

/** A process that does not end by itself is given this long. */
const graceMs = 15_000;

export class Children {
  readonly #running = new Set<ChildProcess>();

  /** Starts a part, whose file calls `answerParent`. */
  fork<P extends Part>(entry: URL): Child<P> {
    return new ForkedPart<P>(this.#add(fork(entry, { serialization: 'advanced' })));
  }

  spawn(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    return this.#add(spawn(command, args, options));
  }

  /** At once, and without waiting: for the end of this process. */
  killAll(): void {
    for (const child of this.#running) child.kill('SIGKILL');
  }

  #add(child: ChildProcess): ChildProcess {
    this.#running.add(child);
    child.once('exit', () => this.#running.delete(child));
    return child;
  }
}

/** Asks a program to end, and ends it when it does not. */
export async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await ended(child);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const impatience = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await once(child, 'exit');
  clearTimeout(impatience);
}

class ForkedPart<P extends Part> implements Child<P> {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #asked = 0;

  constructor(process: ChildProcess) {
    this.#process = process;
    // Only `answerParent` sends here.
    process.on('message', (answer) => this.#take(answer as Answer));
    process.once('exit', (code, signal) => {
      const error = new Error(`A part of the benchmark ended: ${code ?? signal}`);
      for (const { reject } of this.#waiting.values()) reject(error);
    });
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('A part of the benchmark did not start');
    return this.#process.pid;
  }

  async ask<K extends keyof P & string>(name: K, ask: Ask<P, K>): Promise<AnswerTo<P, K>> {
    const waiting = Promise.withResolvers<unknown>();
    const question: Question = { number: ++this.#asked, name, ask };
    this.#waiting.set(question.number, waiting);
    this.#process.send(question);
    // The part answers as its type says: `answerParent` holds its functions to it.
    return (await waiting.promise) as AnswerTo<P, K>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A part ends by itself when it is alone.
    if (this.#process.connected) this.#process.disconnect();
    await ended(this.#process);
  }

  #take({ number, value, trouble }: Answer): void {
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (trouble === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(trouble));
  }
}

/** In the part's own process: answers until the benchmark is gone. */
export function answerParent<P extends Part>(part: P): void {
  process.once('disconnect', () => process.exit(0));
  process.on('message', (message) => {
    // Only `ForkedPart.ask` sends here, and its types name no function that the part lacks.
    const { number, name, ask } = message as Question & { readonly ask: never };
    const send = (answer: Answer) => process.send?.(answer);
    part[name]?.(ask).then(
      (value) => send({ number, value }),
      (error: unknown) =>
        send({ number, trouble: error instanceof Error ? String(error.stack) : String(error) }),
    );
  });
}
