#!/usr/bin/env node
// Arguments → command → exit code.
import { versionFault } from './cli/node-version.ts';
import { sendmailWords } from './cli/sendmail-words.ts';

// Before anything else is loaded, which an older Node could not load.
const fault = versionFault(process.versions.node);
// Cron and PHP call sendmail often: it does without what the other commands load.
const words = sendmailWords(process.argv);
if (fault !== undefined) {
  process.stderr.write(`${fault}\n`);
  process.exitCode = 2;
} else if (words) {
  const { runSendmailHere } = await import('./cli/sendmail-program.ts');
  process.exitCode = await runSendmailHere(words);
} else {
  const { createProgram } = await import('./cli/program.ts');
  await createProgram().parseAsync(process.argv);
}
