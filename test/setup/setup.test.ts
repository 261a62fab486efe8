// `graphpost setup` from a tenant to a configuration that sends: each credential, each kind of permission.
import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { rmSync, chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCheck } from '../../src/cli/check.ts';
import { loadConfig } from '../../src/config/load.ts';
import { readCertificateFile } from '../../src/setup/certificate-file.ts';
import { startSetupRunner, type SetupRunner } from '../support/setup-run.ts';

const mailbox = ['relay@contoso.com'];
let runner: SetupRunner;

beforeEach(async () => {
  runner = await startSetupRunner();
});

afterEach(async () => {
  await runner[Symbol.asyncDispose]();
});

function read(name: string): string {
  return readFileSync(join(runner.folder, 'config', name), 'utf8');
}

/** The app that setup made. */
function madeApp() {
  const apps = [...runner.sandbox.directory.applications.values()].slice(1);
  expect(apps).toHaveLength(1);
  const [app] = apps;
  if (!app) throw new Error('There is no app');
  return app;
}

function rolesOf(clientId: string): readonly string[] {
  return [...runner.sandbox.directory.rolesOf(clientId)];
}

async function expectValid(): Promise<void> {
  const output = { text: '', write: (text: string) => (output.text += text) };
  const io = { env: {}, cwd: runner.folder, stdout: output, stderr: output };
  expect.soft(await runCheck({ json: false }, io), output.text).toBe(0);
}

