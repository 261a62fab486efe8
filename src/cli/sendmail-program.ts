// `graphpost sendmail`, whose words sendmail(8) decides and not commander.
import { hostname, userInfo } from 'node:os';
import type { Command } from 'commander';
import type { SendmailIo } from './sendmail.ts';

/** For help and completion: `main.ts` hands over the words as they are. */
export function addSendmail(program: Command): void {
  program
    .command('sendmail')
    .description('stand in for sendmail(8): read a message from standard input, and hand it over')
    .usage('[-t] [-i] [-f address] [-F name] [recipient ...]')
    .argument('[recipient...]', 'who gets it')
    .option('-t', 'take the recipients from To, Cc and Bcc')
    .option('-i', 'a line with a dot alone does not end the message')
    .option('-f <address>', 'the reverse-path (MAIL FROM)')
    .option('-F <name>', 'the full name, where the message has no From')
    .option('-N <when>', 'when to report: never, or success, failure, delay')
    .option('-R <what>', 'what a report has of the message: full or hdrs')
    .option('-V <id>', 'what a report is to name')
    .option(
      '--smtp <host:port>',
      'the listener; else GRAPHPOST_SMTP, else that of the configuration',
    )
    .option('--config <file>', 'the configuration file')
    .allowUnknownOption()
    .action(async () => {
      const { argv } = process;
      process.exitCode = await runSendmailHere(argv.slice(argv.indexOf('sendmail') + 1));
    });
}

/** With the streams and the user of this process. */
export async function runSendmailHere(words: readonly string[]): Promise<number> {
  const { stdin, stdout, stderr, env } = process;
  const io: SendmailIo = {
    ...{ stdin, stdout, stderr, env, hostname: hostname() },
    cwd: process.cwd(),
    now: () => Date.now(),
    user: userName(env),
  };
  const { runSendmail } = await import('./sendmail.ts');
  return await runSendmail(words, io);
}

/** In a container the user may have no name. */
function userName(env: SendmailIo['env']): string {
  try {
    return userInfo().username;
  } catch {
    return env['USER'] || 'nobody';
  }
}
