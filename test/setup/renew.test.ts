// `graphpost renew`: another certificate takes the place of the old one, and wherever it is cut off, the one in use is good.
import { X509Certificate } from 'node:crypto';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AppRegistration } from '../../src/sandbox/app-registration.ts';
import type { Fault } from '../../src/sandbox/faults.ts';
import { formatCertificateFile } from '../../src/setup/certificate-file.ts';
import { makeCertificate } from '../../src/setup/certificate-maker.ts';
import { startSetupRunner, type SetupRunner } from '../support/setup-run.ts';

let runner: SetupRunner;

beforeEach(async () => {
  runner = await startSetupRunner();
});

afterEach(async () => {
  await runner[Symbol.asyncDispose]();
});

const main = () => join(runner.folder, 'config/main.pem');
const thumbprint = (pem: string) => new X509Certificate(pem).fingerprint256;
const folder = () => readdirSync(join(runner.folder, 'config')).sort();

async function setUp(): Promise<AppRegistration> {
  const flags = { mailbox: ['relay@contoso.com'], grant: true };
  expect(await runner.setup(flags)).toMatchObject({ code: 0 });
  const [app] = [...runner.sandbox.directory.applications.values()].slice(-1);
  if (!app) throw new Error('There is no app');
  return app.registration;
}

/** As the gateway does: the certificate from one file, its key from the other. */
function isUsable(
  { clientId }: Pick<AppRegistration, 'clientId'>,
  files: { readonly cert?: string; readonly key?: string; readonly passphrase?: string } = {},
): Promise<boolean> {
  const { cert = main(), key = cert, passphrase } = files;
  const [certPem, keyPem] = [cert, key].map((file) => readFileSync(file, 'utf8'));
  return runner.hasToken({
    clientId,
    credential: {
      kind: 'certificate',
      certPem: certPem ?? '',
      keyPem: keyPem ?? '',
      ...(passphrase !== undefined && { passphrase }),
    },
  });
}

describe('graphpost renew', () => {
  test('registers another certificate, uses it, and takes the old one away', async () => {
    const app = await setUp();
    const before = readFileSync(main(), 'utf8');
    const { code, stdout, stderr } = await runner.renew('main', { days: 100 });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const after = readFileSync(main(), 'utf8');
    expect(thumbprint(after)).not.toBe(thumbprint(before));
    expect(app.keys.map(({ certificate }) => certificate.fingerprint256)).toEqual([
      thumbprint(after),
    ]);
    expect(await isUsable(app)).toBe(true);
    expect(statSync(main()).mode & 0o777).toBe(0o600);
    expect(folder()).toEqual(['graphpost.yaml', 'main.pem']);
    const end = new Date(runner.clock.now() + 100 * 86_400_000).toISOString().slice(0, 10);
    expect(stdout).toBe(
      `The connection "main" has another certificate, good until ${end}; the old one is no longer registered\n`,
    );
    // The new one knows its own ids.
    expect(await runner.renew('main', { json: true })).toMatchObject({ code: 0 });
    expect(app.keys).toHaveLength(1);
  });

  test('leaves the old one registered where that is asked for, and the next run removes it', async () => {
    const app = await setUp();
    expect((await runner.renew('main', { keepOld: true })).stdout).toContain(
      'the old one stays registered until the next run of renew',
    );
    expect(app.keys).toHaveLength(2);
    const { stdout } = await runner.renew('main');
    expect(stdout).toContain('has the certificate of an earlier run');
    expect(app.keys).toHaveLength(1);
    expect(await isUsable(app)).toBe(true);
  });

  test('waits until Entra takes the new one', async () => {
    const app = await setUp();
    runner.sandbox.directory.lagRequests = 3;
    expect(await runner.renew('main')).toMatchObject({ code: 0 });
    expect(await isUsable(app)).toBe(true);
  });

  test('keeps to the old one where Entra does not take the new one', async () => {
    const app = await setUp();
    const before = readFileSync(main(), 'utf8');
    runner.sandbox.directory.lagRequests = 1_000;
    const { code, stderr } = await runner.renew('main');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Entra does not take the new certificate yet: AADSTS700027/);
    expect(readFileSync(main(), 'utf8')).toBe(before);
    expect(await isUsable(app)).toBe(true);
  });

  test.each([
    ['secret', /has a secret, which an app cannot replace by itself/],
    ['none', /does not exist/],
  ])('says why nothing is renewed for the connection %s', async (connection, sentence) => {
    const flags = { mailbox: ['a@b.c'], credential: 'secret', connection: 'secret' } as const;
    expect(await runner.setup(flags)).toMatchObject({ code: 0 });
    const { code, stderr } = await runner.renew(connection);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(sentence) });
  });

  test('says that the certificate in use is refused', async () => {
    const app = await setUp();
    app.keys = [];
    const { code, stderr } = await runner.renew('main');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Entra gives no token for the certificate in use: AADSTS700027/);
  });
});

