// `graphpost setup` at a terminal and without one: what it asks, and what it never does.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestClient } from '../../src/sandbox/test-client.ts';
import { startSetupRunner, type SetupRunner } from '../support/setup-run.ts';

let runner: SetupRunner;

beforeEach(async () => {
  runner = await startSetupRunner();
});

afterEach(async () => {
  await runner[Symbol.asyncDispose]();
});

describe('graphpost setup at a terminal', () => {
  test('asks for what it has to know, shows what it will do, and does it on a yes', async () => {
    const typed = ['1', 'nonsense', 'relay@contoso.com, b@contoso.com', '2', '1', '2', 'y'];
    const { code, stdout, stderr } = await runner.setup(
      { credential: 'secret' },
      { typed: typed.toSpliced(4, 1) },
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain('"nonsense" is no address\n');
    expect(stdout).toContain('Grant it Mail.Send in Entra: in ALL mailboxes of the tenant');
    expect(stderr.indexOf('Go on?')).toBeGreaterThan(stderr.indexOf('Which mailboxes may it use?'));
  });

  test('does nothing on a no', async () => {
    const { code, stdout } = await runner.setup(
      { mailbox: ['a@b.c'], runs: 'here', grant: false, largeMessages: true },
      { typed: ['n'] },
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/^This is what setup does:\n {2}1\. Make a key/);
    expect(runner.sandbox.requests).toEqual([]);
    expect(existsSync(join(runner.folder, 'config'))).toBe(false);
  });

  test.each([
    ['replaces the sample, which sends to the simulator alone', '', 'there becomes', true],
    ['keeps a file that sends', '  mine: { type: smtp, host: localhost }', 'stays as it is', false],
  ])('%s, and says so before it is asked', async (_name, more, told, isReplaced) => {
    const file = join(runner.folder, 'config/graphpost.yaml');
    const sample = readFileSync(join(import.meta.dirname, '../../config/graphpost.yaml'), 'utf8');
    const present = sample.replace('connections:\n', (line) => `${line}${more}\n`);
    mkdirSync(join(runner.folder, 'config'));
    writeFileSync(file, present);
    const flags = { mailbox: ['a@b.c'], runs: 'here' as const, grant: true, largeMessages: false };
    const { stdout } = await runner.setup({ ...flags, credential: 'secret' }, { typed: ['y'] });
    expect(stdout).toMatch(new RegExp(`^  \\d\\. Write config/graphpost.yaml \\(.*${told}`, 'm'));
    expect(readFileSync(file, 'utf8') === present).toBe(!isReplaced);
    expect(existsSync(`${file}.old`)).toBe(isReplaced);
  });

  test('ends when whoever was asked goes away', async () => {
    const { code, stdout, stderr } = await runner.setup({}, { typed: ['1'] });
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(/\nStopped; nothing was changed\n$/);
  });

  test('asks what a cluster and a machine of Azure take', async () => {
    const cluster = {
      typed: ['1', 'a@b.c', '1', '2', 'https://oidc.example/', 'system:serviceaccount:a:b', '1'],
    };
    const printed = await runner.setup({ print: true }, cluster);
    expect(printed.stdout).toContain(
      '"issuer":"https://oidc.example/","subject":"system:serviceaccount:a:b"',
    );
    const azure = {
      typed: ['1', 'a@b.c', '1', '3', '2', '22222222-2222-4222-8222-222222222222', '1'],
    };
    const identity = await runner.setup({ print: true }, azure);
    expect(identity.stdout).toContain('az ad sp show --id 22222222-2222-4222-8222-222222222222');
    const personal = { typed: ['2', 'me@outlook.com', '2'] };
    const outlook = await runner.setup({ print: true }, personal);
    expect(outlook.stdout).toContain('account: me@outlook.com');
  });
});

describe('graphpost setup without a terminal', () => {
  test('never asks: it says what is missing, all at once', async () => {
    expect(await runner.setup({ runs: 'kubernetes' })).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'Say which mailboxes mail leaves from, by --mailbox, or --outlook\nA federated credential takes --issuer and --subject\n',
    });
  });

  test('prints the commands and does nothing', async () => {
    const { code, stdout } = await runner.setup({ mailbox: ['a@b.c'], print: true });
    expect(code).toBe(0);
    expect(stdout).toContain('az login');
    expect(runner.sandbox.requests).toEqual([]);
    expect(existsSync(join(runner.folder, 'config'))).toBe(false);
  });

  test('prints JSON, and only that, on standard output', async () => {
    const { code, stdout } = await runner.setup({
      mailbox: ['a@b.c'],
      credential: 'secret',
      json: true,
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      steps: [
        { name: 'app', outcome: 'done' },
        { name: 'credential' },
        { name: 'principal' },
        { name: 'permission' },
        { name: 'token' },
        { name: 'configuration' },
      ],
      configFile: 'config/graphpost.yaml',
      exchange: expect.arrayContaining(['Connect-ExchangeOnline']),
    });
  });

  test('refuses half a cloud', async () => {
    const stderr = '--authority and --graph are origins of https, and go together\n';
    const flags = { mailbox: ['a@b.c'], graph: 'http://graph.example' };
    expect(await runner.setup(flags)).toMatchObject({ code: 2, stderr });
  });
});

describe('the sign-in of the administrator', () => {
  test('takes a browser with PKCE where it is asked for', async () => {
    const running = runner.setup({ mailbox: ['a@b.c'], browser: true, credential: 'secret' });
    await runner.nextLine(/^https:\S+authorize\?\S+$/m, async (page) => {
      const { location = '' } = (await new TestClient(runner.sandbox).call(page)).headers;
      await fetch(location.replace('localhost', '127.0.0.1'));
    });
    const { code, stderr } = await running;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain(`Signed in as admin@contoso.com (tenant ${runner.sandbox.tenant})`);
  });

  test('says what helps where the public client of Microsoft is blocked', async () => {
    runner.sandbox.directory.foreignApps.clear();
    const { code, stderr } = await runner.setup({ mailbox: ['a@b.c'] });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Nobody has signed in: AADSTS700016.*--client-id/);
    const clientId = runner.sandbox.clientId;
    expect(await runner.setup({ mailbox: ['a@b.c'], clientId })).toMatchObject({ code: 0 });
  });

  test('asks for no more than the plan takes', async () => {
    expect(await runner.setup({ mailbox: ['a@b.c'], credential: 'secret' })).toMatchObject({
      code: 0,
    });
    const forms = runner.sandbox.requests
      .filter(({ path }) => path.includes('devicecode'))
      .map(({ body }) => Buffer.from(body ?? []).toString());
    expect(forms.join()).toContain('Application.ReadWrite.All');
    expect(forms.join()).not.toContain('AppRoleAssignment');
  });
});