describe('graphpost setup', () => {
  test('makes an app with a certificate, grants nothing in Entra, and says what Exchange is to be told', async () => {
    const { code, stdout, stderr } = await runner.setup({ mailbox });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { id, registration, properties } = madeApp();
    const clientId = registration.clientId;
    expect(properties).toMatchObject({
      displayName: 'Graphpost',
      tags: ['graphpost:Graphpost'],
      signInAudience: 'AzureADMyOrg',
      requiredResourceAccess: [],
    });
    expect(rolesOf(clientId)).toEqual([]);
    const [principal] = [...runner.sandbox.directory.servicePrincipals.values()].slice(-1);
    expect(stdout).toContain(
      `New-ServicePrincipal -AppId ${clientId} -ObjectId ${principal?.id} -DisplayName 'Graphpost'`,
    );
    expect(stdout).toContain(
      `-RecipientRestrictionFilter "PrimarySmtpAddress -eq 'relay@contoso.com'"`,
    );
    expect(stdout).toContain(`-Role 'Application Mail.Send' -CustomResourceScope 'Graphpost'`);
    expect(stdout).toContain(`-Role 'Application Mail.ReadWrite'`);
    expect(stdout).toContain('30 minutes to 2 hours');
    expect(stdout).toMatch(
      /Next: graphpost doctor, when Exchange has taken it up; then graphpost serve\n$/,
    );

    const pem = read('main.pem');
    expect(statSync(join(runner.folder, 'config/main.pem')).mode & 0o777).toBe(0o600);
    expect(readCertificateFile(pem).notes).toEqual({
      applicationId: id,
      keyId: registration.keys[0]?.keyId,
    });
    const days = new X509Certificate(pem).validToDate.getTime() - runner.clock.now();
    expect(Math.round(days / 86_400_000)).toBe(365);
    await expectValid();
    const loading = loadConfig(join(runner.folder, 'config/graphpost.yaml'), { env: {} });
    expect(loading).toMatchObject({ kind: 'loaded' });
    const credential = { kind: 'certificate', certPem: pem, keyPem: pem } as const;
    expect(await runner.hasToken({ clientId, credential })).toBe(true);
  });

  test('gets a secret into a file, and grants what is asked for in all mailboxes', async () => {
    const flags = { mailbox, credential: 'secret', grant: true, largeMessages: false } as const;
    const { code, stdout } = await runner.setup({ ...flags, days: 90 });
    expect(code).toBe(0);
    const { registration, properties } = madeApp();
    const secret = read('main.secret').trim();
    expect(registration.passwords.map((password) => password.secret)).toEqual([secret]);
    expect(statSync(join(runner.folder, 'config/main.secret')).mode & 0o777).toBe(0o600);
    expect(stdout).toContain('Grant it Mail.Send in Entra: in ALL mailboxes of the tenant');
    expect(rolesOf(registration.clientId)).toEqual(['Mail.Send']);
    expect(properties).toMatchObject({
      requiredResourceAccess: [
        { resourceAccess: [{ id: 'b633e1c5-b582-4048-a93e-9f11b44c7e96', type: 'Role' }] },
      ],
    });
    expect(read('graphpost.yaml')).toMatch(
      /credential: \{ secret: '\$\{file:main.secret\}', expires: \d{4}-\d\d-\d\d \}/,
    );
    await expectValid();
  });

  test('leaves the secret of another machine that sends by the same app', async () => {
    const flags = { mailbox, credential: 'secret' } as const;
    expect(await runner.setup(flags)).toMatchObject({ code: 0 });
    const first = read('main.secret').trim();
    rmSync(join(runner.folder, 'config'), { recursive: true });
    expect(await runner.setup({ ...flags, hostname: 'mx2' })).toMatchObject({ code: 0 });
    const second = read('main.secret').trim();
    const { passwords } = madeApp().registration;
    expect(passwords.map(({ secret }) => secret)).toEqual([first, second]);
  });

  test('trusts the tokens of a cluster', async () => {
    const [issuer, subject] = [
      'https://oidc.example/tenant/',
      'system:serviceaccount:mail:graphpost',
    ];
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    runner.sandbox.directory.issuerKeys.set(issuer, pem);
    const flags = { mailbox, runs: 'kubernetes', issuer, subject } as const;
    expect(await runner.setup(flags)).toMatchObject({ code: 0 });
    const { registration } = madeApp();
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const exp = Math.floor(runner.clock.now() / 1_000) + 600;
    const claims = encode({ iss: issuer, sub: subject, aud: 'api://AzureADTokenExchange', exp });
    const signed = `${encode({ alg: 'RS256' })}.${claims}`;
    const file = join(runner.folder, 'token');
    const signature = sign('sha256', Buffer.from(signed), privateKey).toString('base64url');
    writeFileSync(file, `${signed}.${signature}`);
    const credential = { kind: 'federatedToken', file } as const;
    expect(await runner.hasToken({ clientId: registration.clientId, credential })).toBe(true);
    await expectValid();
    // Another cluster sends by the same app, and the first goes on.
    expect(await runner.setup({ ...flags, subject: `${subject}2` })).toMatchObject({ code: 0 });
    expect(madeApp().federated.map((one) => one.subject)).toEqual([subject, `${subject}2`]);
    expect(await runner.hasToken({ clientId: registration.clientId, credential })).toBe(true);
  });

  test.each([
    ['system', { principal: '11111111-1111-4111-8111-111111111111' }],
    ['22222222-2222-4222-8222-222222222222', { identity: '22222222-2222-4222-8222-222222222222' }],
  ])(
    'grants a managed identity (%s) what it needs, and registers no app',
    async (identity, named) => {
      const { directory } = runner.sandbox;
      const { id, appId, lag } = directory.addServicePrincipal(
        '22222222-2222-4222-8222-222222222222',
      );
      directory.servicePrincipals.delete(id);
      const principal = { id: '11111111-1111-4111-8111-111111111111', appId, lag };
      directory.servicePrincipals.set(principal.id, principal);
      const flags = { mailbox, runs: 'azure', grant: true, ...named } as const;
      expect(await runner.setup(flags)).toMatchObject({ code: 0 });
      expect(rolesOf(appId)).toEqual(['Mail.Send', 'Mail.ReadWrite']);
      expect(directory.applications.size).toBe(1);
      expect(read('graphpost.yaml')).toContain(
        `managedIdentity: ${identity === 'system' ? identity : `'${identity}'`} `,
      );
      await expectValid();
      expect(await runner.remove(named)).toMatchObject({ code: 0 });
      expect(rolesOf(appId)).toEqual([]);
    },
  );

  test('prints the page of consent for who may not grant, and the app asks for the permissions', async () => {
    const { code, stdout } = await runner.setup({ mailbox, consentUrl: true });
    expect(code).toBe(0);
    const { registration, properties } = madeApp();
    const [url = ''] = /https:\S+adminconsent\S+/.exec(stdout) ?? [];
    const { origin, pathname, searchParams } = new URL(url);
    expect(`${origin}${pathname}`).toBe(
      `${runner.sandbox.authority}/${runner.sandbox.tenant}/v2.0/adminconsent`,
    );
    expect(searchParams.get('client_id')).toBe(registration.clientId);
    expect(registration.redirectUris).toContain(searchParams.get('redirect_uri'));
    expect(JSON.stringify(properties['requiredResourceAccess'])).toContain('e2a3a72e-5f79');
    expect(rolesOf(registration.clientId)).toEqual([]);
  });

  test('names the page of consent where the account may register, and may not grant', async () => {
    const denied = {
      status: 403,
      body: '{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges."}}',
    };
    const match = ({ method, path }: { method: string; path: string }) =>
      method === 'POST' && path.includes('appRoleAssignedTo');
    runner.sandbox.faults.next(denied, { match });
    const { code, stdout } = await runner.setup({ mailbox, grant: true });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /FAILED: The account that has signed in may not grant permissions: .*adminconsent/,
    );
  });

  test('makes an app for Outlook.com, and ends in the sign-in', async () => {
    const { code, stdout } = await runner.setup({ outlook: 'someone@outlook.com' });
    expect(code).toBe(0);
    const { registration, properties } = madeApp();
    expect(properties).toMatchObject({
      signInAudience: 'AzureADandPersonalMicrosoftAccount',
      isFallbackPublicClient: true,
      publicClient: { redirectUris: ['http://localhost'] },
    });
    expect(registration.isPublic).toBe(true);
    expect(stdout).toMatch(/Next: graphpost login personal\n$/);
    expect(read('personal.token-key').trim()).toHaveLength(44);
    await expectValid();
    const terminal = { typed: ['1', 'y'] };
    const again = await runner.setup({ outlook: 'someone@outlook.com' }, terminal);
    expect(again.stdout).toMatch(/\[login personal\]\n$/);
  });

  test('takes an app that is there for Outlook.com, and asks nobody to sign in as administrator', async () => {
    const clientId = '33333333-3333-4333-8333-333333333333';
    const flags = { outlook: 'someone@outlook.com', clientId };
    expect(await runner.setup(flags)).toMatchObject({ code: 0 });
    expect(runner.sandbox.requests).toEqual([]);
    expect(read('graphpost.yaml')).toContain(`clientId: '${clientId}'`);
    await expectValid();
  });

  test('never overwrites a configuration: it shows the connection, which can be added', async () => {
    expect(await runner.setup({ mailbox })).toMatchObject({ code: 0 });
    const mine = `${read('graphpost.yaml')}# mine\n`.replaceAll(
      /clientId: .*/g,
      'clientId: 33333333-3333-4333-8333-333333333333',
    );
    writeFileSync(join(runner.folder, 'config/graphpost.yaml'), mine);
    chmodSync(join(runner.folder, 'config/graphpost.yaml'), 0o600);
    const { code, stdout } = await runner.setup({ mailbox });
    expect(code).toBe(0);
    expect(stdout).toContain(
      'Add this to config/graphpost.yaml, in place of a connection of that name:\n\n    connections:\n      main:\n',
    );
    expect(read('graphpost.yaml')).toBe(mine);
    expect(await runner.setup({ mailbox, force: true })).toMatchObject({ code: 0 });
    expect(read('graphpost.yaml.old')).toBe(mine);
    const { mode } = statSync(join(runner.folder, 'config/graphpost.yaml.old'));
    expect(mode & 0o777).toBe(0o600);
    await expectValid();
  });

  test('waits until the directory knows what is new, everywhere', async () => {
    runner.sandbox.directory.lagRequests = 3;
    const { code, stderr } = await runner.setup(
      { mailbox, grant: true },
      { typed: ['1', '1', 'y'] },
    );
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stderr).toContain('The directory does not know it everywhere yet: 3 s …');
    expect(rolesOf(madeApp().registration.clientId)).toEqual(['Mail.Send', 'Mail.ReadWrite']);
  });

  test('gives up waiting, and says what to do', async () => {
    runner.sandbox.directory.lagRequests = 1_000;
    const { code, stdout } = await runner.setup({ mailbox });
    expect(code).toBe(1);
    expect(stdout).toContain('FAILED: Resource ');
  });

  test('warns where grants in Entra would undo what Exchange restricts', async () => {
    expect(await runner.setup({ mailbox, grant: true })).toMatchObject({ code: 0 });
    const { code, stdout } = await runner.setup({ mailbox });
    expect(code).toBe(0);
    expect(stdout).toContain(
      'Warning: "Graphpost" has Mail permissions in Entra, for all mailboxes',
    );
  });
});

