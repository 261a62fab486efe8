import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BodyFile } from '../relay/ports.ts';
import { openBodyFolder } from './body-folder.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-bodies-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function readAll(
  file: BodyFile,
  range: { readonly start: number; readonly end: number },
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of file.read(range)) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

describe('openBodyFolder()', () => {
  test('keeps bodies in files without a name, and gives back every range', async () => {
    const file = await (await openBodyFolder(folder)).create();
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
    await file.write(bytes.subarray(0, 70_000));
    await file.write(bytes.subarray(70_000));
    expect(await readdir(folder)).toEqual([]);
    const read = await readAll(file, { start: 10, end: 150_000 });
    expect(read.equals(bytes.subarray(10, 150_000))).toBe(true);
    await file.remove();
    await file.remove();
  });

  test('says that a body is too short, or cannot be written, as trouble of the store', async () => {
    const file = await (await openBodyFolder(folder)).create();
    const reading = readAll(file, { start: 0, end: 1 });
    await expect(reading).rejects.toMatchObject({ fault: 'corrupt' });
    await file.remove();
    await expect(file.write(new Uint8Array(1))).rejects.toMatchObject({ fault: 'away' });
  });

  test('rejects a folder that cannot be written', async () => {
    const opening = openBodyFolder(join(folder, 'missing'));
    await expect(opening).rejects.toThrow(/direct\.folder: ".*missing" cannot be written: ENOENT/);
  });
});
