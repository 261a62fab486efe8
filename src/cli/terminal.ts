// Talking with whoever sits at the terminal, if anybody does.
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';

export interface TerminalIo {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** Asks for a yes; anything else is a no. `nobody`: without a terminal nothing is asked. */
export async function confirm(
  question: string,
  { stdin, stderr }: TerminalIo,
): Promise<'yes' | 'no' | 'nobody'> {
  if (stdin.isTTY !== true || stderr.isTTY !== true) return 'nobody';
  const reader = createInterface({ input: stdin, output: stderr });
  // Ctrl-C and Ctrl-D close it without an answer.
  const closed = once(reader, 'close').then(() => '');
  try {
    const answer = await Promise.race([reader.question(`${question} [y/N] `), closed]);
    return /^y(es)?$/i.test(answer.trim()) ? 'yes' : 'no';
  } finally {
    reader.close();
  }
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
