// Tags the version that package.json names, once all is ready for it: `npm run release`. Nothing is pushed.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { tagOf, whyNotReady, type ReleaseFacts } from './release-readiness.ts';

const versioned = z.object({ version: z.string().optional(), appVersion: z.string().optional() });
const chartFile = 'helm/graphpost/Chart.yaml';

function readVersions(): ReleaseFacts['versions'] {
  const chart = existsSync(chartFile)
    ? versioned.parse(parse(readFileSync(chartFile, 'utf8')))
    : undefined;
  return {
    'package.json': readJsonVersion('package.json'),
    'package-lock.json': readJsonVersion('package-lock.json'),
    ...(chart && {
      [`version of ${chartFile}`]: chart.version,
      [`appVersion of ${chartFile}`]: chart.appVersion,
    }),
  };
}

function readJsonVersion(file: string): string | undefined {
  return versioned.parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}

function git(...args: readonly string[]): readonly string[] {
  const output = execFileSync('git', args, { encoding: 'utf8' });
  return output.split('\n').filter((line) => line !== '');
}

const versions = readVersions();
const faults = whyNotReady({
  versions,
  changelog: readFileSync('CHANGELOG.md', 'utf8'),
  changedFiles: git('status', '--porcelain'),
  tags: git('tag', '--list'),
});
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exit(1);

try {
  execFileSync('npm', ['run', 'check'], { stdio: 'inherit' });
} catch {
  process.stderr.write('Not released: the check failed\n');
  process.exit(1);
}
const tag = tagOf(versions['package.json'] ?? '');
git('tag', '--annotate', tag, '--message', tag);
process.stdout.write(`Tagged ${tag}. To publish it: git push origin ${tag}\n`);
