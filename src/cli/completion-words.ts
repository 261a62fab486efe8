// What the scripts for bash and zsh share: which words may come, and quoting them.
import type { CompletedCommand } from './completion.ts';

/** Commands and options that may come next. */
export function wordsOf({ subcommands, options }: CompletedCommand): readonly string[] {
  return [...subcommands.map(({ name }) => name), ...options.flatMap(({ flags }) => flags)];
}

/** For bash and zsh. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
