import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LineWriter } from './line-writer.ts';

const count = 20_000;

/** A process that writes many lines and ends at once. */
const program = `
  import { LineWriter } from ${JSON.stringify(new URL('./line-writer.ts', import.meta.url).href)};
  const writer = new LineWriter(1);
  for (let line = 0; line < ${count}; line++) writer.write('line ' + line + '\\n');
  process.exit(7);
`;

describe('LineWriter', { timeout: 30_000 }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'graphpost-lines-'));
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  test('flush() resolves when all lines are written, in order', async () => {
    const file = join(folder, 'log');
    const writer = new LineWriter(openSync(file, 'w'));
    for (let line = 0; line < 1000; line++) writer.write(`line ${line} é\n`);
    await writer.flush();
    const expected = Array.from({ length: 1000 }, (_, line) => `line ${line} é\n`).join('');
    expect(readFileSync(file, 'utf8')).toBe(expected);
  });

  test('hurry() brings out what would else wait for other lines', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const file = join(folder, 'log');
    const readLines = async (count: number) => {
      let lines: readonly string[] = [];
      while (lines.length < count) {
        await nextTurn();
        lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
      }
      return lines;
    };
    const writer = new LineWriter(openSync(file, 'w'));
    writer.write('first\n');
    writer.write('warning while it is written\n');
    writer.hurry();
    expect(await readLines(2)).toEqual(['first', 'warning while it is written']);
    writer.write('warning after it\n');
    writer.hurry();
    expect((await readLines(3)).at(-1)).toBe('warning after it');
  });

  test('writes everything before the process ends', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
    const ended = once(child, 'exit');
    const output = await text(child.stdout);
    expect(await ended).toEqual([7, null]);
    expect(output.split('\n')).toHaveLength(count + 1);
    expect(output.endsWith(`line ${count - 1}\n`)).toBe(true);
  });

  test('lets the process end when nobody reads any more', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
    child.stdout.destroy();
    expect(await once(child, 'exit')).toEqual([7, null]);
  });

  test('lets the process end when nothing can be written', async () => {
    const file = join(folder, 'log');
    writeFileSync(file, '');
    const readOnly = openSync(file, 'r');
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', readOnly, 'ignore'],
    });
    expect(await once(child, 'exit')).toEqual([7, null]);
  });
});
