import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { runReplay, type ReplayOptions } from './replay.ts';

const folder = mkdtempSync(join(tmpdir(), 'graphpost-replay-'));
afterAll(() => rmSync(folder, { recursive: true }));

const config = `clients: [{ name: erp, networks: [10.0.0.0/8], senders: ['*@contoso.com'] }]
connections: { main: { type: sandbox }, other: { type: sandbox } }
`;
writeFileSync(join(folder, 'now.yaml'), `${config}default: { send: { via: main } }\n`);
writeFileSync(join(folder, 'then.yaml'), `${config}default: { send: { via: other } }\n`);
mkdirSync(join(folder, 'mail'));
writeFileSync(
  join(folder, 'mail/one.eml'),
  'From: a@contoso.com\nTo: ann@example.com\nSubject: x\n\nx\n',
);
mkdirSync(join(folder, 'odd/folder.eml'), { recursive: true });

async function replay(options: Partial<ReplayOptions>) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const given = { config: 'then.yaml', against: 'now.yaml', version: '0.0.0', json: false };
  const code = await runReplay(
    { ...given, ...options },
    { env: {}, cwd: folder, stdin: new PassThrough(), stdout, stderr, now: () => Date.now() },
  );
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

describe('runReplay()', () => {
  test('exits with 1 where a message of the folder would go elsewhere', async () => {
    const { code, out, err } = await replay({ folder: 'mail', client: 'erp' });
    expect([code, err]).toEqual([1, '']);
    expect(out).toContain('one.eml\n  ann@example.com: default over main');
    expect(out).toContain('1 message replayed, 1 would go elsewhere\n');
  });

  test.each<[string, Partial<ReplayOptions>, string]>([
    [
      'a client that the running configuration does not know',
      { folder: 'mail', client: 'erpp' },
      '"erpp" is no client and no IP address; clients are: erp\n',
    ],
    ['a folder without a client', { folder: 'mail' }, 'give --client'],
    ['a folder that is not there', { folder: 'absent', client: 'erp' }, 'absent": ENOENT'],
    ['a file for a folder', { folder: 'mail/one.eml', client: 'erp' }, 'one.eml": ENOTDIR'],
    ['a message that is a folder', { folder: 'odd', client: 'erp' }, 'folder.eml": EISDIR'],
  ])('exits with 2 for %s', async (_what, options, sentence) => {
    const { code, out, err } = await replay(options);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(sentence);
    expect(err.split('\n')).toHaveLength(2);
  });
});
