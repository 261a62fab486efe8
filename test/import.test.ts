// `graphpost import` over files as the documentation of each product has them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatFault } from '../src/config/fault.ts';
import { loadConfig } from '../src/config/load.ts';
import { reportOf } from '../src/cli/import-report.ts';
import { formatDocument } from '../src/setup/import-document.ts';
import type { Imported, ImportSurroundings } from '../src/setup/import-findings.ts';
import { importPostfix } from '../src/setup/import-postfix.ts';
import { importSmtp2Graph } from '../src/setup/import-smtp2graph.ts';
import { importWpMailSmtp } from '../src/setup/import-wp-mail-smtp.ts';

const folder = join(import.meta.dirname, 'import');
const cases = readdirSync(folder).filter((name) => /^(smtp2graph|postfix|wp)-/.test(name));

const surroundings: ImportSurroundings = {
  resolvePath: (path) => path,
  hashPassword: () =>
    '$scrypt$ln=14,r=8,p=1$c29tZXRoaW5nIHNhbHR5IQ$xfWQ7SeUdLoyVQVQ+7ttoQ9BLXbaLxDqZDGg3QvOcFM',
  randomText: () => 'hunter2-nobody-can-guess-this',
};

function importCase(name: string): Imported {
  const read = (file: string) => readFileSync(join(folder, name, file), 'utf8');
  if (name.startsWith('smtp2graph')) return importSmtp2Graph(read('config.yml'), surroundings);
  if (name.startsWith('postfix')) {
    const readTable = (path: string) => {
      const beside = basename(path);
      return existsSync(join(folder, name, beside)) ? read(beside) : undefined;
    };
    return importPostfix(read('main.cf'), { ...surroundings, readTable });
  }
  const files = readdirSync(join(folder, name)).filter((file) => /\.(php|json)$/.test(file));
  return importWpMailSmtp(files.map(read), surroundings);
}

describe.each(cases)('import of %s', (name) => {
  const imported = importCase(name);
  const yaml = formatDocument(imported.blocks, [`From ${name}.`]);
  const report = reportOf({ ...imported, written: undefined });

  test('makes the file and says what is expected', async () => {
    await expect(yaml).toMatchFileSnapshot(join(folder, name, 'expected.yaml'));
    await expect(report).toMatchFileSnapshot(join(folder, name, 'expected.txt'));
  });

  test('makes a file without faults', () => {
    const secrets = imported.secrets.map(({ path, value }): [string, string] => [
      resolve('/made', path),
      value ?? 'to be put in, long enough for a key',
    ]);
    const files = new Map([['/made/graphpost.yaml', yaml], ...secrets]);
    const readFile = (path: string) => files.get(path) ?? '';
    const loading = loadConfig('/made/graphpost.yaml', { env: {}, readFile });
    expect(loading.kind === 'faulty' ? loading.faults.map(formatFault) : []).toEqual([]);
  });

  test('keeps secrets out of the file and the report', () => {
    expect(`${yaml}${report}`).not.toContain('hunter2');
  });
});
