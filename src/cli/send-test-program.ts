// The options of `graphpost send-test`.
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { QueueCommandOptions } from './queue-program.ts';
import { passwordVariable } from './password-variable.ts';
import type { SendTestOptions } from './send-test.ts';

type Given = Omit<SendTestOptions, 'version' | 'timeoutMs'> & {
  readonly timeout: number;
};

export function addSendTest(
  program: Command,
  { version, configOption, io, setExitCode }: QueueCommandOptions,
): void {
  program
    .command('send-test')
    .description('send a test e-mail, wait for its end, and say each step of its way')
    .requiredOption('--to <address...>', 'who gets it')
    .addOption(
      new Option('--via <way>', 'smtp: into the listener, and from there by the rules').choices([
        'smtp',
      ]),
    )
    .addOption(
      new Option('--connection <name>', 'straight over this connection, past the rules').conflicts([
        'via',
        'listener',
        'username',
      ]),
    )
    .option('--listener <name>', 'the listener; else the first one')
    .option('--username <name>', `log in there; ${passwordVariable} has the password`)
    .option('--from <address>', 'who it is from; else as the configuration has it')
    .option('--html', 'as HTML; else as plain text', false)
    .option('--timeout <seconds>', 'wait no longer for its end', toSeconds, 60)
    .option(...configOption)
    .option('--json', 'print the result as JSON', false)
    .action(async ({ timeout, ...options }: Given) => {
      const given = { ...options, timeoutMs: timeout * 1_000, version };
      const { runSendTest } = await import('./send-test.ts');
      setExitCode(await runSendTest(given, io()));
    });
}

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 3_600)) throw new InvalidArgumentError('Seconds, 1 to 3600.');
  return seconds;
}
