import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runCheck } from './check.ts';

const folder = mkdtempSync(join(tmpdir(), 'graphpost-check-'));
writeFileSync(join(folder, 'good.yaml'), 'connections: { play: { type: sandbox } }\n');
writeFileSync(join(folder, 'bad.yaml'), 'connections: { play: { type: sandbx } }\nlog: 5\n');
afterAll(() => rmSync(folder, { recursive: true }));

async function check(config: string | undefined, json = false) {
  let [out, err] = ['', ''];
  const code = await runCheck(
    { config, json },
    {
      env: { GRAPHPOST_CONFIG: config === undefined ? 'good.yaml' : '' },
      cwd: folder,
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
    },
  );
  return { code, out, err };
}

describe('runCheck()', () => {
  test('says that a file is valid, and warns', async () => {
    const { code, out, err } = await check('good.yaml');
    expect(code).toBe(0);
    expect(out).toBe(`${join(folder, 'good.yaml')} is valid\n`);
    expect(err).toContain('warning: ');
    expect(err).toContain('connections.play.type');
  });

  test('prints every fault of a file', async () => {
    const { code, out, err } = await check('bad.yaml');
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('bad.yaml:1:30: connections.play.type: ');
    expect(err).toContain('bad.yaml:2:6: log: must be a block of keys');
    expect(err).toContain('has 2 faults');
  });

  test('prints JSON on request', async () => {
    const { code, out, err } = await check('bad.yaml', true);
    expect([code, err]).toEqual([2, '']);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      file: join(folder, 'bad.yaml'),
      faults: [
        { line: 1, column: 30, key: 'connections.play.type', hint: 'did you mean "sandbox"?' },
        { line: 2, column: 6, key: 'log', message: 'must be a block of keys' },
      ],
      warnings: [],
    });
  });

  test('prints warnings as JSON', async () => {
    const { code, out } = await check('good.yaml', true);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, faults: [], warnings: [{ line: 1 }] });
  });

  test('finds the file without the flag', async () => {
    expect((await check(undefined)).out).toContain('good.yaml is valid');
  });

  test('names a file that does not exist', async () => {
    const { code, err } = await check('absent.yaml');
    expect(code).toBe(2);
    expect(err).toContain('absent.yaml: the file does not exist');
  });
});
