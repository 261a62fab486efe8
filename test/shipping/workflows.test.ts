// The workflows of GitHub Actions call what is there, with no more rights than they need; their steps stand in .ci and package.json.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { root } from './package-artefact.ts';

const permissions = z.record(z.string(), z.enum(['read', 'write']));
const workflow = z.object({
  name: z.string(),
  permissions,
  jobs: z.record(
    z.string(),
    z.object({
      permissions: permissions.optional(),
      'runs-on': z.string(),
      'timeout-minutes': z.number(),
      strategy: z.object({ matrix: z.object({ node: z.array(z.string()) }) }).optional(),
      steps: z.array(z.object({ uses: z.string().optional(), run: z.string().optional() })),
    }),
  ),
});

const folder = join(root, '.github/workflows');
const files = readdirSync(folder);

function readWorkflow(file: string) {
  return workflow.parse(parse(readFileSync(join(folder, file), 'utf8'), { strict: true }));
}

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));

describe.each(files)('%s', (file) => {
  const { jobs, permissions: rights } = readWorkflow(file);
  const steps = Object.values(jobs).flatMap((job) => job.steps);

  test('may do nothing but read, where no job says more', () => {
    expect(rights).toEqual({ contents: 'read' });
  });

  test('takes each action at an exact version', () => {
    const exact = /^[\w-]+\/[\w-]+@(v\d+\.\d+\.\d+|[0-9a-f]{40})$/;
    const actions = steps.map(({ uses }) => uses).filter((uses) => uses !== undefined);
    expect(actions.filter((uses) => !exact.test(uses))).toEqual([]);
  });

  test('calls scripts that are there', () => {
    const commands = steps.map(({ run = '' }) => run).join('\n');
    for (const [script] of commands.matchAll(/\.ci\/[\w-]+/g)) {
      accessSync(join(root, script), constants.X_OK);
    }
    const named = [...commands.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(Object.keys(scripts)).toEqual(expect.arrayContaining(named));
    expect(commands).toMatch(/\.ci\/\w+/);
  });
});

test('the gate runs on each Node that is supported', () => {
  expect(readWorkflow('check.yml').jobs['check']?.strategy?.matrix.node).toEqual(['24', '26']);
});

test.each(readdirSync(join(root, '.ci')))('.ci/%s is a script of bash', (script) => {
  const file = join(root, '.ci', script);
  expect(readFileSync(file, 'utf8')).toMatch(
    /^#!\/usr\/bin\/env bash\n(#.*\n)+set -euo pipefail\n/,
  );
  execFileSync('bash', ['-n', file]);
});

test('.ci/image passes the arguments that the Dockerfile takes', () => {
  const script = readFileSync(join(root, '.ci/image'), 'utf8');
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  const taken = [...dockerfile.matchAll(/^ARG (\w+)=/gm)].map(([, name = '']) => name);
  expect(taken.filter((name) => !script.includes(name))).toEqual([]);
  expect(taken).toContain('RUNTIME_IMAGE');
});
