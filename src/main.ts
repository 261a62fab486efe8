#!/usr/bin/env node
// Arguments → command → exit code.
import { sendmailWords } from './cli/sendmail-words.ts';

// Cron and PHP call sendmail often: it does without what the other commands load.
const words = sendmailWords(process.argv);
if (words) {
  const { runSendmailHere } = await import('./cli/sendmail-program.ts');
  process.exitCode = await runSendmailHere(words);
} else {
  const { createProgram } = await import('./cli/program.ts');
  await createProgram().parseAsync(process.argv);
}
