// `graphpost completion`: what a shell can complete, from the commands and options as they are declared.
import type { Argument, Command, Option } from 'commander';
import { bashScript } from './completion-bash.ts';
import { fishScript } from './completion-fish.ts';
import { zshScript } from './completion-zsh.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** A command, as a shell sees it. */
export interface CompletedCommand {
  /** With the program's name: `graphpost queue ls`. */
  readonly place: string;
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletedOption[];
  /** Files may follow. */
  readonly takesFiles: boolean;
}

export interface CompletedOption {
  /** As they are typed: `--config`, `-c`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** What follows it: nothing, a file, one of some words, or what nobody can tell. */
  readonly value: 'none' | 'file' | 'any' | readonly string[];
}

const scripts: Readonly<Record<Shell, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** The script that a shell has to read. */
export function completionScript(program: Command, shell: Shell): string {
  return scripts[shell](describe(program, program.name()));
}

function describe(command: Command, place: string): readonly CompletedCommand[] {
  const help = command.createHelp();
  const subcommands = help.visibleCommands(command);
  return [
    {
      place,
      subcommands: subcommands.map((each) => ({
        name: each.name(),
        description: each.description(),
      })),
      options: help.visibleOptions(command).map(toOption),
      takesFiles: command.registeredArguments.some(isFile),
    },
    ...subcommands.flatMap((each) =>
      each.name() === 'help' ? [] : describe(each, `${place} ${each.name()}`),
    ),
  ];
}

function toOption(option: Option): CompletedOption {
  const { short, long, description, argChoices } = option;
  const flags = [long, short].flatMap((flag) => flag ?? []);
  return { flags, description, value: argChoices ?? valueOf(option.flags) };
}

/** By how it is written: `--config <file>`. */
function valueOf(flags: string): CompletedOption['value'] {
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1];
  if (placeholder === undefined) return 'none';
  return isFileName(placeholder) ? 'file' : 'any';
}

function isFile(argument: Argument): boolean {
  return isFileName(argument.name());
}

function isFileName(name: string): boolean {
  return /^(file|folder|path|mail)(\.\.\.)?$/.test(name);
}
