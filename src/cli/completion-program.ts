// The options of `graphpost completion`.
import { Argument, type Command } from 'commander';
import { completionScript, shells, type Shell } from './completion.ts';

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print what a shell needs to complete commands and options')
    .addArgument(new Argument('<shell>', 'yours').choices(shells))
    .action((shell: Shell) => void process.stdout.write(completionScript(program, shell)));
}
