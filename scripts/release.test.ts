// The release script, in small repositories of its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { whyNotReady, type ReleaseFacts } from './release-readiness.ts';

const ready: ReleaseFacts = {
  versions: { 'package.json': '1.2.0', 'package-lock.json': '1.2.0' },
  changelog: '# Changelog\n\n## Unreleased\n\n## 1.2.0 (2026-01-31)\n\n- **New**: something.\n',
  changedFiles: [],
  tags: ['v1.1.0'],
};

describe('whyNotReady', () => {
  test('finds nothing where all is ready', () => {
    expect(whyNotReady(ready)).toEqual([]);
  });

  test.each<[string, Partial<ReleaseFacts>, string]>([
    ['no version', { versions: { 'package.json': 'next' } }, 'give one such as 1.2.3'],
    [
      'versions that differ',
      { versions: { ...ready.versions, 'Chart.yaml': '1.1.0' } },
      'Chart.yaml names the version 1.1.0, package.json 1.2.0',
    ],
    [
      'lines that are not released yet',
      { changelog: '## Unreleased\n- More.\n## 1.2.0 (2026-01-31)\n- Some.' },
      'has lines under "Unreleased"',
    ],
    ['no section', { changelog: '## Unreleased\n' }, 'has no section "1.2.0 (<date>)"'],
    ['an empty section', { changelog: '## 1.2.0 (2026-01-31)\n\n' }, 'says nothing under'],
    ['no date', { changelog: '## 1.2.0\n- Some.' }, 'gives no date'],
    [
      'an unfinished section',
      { changelog: '## 1.2.0 (2026-01-31)\n- Some.\nNot yet: more.' },
      'is unfinished: "Not yet: more."',
    ],
    ['a tag that exists', { tags: ['v1.2.0'] }, 'The tag v1.2.0 exists'],
    ['changed files', { changedFiles: [' M README.md'] }, 'Not committed: M README.md'],
  ])('refuses %s', (_, change, fault) => {
    expect(whyNotReady({ ...ready, ...change })).toEqual([expect.stringContaining(fault)]);
  });
});

describe('scripts/release.ts', () => {
  let folder: string;

  function git(...args: readonly string[]): string {
    return execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
  }

  /** A repository that is ready, but for the outcome of its check. */
  function writeRepository(check: string): void {
    const version = '1.2.0';
    const scripts = { check };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version, scripts }));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ version }));
    writeFileSync(join(folder, 'CHANGELOG.md'), ready.changelog);
    git('init', '--quiet');
    git('config', 'user.name', 'Release');
    git('config', 'user.email', 'release@example.com');
    git('add', '.');
    git('commit', '--quiet', '--message', 'All');
  }

  function release() {
    const script = join(import.meta.dirname, 'release.ts');
    const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
    const env = { ...process.env, PATH: path };
    return spawnSync(process.execPath, [script], { cwd: folder, encoding: 'utf8', env });
  }

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'graphpost-release-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test('tags what is ready, and refuses to do so again', () => {
    writeRepository('node --version');
    expect(release()).toMatchObject({ status: 0 });
    expect(git('tag', '--list')).toBe('v1.2.0\n');
    const again = release();
    expect(again).toMatchObject({ status: 1 });
    expect(again.stderr).toContain('The tag v1.2.0 exists');
  });

  test('tags nothing where the check fails', () => {
    writeRepository('node --no-such-option');
    const refused = release();
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.stderr).toContain('Not released: the check failed');
    expect(git('tag', '--list')).toBe('');
  });

  test('tags nothing while something is not committed', () => {
    writeRepository('node --version');
    writeFileSync(join(folder, 'CHANGELOG.md'), `${ready.changelog}- More.\n`);
    expect(release()).toMatchObject({ status: 1, stderr: 'Not committed: M CHANGELOG.md\n' });
    expect(git('tag', '--list')).toBe('');
  });
});
