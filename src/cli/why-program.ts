// The options of `graphpost why`.
import type { Command } from 'commander';
import { toCount, type QueueCommandOptions } from './queue-program.ts';
import type { WhyOptions } from './why.ts';

export function addWhy(
  program: Command,
  { version, configOption, io, setExitCode }: QueueCommandOptions,
): void {
  program
    .command('why')
    .description('say what became of a message: how it came, what was tried, what comes next')
    .argument('<what>', 'queue id, Message-ID, or a part of an address')
    .option(...configOption)
    .option('--limit <number>', 'at most this many messages, newest first', toCount, 3)
    .option('--json', 'print the result as JSON', false)
    .action(async (what: string, options: Omit<WhyOptions, 'version'>) => {
      const { runWhy } = await import('./why.ts');
      setExitCode(await runWhy(what, { ...options, version }, io()));
    });
}
