import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { clouds } from '../config/resolve/connections.ts';
import { readChoices, type SetupFlags } from './setup-choices.ts';
import { formatConfig, isUnchanged } from './setup-config.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'graphpost-setup-config-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

function format(flags: Partial<SetupFlags>): string {
  const cloud = { name: 'global', ...clouds.global } as const;
  const read = readChoices({ name: 'Graphpost', ...flags }, cloud);
  if (read.kind === 'faults') throw new Error(read.faults.join());
  const { connection } = read.choices;
  const files = {
    config: 'graphpost.yaml',
    certificate: `${connection}.pem`,
    secret: `${connection}.secret`,
    tokenKey: `${connection}.token-key`,
  };
  writeFileSync(join(folder, files.secret), 'secret');
  writeFileSync(join(folder, files.tokenKey), 'sixteen letters and more');
  const clientId = '01234567-89ab-cdef-0123-456789abcdef';
  return formatConfig(read.choices, { files, app: { tenant: clientId, clientId } });
}

function load(text: string) {
  const file = join(folder, 'graphpost.yaml');
  writeFileSync(file, text);
  return loadConfig(file, { env: {} });
}

const mailbox = ['relay@contoso.com'];

describe('formatConfig()', () => {
  test.each<[string, Partial<SetupFlags>]>([
    ['names that YAML takes for numbers', { mailbox, connection: '007' }],
    ['names that YAML takes for words of its own', { mailbox, connection: 'null' }],
    ['names with dots', { mailbox, connection: 'eu.main', credential: 'secret' }],
    ['quoted addresses', { mailbox: ['"a #b: c"@contoso.com'] }],
    ["addresses with '", { mailbox: ["o'brien@contoso.com", 'b@contoso.com'] }],
    ['addresses that look like a reference', { mailbox: ['${HOME}@contoso.com'] }],
    ['addresses of any letters', { outlook: 'jürgen@outlook.com' }],
  ])('is valid, and says what was meant, for %s', (_, flags) => {
    const loading = load(format(flags));
    expect(loading).toMatchObject({ kind: 'loaded' });
    const { config } = loading.kind === 'loaded' ? loading : { config: undefined };
    expect(config?.from).toMatchObject({ address: flags.outlook ?? flags.mailbox?.[0] });
    expect([...(config?.connections.keys() ?? [])]).toEqual([
      flags.connection ?? (flags.outlook ? 'personal' : 'main'),
    ]);
  });

  test('forces From where there is one mailbox that the app may use, and else what has none of its own', () => {
    expect(format({ mailbox })).toContain('force: always');
    expect(format({ mailbox, grant: true })).toContain('force: default');
    expect(format({ mailbox: ['a@b.c', 'd@b.c'] })).toContain('force: default');
  });

  test('is known as unchanged, until somebody changes it', () => {
    const text = format({ mailbox });
    expect(isUnchanged(text)).toBe(true);
    expect(isUnchanged(`${text}# mine\n`)).toBe(false);
    expect(isUnchanged(text.replace('main', 'other'))).toBe(false);
    expect(isUnchanged('')).toBe(false);
  });
});
