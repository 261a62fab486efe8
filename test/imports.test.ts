// The linter holds the import table of CONTRIBUTING.md: one violation for each row, and each is caught.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-imports-'));
  await cp(join(root, '.oxlintrc.json'), join(folder, '.oxlintrc.json'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** The linter's complaints about a file of that path which imports that module. */
async function lint(path: string, module: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `import { thing } from '${module}';\nthing();\n`);
  const oxlint = join(root, 'node_modules/.bin/oxlint');
  const run = promisify(execFile)(oxlint, ['-c', join(folder, '.oxlintrc.json'), file], {
    cwd: folder,
  });
  return await run.then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
}

describe('the linter', () => {
  test.each([
    ['src/core/route.ts', 'node:fs'],
    ['src/core/route.ts', '../relay/ports.ts'],
    ['src/core/route.ts', 're2js'],
    ['src/relay/accept.ts', 'node:fs'],
    ['src/relay/accept.ts', '../store/sqlite.ts'],
    ['src/relay/accept.ts', '../gateway.ts'],
    ['src/smtp/session.ts', '../store/sqlite.ts'],
    ['src/smtp/session.ts', '../relay/accept.ts'],
    ['src/smtp/session.ts', 'undici'],
    ['src/mime/facts.ts', '../smtp/session.ts'],
    ['src/mime/facts.ts', 'pg'],
    ['src/store/sqlite/engine.ts', '../../mime/facts.ts'],
    ['src/store/sqlite/engine.ts', '../../gateway.ts'],
    ['src/store/postgres/pool.ts', 'smtp-server'],
    ['src/identity/token.ts', '../graph/http.ts'],
    ['src/graph/http.ts', '../identity/token.ts'],
    ['src/graph/http.ts', '@azure/msal-node'],
    ['src/alerts/post.ts', '../graph/agent.ts'],
    ['src/alerts/post.ts', '../relay/alert-mail.ts'],
    ['src/setup/app.ts', '../graph/agent.ts'],
    ['src/setup/app.ts', '../identity/sign-in.ts'],
    ['src/setup/app.ts', '../sandbox/sandbox.ts'],
    ['src/http/page/home.ts', '../../store/sqlite.ts'],
    ['src/http/admin.ts', '../gateway.ts'],
    ['src/http/admin.ts', 'pino'],
    ['src/sandbox/graph.ts', '../graph/http.ts'],
    ['src/sandbox/graph.ts', '../identity/token.ts'],
    ['src/config/load.ts', '../smtp/session.ts'],
    ['src/config/load.ts', '../relay/ports.ts'],
    ['src/telemetry/log.ts', '../http/admin.ts'],
    ['src/telemetry/log.ts', 'hono'],
  ])('refuses that %s imports %s', async (path, module) => {
    expect(await lint(path, module)).toContain('no-restricted-imports');
  });

  test.each([
    ['src/core/route.ts', './address.ts'],
    ['src/relay/accept.ts', '../core/route.ts'],
    ['src/smtp/session.ts', '../relay/ports.ts'],
    ['src/smtp/session.ts', 'smtp-server/lib/smtp-connection'],
    ['src/http/page/home.ts', '../../core/route.ts'],
    ['src/store/postgres/pool.ts', '../../relay/ports.ts'],
    ['src/store/postgres/pool.ts', 'pg'],
    ['src/alerts/post.ts', 'undici'],
    ['src/setup/app.ts', 'undici'],
    ['src/setup/app.ts', '../config/load.ts'],
    ['src/gateway.ts', './store/sqlite.ts'],
  ])('allows that %s imports %s', async (path, module) => {
    expect(await lint(path, module)).not.toContain('no-restricted-imports');
  });
});

describe('the source', () => {
  test('has no dynamic import of another edge, which the linter would not see', async () => {
    const files = await readdir(join(root, 'src'), { recursive: true });
    for (const file of files.filter((name) => /^[a-z]+\/.*(?<!\.test)\.ts$/.test(name))) {
      if (file.startsWith('cli/')) continue;
      const source = await readFile(join(root, 'src', file), 'utf8');
      expect.soft(source, file).not.toMatch(/import\(\s*['"`]\.\.\/(?!core\/|relay\/ports)/);
    }
  });

  test('has no file whose name says nothing', async () => {
    const files = await readdir(join(root, 'src'), { recursive: true });
    expect(
      files.filter((name) => /(^|\/)(utils?|helpers?|common|types|index)\.ts$/.test(name)),
    ).toEqual([]);
  });
});
