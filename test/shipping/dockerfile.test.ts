// What the Dockerfile says, judged without building it; by-hand/image.test.ts builds and runs it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './package-artefact.ts';

interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** Without comments; a line that ends in a backslash goes on. */
function readInstructions(): readonly Instruction[] {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8').replaceAll(/^#.*\n/gm, '');
  return lines
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [name = '', text = ''] = line.split(/\s+(.*)/);
      return { name, text };
    });
}

const instructions = readInstructions();
const finalStage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));

function textsOf(wanted: string, of: readonly Instruction[] = instructions): readonly string[] {
  return of.filter(({ name }) => name === wanted).map(({ text }) => text);
}

test('the bases are arguments, so that a release names them by digest, and never the latest', () => {
  const bases = textsOf('FROM').map((text) => text.replace(/^--\S+\s+/, ''));
  expect(bases.map((base) => base.split(' ')[0])).toEqual([
    '${BUILD_IMAGE}',
    '${BUILD_IMAGE}',
    '${RUNTIME_IMAGE}',
  ]);
  expect(textsOf('ARG')).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^BUILD_IMAGE=[\w./-]+:[\w.-]+$/),
      expect.stringMatching(/^RUNTIME_IMAGE=[\w./-]+:[\w.-]+$/),
    ]),
  );
  expect(instructions.filter(({ text }) => text.includes(':latest'))).toEqual([]);
});

test('the final stage needs no shell, and runs as a user that has a number', () => {
  expect(textsOf('RUN', finalStage)).toEqual([]);
  expect(textsOf('USER', finalStage)).toEqual(['65532:65532']);
  for (const name of ['ENTRYPOINT', 'CMD']) {
    const [command = '', ...more] = textsOf(name, finalStage);
    expect(more).toEqual([]);
    expect(JSON.parse(command)).toEqual(expect.arrayContaining([expect.any(String)]));
  }
});

test('the health check is our own command', () => {
  const [check = '', ...more] = textsOf('HEALTHCHECK', finalStage);
  expect(more).toEqual([]);
  const [, command = ''] = check.split('CMD ');
  expect(JSON.parse(command)).toEqual(['node', '/app/dist/main.js', 'healthcheck']);
});

test('the labels are those of OCI, with version, revision and time from outside', () => {
  const [labels = ''] = textsOf('LABEL', finalStage);
  const names = [...labels.matchAll(/org\.opencontainers\.image\.([a-z.]+)=/g)].map(([, n]) => n);
  expect(names).toEqual(
    expect.arrayContaining(['title', 'description', 'licenses', 'version', 'revision', 'created']),
  );
  expect(
    labels
      .replaceAll(/"[^"]*"/g, '')
      .replaceAll(/org\.opencontainers\.image\.[a-z.]+=/g, '')
      .trim(),
  ).toBe('');
});

test('no secret is an argument or in the environment', () => {
  const named = [...textsOf('ARG'), ...textsOf('ENV')].join(' ');
  expect(named).not.toMatch(/secret|token|password|credential|key/i);
});

/** The patterns of .dockerignore, in their order: the last one that fits decides. */
function isSentToBuilder(path: string): boolean {
  const patterns = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  let isSent = true;
  for (const line of patterns) {
    const isException = line.startsWith('!');
    const pattern = line.replace(/^!/, '');
    const fits = parentsOf(path).some((part) => toRegExp(pattern).test(part));
    if (fits) isSent = isException;
  }
  return isSent;
}

/** A pattern that fits a folder fits what is in it. */
function parentsOf(path: string): readonly string[] {
  const names = path.split('/');
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replaceAll('.', '\\.')
    .replaceAll('**/', '(.*/)?')
    .replaceAll(/(?<!\.)\*/g, '[^/]*');
  return new RegExp(`^${source}$`);
}

test.each([
  ['src/main.ts', true],
  ['src/http/page/layout.ts', true],
  ['config/sidecar.yaml', true],
  ['package-lock.json', true],
  ['.git/config', false],
  ['node_modules/zod/index.js', false],
  ['test/imports.test.ts', false],
  ['src/core/lane.test.ts', false],
  ['config/graphpost.yaml', false],
  ['data/graphpost.db', false],
  ['.env', false],
])('.dockerignore: %s goes to the builder: %s', (path, isSent) => {
  expect(isSentToBuilder(path)).toBe(isSent);
});
