// Talking with whoever sits at the terminal, if anybody does.
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline/promises';

export interface TerminalIo {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** Puts questions to whoever sits there, one after the other. */
export class Asker implements Disposable {
  readonly #reader: Interface;
  readonly #closed: Promise<undefined>;

  constructor({ stdin, stderr }: TerminalIo) {
    this.#reader = createInterface({ input: stdin, output: stderr });
    this.#closed = once(this.#reader, 'close').then(() => undefined);
  }

  /** Without blanks around it; undefined when whoever was asked went away (Ctrl-C, Ctrl-D). */
  async ask(prompt: string): Promise<string | undefined> {
    const answer = this.#reader.question(prompt).catch(undefinedIfClosed);
    return (await Promise.race([answer, this.#closed]))?.trim();
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }
}

function undefinedIfClosed(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ABORT_ERR' && code !== 'ERR_USE_AFTER_CLOSE') throw error;
}

/** Asks for a yes; anything else is a no. `nobody`: without a terminal nothing is asked. `gone`: Ctrl-C or Ctrl-D. */
export async function confirm(
  question: string,
  io: TerminalIo,
): Promise<'yes' | 'no' | 'nobody' | 'gone'> {
  if (io.stdin.isTTY !== true || io.stderr.isTTY !== true) return 'nobody';
  using asker = new Asker(io);
  const answer = await asker.ask(`${question} [y/N] `);
  if (answer === undefined) return 'gone';
  return /^y(es)?$/i.test(answer) ? 'yes' : 'no';
}

/** What a shell takes for an end by Ctrl-C. */
const interrupted = 130;

/** Says that a question was the end of it. Returns the exit code. */
export function sayStopped({ stderr }: Pick<TerminalIo, 'stderr'>): number {
  stderr.write('\nStopped; nothing was changed\n');
  return interrupted;
}

/** Longer than this, and it is said that work goes on. */
const patienceMs = 1_000;
const clearLine = '\r\u{1b}[K';

/** On a terminal alone. */
export async function withPatience<T>(
  { stderr }: Pick<TerminalIo, 'stderr'>,
  work: () => Promise<T>,
): Promise<T> {
  if (stderr.isTTY !== true) return await work();
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    stderr.write(`${clearLine}At it for ${seconds} s …`);
  }, patienceMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (performance.now() - startedAt >= patienceMs) stderr.write(clearLine);
  }
}

/** How far it is, on a terminal alone. */
export function showProgress({ stderr }: Pick<TerminalIo, 'stderr'>, text: string): void {
  if (stderr.isTTY === true) stderr.write(`${clearLine}${text}`);
}