describe('a second run of setup', () => {
  test.each([
    ['a certificate', { mailbox }],
    ['a secret and a grant', { mailbox, credential: 'secret', grant: true } as const],
    [
      'a cluster',
      { mailbox, runs: 'kubernetes', issuer: 'https://i.example', subject: 's' } as const,
    ],
    ['Outlook.com', { outlook: 'someone@outlook.com' }],
  ])('over an app with %s changes nothing', async (_, flags) => {
    expect(await runner.setup(flags)).toMatchObject({ code: 0 });
    const before = read('graphpost.yaml');
    const seen = runner.sandbox.requests.length;
    const { code, stdout } = await runner.setup({ ...flags, json: true });
    expect(code).toBe(0);
    const { steps } = JSON.parse(stdout) as { steps: { name: string; outcome: string }[] };
    const changed = steps.filter(({ outcome }) => outcome !== 'unchanged');
    // Neither a token nor a command to paste is a change.
    expect(
      changed.map(({ name }) => name).filter((name) => !['token', 'permission'].includes(name)),
    ).toEqual([]);
    const changes = runner.sandbox.requests
      .slice(seen)
      .filter(({ service, method }) => service === 'graph' && method !== 'GET');
    expect(changes).toEqual([]);
    expect(read('graphpost.yaml')).toBe(before);
  });
});

