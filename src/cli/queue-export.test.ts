import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ApiProblem } from './queue-api.ts';
import { exportMessages, type ExportIo } from './queue-export.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-export-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function setUp() {
  const asked: string[] = [];
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io: ExportIo = {
    ...{ stdout, stderr },
    api: {
      async *list() {},
      async raw(id) {
        asked.push(id);
        if (id === 'gone') throw new ApiProblem(404, 'Not found');
        return Readable.from([Buffer.from(id)]);
      },
    },
  };
  return { io, asked, err: () => String(stderr.read() ?? '') };
}

describe('exportMessages()', () => {
  test('asks for no body whose file is there already', async () => {
    const { io, asked, err } = setUp();
    await writeFile(join(folder, 'q1.eml'), 'mine');
    expect(await exportMessages({ meant: { ids: ['q1', 'q2'] }, output: folder }, io)).toBe(1);
    expect(asked).toEqual(['q2']);
    expect(err()).toMatch(/^q1: EEXIST/);
    expect(await readFile(join(folder, 'q1.eml'), 'utf8')).toBe('mine');
    expect(await readFile(join(folder, 'q2.eml'), 'utf8')).toBe('q2');
  });

  test('leaves no file of a message that is gone', async () => {
    const { io, err } = setUp();
    expect(await exportMessages({ meant: { ids: ['gone', 'q2'] }, output: folder }, io)).toBe(1);
    expect(await readdir(folder)).toEqual(['q2.eml']);
    expect(err()).toMatch(/^gone: Not found\n/);
  });
});