describe('a certificate and a key in two files, not made by setup', () => {
  const cert = () => join(runner.folder, 'config/app.crt');
  const key = () => join(runner.folder, 'config/app.key');
  const passphrase = 'open sesame';

  /** The app that the sandbox begins with. */
  async function register() {
    const { sandbox } = runner;
    const now = Date.now();
    const made = await makeCertificate({
      name: 'Mine',
      startsAt: now - 1_000,
      endsAt: now + 86_400_000,
      serial: randomBytes(16),
    });
    sandbox.registerCertificate(made.certificate.toString());
    mkdirSync(join(runner.folder, 'config'));
    writeFileSync(cert(), made.certificate.toString());
    const both = formatCertificateFile({ ...made, notes: {} }, passphrase);
    writeFileSync(key(), both.slice(both.indexOf('-----BEGIN ENCRYPTED')), { mode: 0o640 });
    writeFileSync(
      join(runner.folder, 'config/graphpost.yaml'),
      `connections:
  main:
    type: graph
    cloud: { authority: "${sandbox.authority}", graph: "${sandbox.graph}" }
    tenant: ${sandbox.tenant}
    clientId: ${sandbox.clientId}
    credential: { certificate: { cert: app.crt, key: app.key, passphrase: ${passphrase} } }
default: { send: { via: main } }
`,
    );
    const [application] = [...sandbox.directory.applications.values()];
    if (!application) throw new Error('There is no app');
    return application;
  }

  const files = () => ({ cert: cert(), key: key(), passphrase });

  test('are replaced in one stroke, once both names lead to one file', async () => {
    const { id, registration } = await register();
    const keyId = registration.keys[0]?.keyId ?? '';
    const { code, stderr } = await runner.renew('main', { applicationId: id, keyId });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await isUsable(registration, files())).toBe(true);
    expect(registration.keys.map((one) => one.keyId)).not.toContain(keyId);
    expect([cert(), key()].map((file) => lstatSync(file).isSymbolicLink())).toEqual([true, true]);
    expect(statSync(key()).mode & 0o777).toBe(0o640);
    expect(readFileSync(key(), 'utf8')).toContain('BEGIN ENCRYPTED PRIVATE KEY');
    // From here on it is one file, which says what has to be known.
    expect(await runner.renew('main')).toMatchObject({ code: 0 });
    expect(await isUsable(registration, files())).toBe(true);
    expect(registration.keys).toHaveLength(1);
  });

  test('ask for the ids where the app may not, and take them from the directory where it may', async () => {
    const { registration } = await register();
    const { stderr } = await runner.renew('main');
    expect(stderr).toContain(
      'The app may not ask for its own object id: give it by --application-id',
    );
    const { directory, clientId } = runner.sandbox;
    const principal = directory.findServicePrincipal(`(appId='${clientId}')`);
    const appRoleId = '18a4783c-866b-4cc7-a460-3d5e5662c884';
    const grant = { id: 'g', principalId: principal?.id ?? '', resourceId: '', appRoleId };
    directory.assignments.set(grant.id, grant);
    expect(await runner.renew('main')).toMatchObject({ code: 0 });
    expect(registration.keys).toHaveLength(1);
    expect(await isUsable(registration, files())).toBe(true);
  });

  test('leave the old one registered where nobody knows its id', async () => {
    const { id, registration } = await register();
    const { code, stdout } = await runner.renew('main', { applicationId: id });
    expect(code).toBe(0);
    expect(stdout).toContain('the old one stays registered until it ends, as its id is not known');
    expect(registration.keys).toHaveLength(2);
  });

  test('are not replaced where they are a chain of an issuer', async () => {
    await register();
    const pem = readFileSync(cert(), 'utf8');
    writeFileSync(cert(), `${pem}${pem}`);
    const { code, stderr } = await runner.renew('main');
    expect(code).toBe(1);
    expect(stderr).toContain('app.crt holds a chain: its issuer renews it, not the app');
  });

  test('are a good pair after a crash between the two links', async () => {
    const { id, registration } = await register();
    const pem = readFileSync(cert(), 'utf8');
    const pair = `${key()}.pair`;
    writeFileSync(pair, `${pem}${readFileSync(key(), 'utf8')}`, { mode: 0o600 });
    // The certificate's name leads to the pair already, the key's does not.
    renameSync(cert(), `${cert()}.gone`);
    symlinkSync(pair, cert());
    expect(await isUsable(registration, files())).toBe(true);
    const keyId = registration.keys[0]?.keyId ?? '';
    expect(await runner.renew('main', { applicationId: id, keyId })).toMatchObject({ code: 0 });
    expect(await isUsable(registration, files())).toBe(true);
    expect(registration.keys).toHaveLength(1);
  });
});

