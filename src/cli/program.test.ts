import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from './program.ts';

/** Those that do something, by their whole names. */
function leavesOf(command: Command, name: string): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[name, command]];
  return command.commands.flatMap((each) => leavesOf(each, `${name} ${each.name()}`));
}

const leaves = createProgram().commands.flatMap((each) => leavesOf(each, each.name()));

/** What they print is made for a program already, or is nothing. */
const withoutJson = new Set(['serve', 'sendmail', 'completion']);

describe('createProgram()', () => {
  test.each(leaves.filter(([name]) => !withoutJson.has(name)))(
    '"%s" prints JSON',
    (_name, command) => {
      expect(command.options.map(({ long }) => long)).toContain('--json');
    },
  );

  test.each(leaves)('"%s" says what it does, and what each option is for', (_name, command) => {
    expect(command.description()).toMatch(/^[a-z].*[^.]$/);
    for (const { description } of command.options) expect(description).not.toBe('');
    for (const { description } of command.registeredArguments) {
      expect(description).not.toBe('');
    }
  });

  test('shows its commands in groups, with examples that exist', () => {
    const help = helpOf(createProgram());
    const headings = help.match(/^\w.*:$/gm);
    expect(headings).toEqual([
      'Options:',
      'Set up:',
      'Run:',
      'Try and check:',
      'Look after mail:',
      'Help:',
      'Examples:',
    ]);
    expect(help).toMatch(/Try and check:\n {2}check .*\n.*\n {2}doctor /);
    expect(help).not.toContain('default: false');
  });

  test.each([
    [['chek'], "error: unknown command 'chek'\n(Did you mean check?)\n", 'graphpost'],
    [['queue', 'ls', '--stat'], "error: unknown option '--stat'\n", 'graphpost queue ls'],
  ])('answers %j with what is wrong, and where the help is', (words, fault, command) => {
    const program = createProgram();
    let said = '';
    withAll(program, (each) => {
      each.exitOverride((error) => {
        throw error;
      });
      each.configureOutput({ writeErr: (text) => (said += text) });
    });
    expect(() => program.parse(words, { from: 'user' })).toThrow('unknown');
    expect(said.startsWith(fault)).toBe(true);
    expect(said.endsWith(`See ${command} --help\n`)).toBe(true);
    expect(said.split('\n').length).toBeLessThan(5);
  });

  test.each(leaves)('the help of "%s" fits, and its examples can be given', (_name, command) => {
    const help = helpOf(command);
    expect(help).not.toContain('(default: false)');
    for (const [, example = ''] of help.matchAll(
      /^ {2}(?:source <\()?graphpost (.+?)\)?(?: {2}| \|)/gm,
    )) {
      const [name = ''] = example.split(' ');
      expect(createProgram().commands.map((each) => each.name())).toContain(name);
      for (const [option] of example.matchAll(/--[\w-]+/g))
        expect(optionsOf(name)).toContain(option);
    }
  });
});

function withAll(command: Command, act: (command: Command) => void): void {
  act(command);
  for (const subcommand of command.commands) withAll(subcommand, act);
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (piece) => (text += piece), getOutHelpWidth: () => 80 });
  command.outputHelp();
  return text;
}

function optionsOf(name: string): readonly string[] {
  return leaves
    .filter(([own]) => own.split(' ')[0] === name)
    .flatMap(([, command]) => command.options.flatMap(({ long }) => long ?? []));
}