describe('graphpost setup --remove', () => {
  test.each([
    ['a certificate', { mailbox }, "Remove-ManagementScope 'Graphpost'"],
    ['a secret', { mailbox, credential: 'secret', grant: true }, 'Remove-ServicePrincipal'],
    ['Outlook.com', { outlook: 'someone@outlook.com' }, 'done'],
  ] as const)('takes back an app with %s, its grants and its files', async (_, flags, says) => {
    const { directory } = runner.sandbox;
    const [apps, principals] = [directory.applications.size, directory.servicePrincipals.size];
    expect(await runner.setup(flags)).toMatchObject({ code: 0 });
    const { code, stdout } = await runner.remove('outlook' in flags ? flags : {});
    expect(code).toBe(0);
    expect(stdout).toContain(says);
    expect([directory.applications.size, directory.servicePrincipals.size]).toEqual([
      apps,
      principals,
    ]);
    expect(directory.assignments.size).toBe(0);
    expect(() => read('graphpost.yaml')).toThrow('ENOENT');
    for (const end of ['main.pem', 'main.secret', 'personal.token-key']) {
      expect(() => read(end)).toThrow('ENOENT');
    }
    expect(await runner.remove({})).toMatchObject({ code: 0 });
  });

  test('leaves the app of another gateway that has the same name', async () => {
    expect(await runner.setup({ mailbox })).toMatchObject({ code: 0 });
    const file = join(runner.folder, 'config/graphpost.yaml');
    const other = '33333333-3333-4333-8333-333333333333';
    const { clientId } = madeApp().registration;
    writeFileSync(file, read('graphpost.yaml').replaceAll(clientId, other));
    const { code, stdout } = await runner.remove({});
    expect(code).toBe(1);
    expect(stdout).toContain('Setup has made no app');
    expect(madeApp().registration.clientId).toBe(clientId);
  });

  test('leaves a configuration that somebody has changed', async () => {
    expect(await runner.setup({ mailbox })).toMatchObject({ code: 0 });
    const mine = `${read('graphpost.yaml')}# mine\n`;
    writeFileSync(join(runner.folder, 'config/graphpost.yaml'), mine);
    const { stdout } = await runner.remove({});
    expect(stdout).toContain('was changed, and stays');
    expect(read('graphpost.yaml')).toBe(mine);
  });

  test('leaves the key of an app that it has not made', async () => {
    expect(await runner.setup({ mailbox })).toMatchObject({ code: 0 });
    const file = join(runner.folder, 'config/graphpost.yaml');
    writeFileSync(file, `${read('graphpost.yaml')}# mine\n`);
    const { code, stdout } = await runner.remove({ name: 'Another' });
    expect(code).toBe(1);
    expect(stdout).toContain('Setup has made no app "Another"');
    expect(read('main.pem')).toContain('PRIVATE KEY');
  });

  test('asks, and without a terminal wants --yes', async () => {
    expect(await runner.remove({ yes: false })).toMatchObject({
      code: 2,
      stderr: 'Without a terminal, say --yes\n',
    });
    expect(runner.sandbox.requests).toEqual([]);
  });
});
