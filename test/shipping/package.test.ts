// What `npm pack` makes has all that it needs to run, and nothing else.
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { installFromLock, packArtefact, type PackageArtefact } from './package-artefact.ts';
import { runShipped, tryMail, writeShippedConfig } from './shipped-gateway.ts';
import { readUnit } from './systemd-unit.ts';

let artefact: PackageArtefact;
let main: string;

beforeAll(async () => {
  artefact = await packArtefact();
  main = await installFromLock(artefact);
}, 120_000);

afterAll(async () => {
  await rm(artefact.folder, { recursive: true });
});

describe('the package', () => {
  test('has the program, its threads, and the files that its documentation names', () => {
    expect(artefact.files).toEqual(
      expect.arrayContaining([
        'CHANGELOG.md',
        'LICENSE',
        'README.md',
        'config/graphpost.schema.json',
        'config/sidecar.yaml',
        'dist/main.js',
        'dist/mime/content-thread.js',
        'dist/store/sqlite/sqlite-thread.js',
        'dist/http/page/assets/page.css',
        'monitoring/grafana-dashboard.json',
        'package.json',
        'packaging/kubernetes/sidecar.yaml',
        'packaging/systemd/graphpost.service',
      ]),
    );
  });

  test('has no source, test, local configuration or key', () => {
    const allowed =
      /^(dist\/[a-z0-9/-]+\.js|dist\/http\/page\/assets\/[a-z]+\.css|config\/(example|sidecar|wordpress)\.yaml|config\/graphpost\.schema\.json|(monitoring|packaging)\/[a-z./-]+|package\.json|(CHANGELOG|README)\.md|LICENSE)$/;
    expect(artefact.files.filter((path) => !allowed.test(path))).toEqual([]);
  });

  test('without a configuration ends with 2 and says where it looked', async () => {
    const cwd = join(artefact.folder, 'empty');
    await mkdir(cwd);
    const { exitCode, output } = await runShipped([process.execPath, main, 'serve'], {
      cwd,
      env: { GRAPHPOST_CONFIG: '' },
    });
    expect(exitCode).toBe(2);
    expect(output).toContain(`${cwd}/config/graphpost.yaml or /etc/graphpost/graphpost.yaml`);
  });

  test('checks a configuration, and passes mail on, with its production dependencies alone', async () => {
    await using sandbox = await createSandbox({ now: Date.now });
    const config = await writeShippedConfig(sandbox);
    const options = ['--config', config.file];
    const check = await runShipped([process.execPath, main, 'check', ...options]);
    expect(check).toMatchObject({ exitCode: 0 });

    const env = { NODE_EXTRA_CA_CERTS: config.caFile };
    const serve = [process.execPath, main, 'serve', ...options];
    const { exitCode, output } = await tryMail(serve, { config, sandbox, env });
    expect(exitCode).toBe(0);
    expect(output).not.toContain('"event":"fault"');
    expect(sandbox.mailbox.list()).toMatchObject([{ subject: 'Shipped' }]);
    expect(sandbox.violations).toEqual([]);
    await rm(config.folder, { recursive: true });
  });

  test('runs as packaging/systemd/graphpost.service starts it: secret and queue where systemd says', async () => {
    await using sandbox = await createSandbox({ now: Date.now });
    const secret = '${file:${CREDENTIALS_DIRECTORY}/graph}';
    const config = await writeShippedConfig(sandbox, { queue: 'in STATE_DIRECTORY', secret });
    const [state, credentials] = [join(config.folder, 'state'), join(config.folder, 'credentials')];
    await mkdir(state);
    await mkdir(credentials);
    await writeFile(join(credentials, 'graph'), `${sandbox.clientSecret}\n`);
    const unit = readUnit();
    const [, option = '', installed = '', ...args] = unit.startCommand;
    expect(main).toMatch(new RegExp(`${installed.replace('/opt/graphpost/', '')}$`));
    const env = {
      ...unit.environment,
      GRAPHPOST_CONFIG: config.file,
      NODE_EXTRA_CA_CERTS: config.caFile,
      STATE_DIRECTORY: state,
      CREDENTIALS_DIRECTORY: credentials,
    };
    const serve = [process.execPath, option, main, ...args];
    const { exitCode } = await tryMail(serve, { config, sandbox, env });
    expect(exitCode).toBe(0);
    expect(sandbox.mailbox.list()).toMatchObject([{ subject: 'Shipped' }]);
    expect(await readdir(state)).toContain('graphpost.db');
    await rm(config.folder, { recursive: true });
  });
});