describe('graphpost renew, cut off', () => {
  const lost: Fault = { cut: 'after' };
  const refused: Fault = { status: 403, body: '{"error":{"code":"x","message":"no"}}' };

  test.each([
    ['addKey', lost],
    ['addKey', refused],
    ['removeKey', lost],
    ['removeKey', refused],
  ])('at %s leaves a good certificate in use, and the next run goes on', async (action, fault) => {
    const app = await setUp();
    const match = ({ path }: { readonly path: string }) => path.endsWith(`/${action}`);
    runner.sandbox.faults.next(fault, { match });
    expect(await runner.renew('main')).toMatchObject({ code: 1 });
    expect(await isUsable(app)).toBe(true);
    expect(await runner.renew('main')).toMatchObject({ code: 0 });
    expect(await isUsable(app)).toBe(true);
    expect(folder()).toEqual(['graphpost.yaml', 'main.pem']);
    const current = thumbprint(readFileSync(main(), 'utf8'));
    expect(app.keys.map(({ certificate }) => certificate.fingerprint256)).toContain(current);
  });

  /** What lies there when the process is killed at each write, from a run whose files were kept. */
  test('between any two writes leaves a good certificate in use, and the next run goes on', async () => {
    const app = await setUp();
    const first = readFileSync(main());
    expect(await runner.renew('main', { keepOld: true })).toMatchObject({ code: 0 });
    const second = readFileSync(main());
    const both = app.keys;
    const states: readonly (readonly [string, Readonly<Record<string, Buffer>>])[] = [
      ['the next one is registered, and not used', { 'main.pem': first, 'main.pem.next': second }],
      [
        'the old one is kept, and still in use',
        { 'main.pem': first, 'main.pem.next': second, 'main.pem.old': first },
      ],
      [
        'the next one is used, and still beside',
        { 'main.pem': second, 'main.pem.next': second, 'main.pem.old': first },
      ],
      ['the old one is still registered', { 'main.pem': second, 'main.pem.old': first }],
    ];
    for (const [name, contents] of states) {
      app.keys = both;
      for (const end of ['.next', '.old']) rm(`${main()}${end}`);
      for (const [file, content] of Object.entries(contents)) {
        writeFileSync(join(runner.folder, 'config', file), content, { mode: 0o600 });
      }
      expect.soft(await isUsable(app), name).toBe(true);
      const { code, stdout } = await runner.renew('main');
      expect.soft({ code, stdout }, name).toEqual({
        code: 0,
        stdout: expect.stringContaining('has the certificate of an earlier run'),
      });
      expect.soft(await isUsable(app), name).toBe(true);
      expect
        .soft(
          app.keys.map(({ certificate }) => certificate.fingerprint256),
          name,
        )
        .toEqual([thumbprint(second.toString())]);
      expect.soft(folder(), name).toEqual(['graphpost.yaml', 'main.pem']);
    }
  });

  function rm(file: string): void {
    if (existsSync(file)) renameSync(file, join(runner.folder, 'gone'));
  }

  test('while Entra is away leaves all as it is', async () => {
    const app = await setUp();
    expect(await runner.renew('main', { keepOld: true })).toMatchObject({ code: 0 });
    renameSync(`${main()}.old`, `${main()}.next`);
    runner.sandbox.faults.next({ status: 502 }, { on: 'token' });
    const { code, stderr } = await runner.renew('main');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^Entra gives no token/),
    });
    expect(existsSync(`${main()}.next`)).toBe(true);
    expect(await isUsable(app)).toBe(true);
  });
});
