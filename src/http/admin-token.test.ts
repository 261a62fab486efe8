import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadAdminToken, readAdminToken } from './admin-token.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-token-'));
  file = join(folder, 'data/admin-token');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('loadAdminToken()', () => {
  test('makes a token that nobody else can read, and keeps it', async () => {
    const token = await loadAdminToken(file);
    expect(token).toMatch(/^[\w-]{32}$/);
    expect(await readFile(file, 'utf8')).toBe(`${token}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await loadAdminToken(file)).toBe(token);
  });

  test.each([undefined, '', ' \n'])(
    'gives all who ask at once the same token, over %j',
    async (before) => {
      const place = join(folder, 'admin-token');
      if (before !== undefined) await writeFile(place, before);
      const tokens = await Promise.all(Array.from({ length: 20 }, () => loadAdminToken(place)));
      expect(new Set(tokens).size).toBe(1);
      expect(await readAdminToken(place)).toBe(tokens[0]);
      expect((await readFile(place, 'utf8')).trim()).toBe(tokens[0]);
    },
  );

  test('takes an empty file from the eyes of others', async () => {
    const place = join(folder, 'admin-token');
    await writeFile(place, '');
    await chmod(place, 0o644);
    await loadAdminToken(place);
    expect((await stat(place)).mode & 0o777).toBe(0o600);
  });

  test('writes over nothing that it cannot read', async () => {
    await expect(loadAdminToken(folder)).rejects.toThrow('EISDIR');
  });
});
