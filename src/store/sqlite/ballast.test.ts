import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Ballast } from './ballast.ts';

const ballastBytes = 16 * 1_048_576;
let folder: string;
let queueFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-ballast-'));
  queueFile = join(folder, 'queue.db');
  await writeFile(queueFile, '');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('Ballast', () => {
  test('keep() makes a file that takes up its room, for the gateway alone', async () => {
    expect(new Ballast(queueFile).keep()).toBe(true);
    const { size, blocks, mode } = await stat(`${queueFile}-ballast`);
    expect(size).toBe(ballastBytes);
    expect(blocks * 512).toBeGreaterThanOrEqual(ballastBytes);
    expect(mode & 0o777).toBe(0o600);
  });

  test('keep() leaves a whole one as it is, also one of an earlier start', async () => {
    new Ballast(queueFile).keep();
    const before = await stat(`${queueFile}-ballast`);
    const ballast = new Ballast(queueFile);
    expect([ballast.keep(), ballast.keep()]).toEqual([true, true]);
    expect((await stat(`${queueFile}-ballast`)).mtimeMs).toBe(before.mtimeMs);
  });

  test('keep() makes one anew that a crash left unfinished', async () => {
    new Ballast(queueFile).keep();
    await truncate(`${queueFile}-ballast`, 1000);
    expect(new Ballast(queueFile).keep()).toBe(true);
    expect((await stat(`${queueFile}-ballast`)).size).toBe(ballastBytes);
  });

  test('drop() gives the room back, and keep() takes it again', async () => {
    const ballast = new Ballast(queueFile);
    ballast.keep();
    ballast.drop();
    await expect(stat(`${queueFile}-ballast`)).rejects.toThrow('ENOENT');
    ballast.drop();
    expect(ballast.keep()).toBe(true);
  });

  test('keep() throws when the queue file is gone', async () => {
    const ballast = new Ballast(queueFile);
    ballast.keep();
    await rm(queueFile);
    expect(() => ballast.keep()).toThrow('ENOENT');
  });
});
