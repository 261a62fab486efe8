import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completionScript, type Shell } from './completion.ts';
import { createProgram } from './program.ts';

function reasonFor(shell: string): string {
  const isThere = spawnSync('which', [shell]).status === 0;
  return isThere ? '' : ` (skipped: ${shell} is not installed)`;
}

const noBash = reasonFor('bash');

/** What bash would offer for the line, whose last word is being typed. */
function completeInBash(line: string): readonly string[] {
  const words = line.split(' ');
  const script = `${completionScript(createProgram(), 'bash')}
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
    COMP_CWORD=${words.length - 1}
    _graphpost
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  if (stderr !== '') throw new Error(stderr);
  return stdout.split('\n').filter((word) => word !== '');
}

describe.skipIf(noBash !== '')(`completionScript() in bash${noBash}`, () => {
  test.each([
    ['graphpost qu', ['queue']],
    ['graphpost s', ['setup', 'sendmail', 'serve', 'send-test']],
    ['graphpost queue re', ['retry', 'release', 'reroute']],
    ['graphpost --config x.yaml queue b', ['backup']],
    ['graphpost queue ls --sta', ['--state']],
    ['graphpost queue ls --state def', ['deferred']],
    ['graphpost send-test --via ', ['smtp']],
    ['graphpost send-test --to ', []],
    ['graphpost completion f', []],
    ['graphpost why queue l', []],
    ['graphpost check --js', ['--json']],
    ['graphpost check --config package.j', ['package.json']],
    ['graphpost explain package.j', ['package.json']],
    ['graphpost no-such-command x', []],
  ])('completes "%s"', (line, words) => {
    expect(completeInBash(line).toSorted()).toEqual(words.toSorted());
  });

  test('offers all commands', () => {
    const names = createProgram().commands.map((command) => command.name());
    expect(completeInBash('graphpost ')).toEqual(expect.arrayContaining(names));
  });
});

describe.each<Shell>(['bash', 'zsh', 'fish'])('completionScript() for %s', (shell) => {
  test('names each command, and what it does', () => {
    const script = completionScript(createProgram(), shell);
    for (const command of createProgram().commands) expect(script).toContain(command.name());
    expect(script).toContain("graphpost queue ls'".slice(0, -1));
  });

  const missing = reasonFor(shell);
  test.skipIf(missing !== '')(`is a script that it can read${missing}`, () => {
    const { status, stderr } = spawnSync(shell, ['-n', fileOf(shell)], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });
});

const fish: Shell = 'fish';
const noFish = reasonFor(fish);
test.skipIf(noFish !== '').each([
  ['graphpost qu', /^queue\tlook into the queue/],
  ['graphpost queue re', /^release\t[^]*^reroute\t[^]*^retry\t/m],
  ['graphpost send-test --via ', /^smtp\t/m],
])(`completionScript() in fish completes "%s"${noFish}`, (line, words) => {
  const script = `source '${fileOf(fish)}'; complete -C '${line}'`;
  const { stdout } = spawnSync(fish, ['--no-config', '-c', script], { encoding: 'utf8' });
  expect(stdout).toMatch(words);
});

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'graphpost-completion-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** Of the script. */
function fileOf(shell: Shell): string {
  const file = join(folder, shell);
  writeFileSync(file, completionScript(createProgram(), shell));
  return file;
}
