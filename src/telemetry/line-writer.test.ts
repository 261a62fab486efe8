import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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
  afterEach(() => rmSync(folder, { recursive: true }));

  test('flush() resolves when all lines are written, in order', async () => {
    const file = join(folder, 'log');
    const writer = new LineWriter(openSync(file, 'w'));
    for (let line = 0; line < 1000; line++) writer.write(`line ${line} é\n`);
    await writer.flush();
    const expected = Array.from({ length: 1000 }, (_, line) => `line ${line} é\n`).join('');
    expect(readFileSync(file, 'utf8')).toBe(expected);
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
