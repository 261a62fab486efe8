import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createCliIo } from '../../test/support/cli-io.ts';
import { runCheck } from './check.ts';
import { runImport, type ImportOptions, type Product } from './import.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graphpost-import-'));
  mkdirSync(join(folder, 'old'));
});

afterEach(() => rmSync(folder, { recursive: true }));

const smtp2graph = `mode: full
send:
  appReg: { tenant: contoso, id: 01234567-89ab-cdef-0123-456789abcdef, secret: hunter2 }
receive:
  port: 25
  tlsKeyPath: key.pem
  tlsCertPath: /etc/ssl/cert.pem
`;

function write(file: string, text: string): string {
  writeFileSync(join(folder, file), text);
  return file;
}

function run(product: Product, files: readonly string[], options: Partial<ImportOptions> = {}) {
  const { io, written } = createCliIo({ cwd: folder });
  const code = runImport({ product, files }, { force: false, json: false, ...options }, io);
  return { code, ...written() };
}

const modeOf = (file: string) => statSync(join(folder, file)).mode & 0o777;
const read = (file: string) => readFileSync(join(folder, file), 'utf8');

describe('runImport()', () => {
  test('prints the file, and what there is to say beside it', () => {
    const { code, stdout, stderr } = run('smtp2graph', [write('old/config.yml', smtp2graph)]);
    expect(code).toBe(0);
    expect(stdout).toContain('tenant: contoso.onmicrosoft.com');
    expect(stdout).toContain('key: old/key.pem');
    expect(stdout).toContain('cert: /etc/ssl/cert.pem');
    expect(stderr).toContain('secrets/main-secret: --output writes it');
    expect(stdout + stderr).not.toContain('hunter2');
  });

  test('writes the file and its secrets for the user alone, and `check` finds it valid', async () => {
    const files = [write('old/config.yml', smtp2graph)];
    const { code, stdout } = run('smtp2graph', files, { output: 'new/graphpost.yaml' });
    expect(code).toBe(0);
    expect(stdout).toContain(`graphpost check --config ${join(folder, 'new/graphpost.yaml')}`);
    expect(read('new/secrets/main-secret')).toBe('hunter2\n');
    expect([modeOf('new/graphpost.yaml'), modeOf('new/secrets/main-secret')]).toEqual([
      0o600, 0o600,
    ]);
    expect(modeOf('new/secrets')).toBe(0o700);
    // Not below the new folder: by its absolute path.
    expect(read('new/graphpost.yaml')).toContain(`key: ${join(folder, 'old/key.pem')}`);
    const { io } = createCliIo({ cwd: folder });
    expect(await runCheck({ config: 'new/graphpost.yaml', json: false }, io)).toBe(0);
  });

  test('overwrites nothing unasked, and no secret that somebody has put in', () => {
    const files = [write('main.cf', 'relayhost = [smtp.office365.com]:587\n')];
    const options = { output: 'graphpost.yaml' };
    expect(run('postfix', files, options).code).toBe(0);
    write('secrets/main-secret', 'put in by hand\n');
    write('graphpost.yaml', 'mine\n');
    const refused = run('postfix', files, options);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('graphpost.yaml');
    expect(refused.stderr).toContain('--output in another folder');
    expect(read('graphpost.yaml')).toBe('mine\n');
    expect(run('postfix', files, { ...options, force: true }).code).toBe(0);
    expect(read('graphpost.yaml')).toContain('connections:');
    expect(read('secrets/main-secret')).toBe('put in by hand\n');
  });

  test('leaves placeholders of which `check` warns', async () => {
    const files = [write('main.cf', 'relayhost = [smtp.office365.com]:587\n')];
    run('postfix', files, { output: 'graphpost.yaml' });
    const { io, written } = createCliIo({ cwd: folder });
    expect(await runCheck({ config: 'graphpost.yaml', json: false }, io)).toBe(0);
    for (const key of ['tenant', 'clientId', 'credential.secret']) {
      expect(written().stderr).toContain(`connections.main.${key}: is a placeholder`);
    }
  });

  test('takes the tables of Postfix that lie beside its main.cf', () => {
    write('old/sasl', '[smtp.example.net]:587 relay:hunter2\n');
    const main = `relayhost = [smtp.example.net]:587
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = hash:/etc/postfix/sasl
`;
    const { code, stdout } = run('postfix', [write('old/main.cf', main)]);
    expect(code).toBe(0);
    expect(stdout).toContain('username: relay');
  });

  test('prints JSON without any secret', () => {
    const files = [write('old/config.yml', smtp2graph)];
    const { code, stdout, stderr } = run('smtp2graph', files, { json: true });
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      product: 'smtp2graph',
      yaml: expect.stringContaining('connections:'),
      findings: [{ kind: 'differs', setting: 'receive.ipWhitelist' }],
      secrets: [{ path: 'secrets/main-secret', isFilled: true }],
      written: null,
      faults: [],
    });
    expect(stdout).not.toContain('hunter2');
  });

  test.each<[Product, string, string]>([
    ['smtp2graph', 'listeners: []\n', 'no file of SMTP2Graph'],
    ['smtp2graph', 'mode: [', 'is no YAML'],
    ['postfix', '<?php\n', 'no main.cf'],
    ['wp-mail-smtp', `<?php define('DB_NAME', 'x');`, 'has no settings of WP Mail SMTP'],
    ['wp-mail-smtp', `<?php define('WPMS_MAILER', 'smtp');`, 'turned off (WPMS_ON)'],
    ['wp-mail-smtp', '{"mail":', 'is no JSON'],
  ])('says why it cannot read %s from %j', (product, text, why) => {
    const { code, stdout, stderr } = run(product, [write('source', text)]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^source .*\n$/);
    expect(stderr).toContain(why);
  });

  test.each<[string, BufferEncoding]>([
    ['with a mark before it', 'utf8'],
    ['in UTF-16, as PowerShell writes it', 'utf16le'],
  ])('reads a file %s', (_, encoding) => {
    writeFileSync(join(folder, 'settings.json'), `\uFEFF{"mail":{"mailer":"mail"}}`, encoding);
    expect(run('wp-mail-smtp', ['settings.json']).code).toBe(0);
  });

  test('says that a file is not there', () => {
    const { code, stderr } = run('postfix', ['gone.cf']);
    expect(code).toBe(2);
    expect(stderr).toContain('gone.cf does not exist');
  });
});
