import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../test/support/until.ts';
import { watchFiles } from './watch.ts';

let folder: string;
let file: string;
let changes: number;
let stopping: AbortController;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-watch-'));
  file = join(folder, 'graphpost.yaml');
  await writeFile(file, 'one');
  changes = 0;
  stopping = new AbortController();
});

afterEach(async () => {
  stopping.abort();
  await rm(folder, { recursive: true });
});

function watch(files: readonly string[], pollMs = 3_600_000): void {
  const { signal } = stopping;
  watchFiles(files, { onChange: () => (changes += 1), signal, pollMs });
}

describe('watchFiles()', () => {
  test('tells of another content, however it got there', async () => {
    watch([file]);
    await writeFile(file, 'two');
    await until(() => changes === 1);
    await writeFile(join(folder, 'new'), 'three');
    await rename(join(folder, 'new'), file);
    await until(() => changes === 2);
    await rm(file);
    await until(() => changes === 3);
    expect(changes).toBe(3);
  });

  test('tells nothing of the same content, nor of other files of the folder', async () => {
    watch([file]);
    await writeFile(file, 'one');
    await writeFile(join(folder, 'other'), 'x');
    await writeFile(file, 'two');
    await until(() => changes > 0);
    expect(changes).toBe(1);
  });

  test('reads now and then, since not every folder can be watched', async () => {
    const later = join(folder, 'later', 'secret');
    watch([later], 20);
    await mkdir(join(folder, 'later'));
    await writeFile(later, 'x');
    await until(() => changes > 0);
    expect(changes).toBe(1);
  });

  test('ends with its signal', async () => {
    watch([file], 20);
    const other = join(folder, 'other');
    await writeFile(other, 'x');
    stopping.abort();
    await writeFile(file, 'two');
    const second = new AbortController();
    let seen = 0;
    watchFiles([other], { onChange: () => (seen += 1), signal: second.signal, pollMs: 20 });
    await writeFile(other, 'y');
    await until(() => seen > 0);
    second.abort();
    expect(changes).toBe(0);
  });
});
