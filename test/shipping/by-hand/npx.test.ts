// The package by npx, in an empty folder: npm chooses what it depends on, by the registry and without our lock file.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { npmEnv, packArtefact } from '../package-artefact.ts';
import { runShipped } from '../shipped-gateway.ts';

test('npx runs the package, which says what it lacks', async () => {
  const artefact = await packArtefact();
  const cwd = join(artefact.folder, 'empty');
  await mkdir(cwd);
  const env = { ...npmEnv, npm_config_cache: join(artefact.folder, 'cache'), GRAPHPOST_CONFIG: '' };
  const npx = ['npm', 'exec', '--yes', '--prefix', cwd, `--package=${artefact.tarball}`, '--'];
  const help = await runShipped([...npx, 'graphpost', '--help'], { cwd, env });
  expect(help).toMatchObject({ exitCode: 0 });
  expect(help.output).toContain('Usage: graphpost');
  const serve = await runShipped([...npx, 'graphpost', 'serve'], { cwd, env });
  expect(serve.output).toContain(`${cwd}/config/graphpost.yaml or /etc/graphpost/graphpost.yaml`);
  expect(serve.exitCode).toBe(2);
  await rm(artefact.folder, { recursive: true });
}, 300_000);
