// The options of `graphpost renew`.
import { randomBytes } from 'node:crypto';
import { InvalidArgumentError, type Command } from 'commander';
import { cliClock } from './cli-clock.ts';
import type { QueueCommandOptions } from './queue-program.ts';
import type { RenewOptions } from './renew.ts';

export function addRenew(
  program: Command,
  { configOption, io, setExitCode }: QueueCommandOptions,
): void {
  program
    .command('renew')
    .description(
      'replace the certificate of a connection: register another one, use it, remove the old',
    )
    .argument('<connection>', 'its name')
    .option('--days <number>', 'life of the new certificate', toDays, 365)
    .option('--keep-old', 'leave the old one registered; the next run removes it', false)
    .option('--application-id <id>', 'object id of the application, where its file does not say it')
    .option('--key-id <id>', 'id of the old certificate in Entra, likewise')
    .option(...configOption)
    .option('--json', 'print the result as JSON', false)
    .action(async (connection: string, options: Omit<RenewOptions, 'connection'>) => {
      const wired = { ...io(), clock: cliClock, randomBytes };
      const { runRenew } = await import('./renew.ts');
      setExitCode(await runRenew({ ...options, connection }, wired));
    });
}

function toDays(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= 3_650) return days;
  throw new InvalidArgumentError('a number from 1 to 3650 is wanted');
}
