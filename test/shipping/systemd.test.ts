// The unit for systemd: what it asks for, and what systemd itself says of it.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { shippedEnvironment, shippedFlags } from '../support/shipped-start.ts';
import { root } from './package-artefact.ts';
import { runShipped } from './shipped-gateway.ts';
import { readUnit, unitFile } from './systemd-unit.ts';

test('graphpost.service runs as nobody in particular, and writes to its own folder alone', () => {
  const { directives } = readUnit();
  expect(Object.fromEntries(directives)).toMatchObject({
    Type: ['exec'],
    DynamicUser: ['yes'],
    ProtectSystem: ['strict'],
    ProtectHome: ['yes'],
    NoNewPrivileges: ['yes'],
    CapabilityBoundingSet: [''],
    StateDirectory: ['graphpost'],
    LoadCredential: ['graph:/etc/graphpost/credentials/graph'],
    KillSignal: ['SIGTERM'],
    ExecReload: ['/bin/kill -HUP $MAINPID'],
    RestartPreventExitStatus: ['2'],
  });
  expect(directives.has('ReadWritePaths')).toBe(false);
});

test('graphpost.service starts Node as the image does', () => {
  const { startCommand, environment } = readUnit();
  expect(startCommand.slice(1, -2)).toEqual(shippedFlags);
  expect(environment).toMatchObject(shippedEnvironment);
});

const found = await runShipped(['sh', '-c', 'systemd-analyze --version']);
const version = Number(/systemd (\d+)/.exec(found.output)?.[1] ?? 0);
const why = version >= 250 ? '' : ' (skipped: systemd-analyze 250 or newer is not installed)';

describe.skipIf(why !== '')(`systemd-analyze of graphpost.service${why}`, () => {
  let folder: string;
  let unit: string;

  /** With a program that is there. */
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graphpost-unit-'));
    unit = join(folder, 'graphpost.service');
    const text = await readFile(unitFile, 'utf8');
    await writeFile(unit, text.replace('=/usr/bin/node ', `=${process.execPath} `));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  test('verify has nothing to say', async () => {
    const verify = ['systemd-analyze', 'verify', '--man=no', unit];
    expect(await runShipped(verify)).toEqual({ exitCode: 0, output: '' });
  });

  test('verify has nothing to say of its socket, either', async () => {
    const socket = join(folder, 'graphpost.socket');
    await cp(join(root, 'packaging/systemd/graphpost.socket'), socket);
    const verify = ['systemd-analyze', 'verify', '--man=no', socket, unit];
    expect(await runShipped(verify)).toEqual({ exitCode: 0, output: '' });
  });

  test('security finds an exposure of 2.0 or less, of 10', async () => {
    const security = ['systemd-analyze', 'security', '--offline=true', '--threshold=20', unit];
    const { exitCode, output } = await runShipped(security);
    expect(output).toMatch(/Overall exposure level/);
    expect(exitCode).toBe(0);
  });
});
