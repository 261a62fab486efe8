// The options of `graphpost doctor`.
import type { Command } from 'commander';
import type { DoctorOptions } from './doctor.ts';
import type { QueueCommandOptions } from './queue-program.ts';

export function addDoctor(
  program: Command,
  { configOption, io, setExitCode }: QueueCommandOptions,
): void {
  program
    .command('doctor')
    .description('look at everything that mail needs, and say what is wrong and what mends it')
    .option('--mailbox <address...>', 'try these mailboxes, beside those of the configuration')
    .option('--fix', 'mend what is safe to mend: the modes of files', false)
    .option('--offline', 'ask nobody beyond this machine', false)
    .option(...configOption)
    .option('--json', 'print the result as JSON', false)
    .action(async (options: DoctorOptions) => {
      const { runDoctor } = await import('./doctor.ts');
      setExitCode(await runDoctor(options, io()));
    });
}
