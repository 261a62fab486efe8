// `graphpost doctor` on this machine, against the sandbox as the tenant, and real files, ports and proxies.
import { once } from 'node:events';
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runDoctor, type DoctorOptions } from '../../src/cli/doctor.ts';
import type { Finding } from '../../src/setup/doctor-check.ts';
import { createSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { createCertificateFiles } from '../support/certificate-files.ts';
import { createCliIo } from '../support/cli-io.ts';
import { startDnsServer, type DnsServer } from '../support/dns-server.ts';
import { freePort } from '../support/free-port.ts';
import { cloudConnection } from '../support/gateway-process.ts';
import { startTestGateway, writeConfig, type Blocks } from '../support/gateway.ts';
import { createCertificate } from '../support/https-server.ts';
import { openTunnel } from '../support/tunnel.ts';

let sandbox: Sandbox;
let dns: DnsServer;
const defaults = getCACertificates('default');

beforeAll(async () => {
  dns = await startDnsServer({ TXT: { 'contoso.com': ['v=spf1 -all'] } });
});

beforeEach(async () => {
  sandbox = await createSandbox({ now: Date.now, users: ['relay@contoso.com', 'app@contoso.com'] });
  setDefaultCACertificates([...defaults, sandbox.ca]);
});

afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

afterAll(async () => {
  setDefaultCACertificates(defaults);
  await dns[Symbol.asyncDispose]();
});

interface Setting {
  readonly changes?: Blocks;
  /** Of the connection. */
  readonly keys?: string;
  readonly secret?: string;
  readonly options?: DoctorOptions;
  readonly env?: Readonly<Record<string, string>>;
  /** Before the doctor comes. */
  readonly arrange?: (folder: string) => Promise<void>;
}

async function examine({ changes, keys = '', secret, options, env = {}, arrange }: Setting = {}) {
  const { file, folder } = await writeConfig({
    listeners: `listeners: [{ name: apps, address: "127.0.0.1:${await freePort()}" }]`,
    http: 'http: { telemetry: false, admin: false }',
    from: 'from: { force: always, address: relay@contoso.com }',
    connections: `${cloudConnection(sandbox, `{ secret: "${secret ?? sandbox.clientSecret}" }`)}
${keys}`,
    ...changes,
  });
  await arrange?.(folder);
  const { io, written } = createCliIo({ cwd: folder, env });
  const given = { config: file, json: true, ...options };
  const code = await runDoctor(given, io, { resolver: dns.resolver });
  const { stdout, stderr } = written();
  const isJson = given.json && stdout.startsWith('{');
  const findings: readonly Finding[] = isJson ? JSON.parse(stdout).findings : [];
  return {
    code,
    stdout,
    stderr,
    folder,
    findings,
    of: (check: string) => findings.filter((each) => each.check === check),
  };
}

describe('graphpost doctor', () => {
  test('is content with a connection that may do all it needs', async () => {
    const { code, findings, of } = await examine();
    expect(findings.filter(({ state }) => state === 'failure')).toEqual([
      expect.objectContaining({ check: 'spf', of: 'contoso.com' }),
    ]);
    expect(code).toBe(1);
    for (const check of ['configuration', 'store', 'space', 'dns', 'tls', 'clock', 'token']) {
      expect(of(check)).toContainEqual(expect.objectContaining({ state: 'ok' }));
    }
    expect(of('permission')).toEqual([
      {
        check: 'permission',
        of: 'main, relay@contoso.com',
        state: 'ok',
        text: 'It may send from this mailbox',
      },
    ]);
    expect(of('largeMessages')).toHaveLength(1);
    expect(sandbox.mailbox.list()).toEqual([]);
    expect(sandbox.drafts).toEqual([]);
    expect(sandbox.violations).toEqual([]);
  });

  test.each<[string, Setting & { trouble?: () => void }, string, Partial<Finding>]>([
    [
      'an expired secret',
      { trouble: () => sandbox.expireSecret() },
      'token',
      { code: 'AADSTS7000222', fix: expect.stringMatching(/secret/) },
    ],
    ['a wrong secret', { secret: 'another' }, 'token', { code: 'AADSTS7000215' }],
    [
      'no permission to send',
      { trouble: () => sandbox.permissions.delete('Mail.Send') },
      'permission',
      { code: 'ErrorAccessDenied, HTTP 403', fix: expect.stringMatching(/^Grant it Mail\.Send/) },
    ],
    [
      'no such mailbox',
      { changes: { from: 'from: { force: always, address: nobody@contoso.com }' } },
      'permission',
      { code: 'ErrorInvalidUser, HTTP 404' },
    ],
    [
      'no permission for large messages',
      { trouble: () => sandbox.permissions.delete('Mail.ReadWrite') },
      'largeMessages',
      { fix: expect.stringMatching(/Mail\.ReadWrite/) },
    ],
    [
      'a mailbox that may not send as another',
      { keys: '    sendAs: app@contoso.com' },
      'sendAs',
      { of: 'main, app@contoso.com as relay@contoso.com', code: 'ErrorSendAsDenied, HTTP 403' },
    ],
    [
      'a secret that ended',
      { keys: '', secret: 'x", expires: "2020-01-01' },
      'credential',
      { text: 'It ended on 2020-01-01' },
    ],
    [
      'a file of a certificate that is not there',
      { changes: certificateOf('missing') },
      'files',
      { code: 'ENOENT' },
    ],
  ])('finds %s', async (_name, { trouble, ...setting }, check, expected) => {
    trouble?.();
    const { code, of } = await examine(setting);
    expect(of(check)).toContainEqual(expect.objectContaining({ state: 'failure', ...expected }));
    expect(code).toBe(1);
    expect(sandbox.mailbox.list()).toEqual([]);
  });

  test('says which command replaces a certificate that ends soon', async () => {
    const { certPem, keyPem } = await createCertificate('rsa');
    const { of } = await examine({
      changes: certificateOf('app'),
      options: { offline: true },
      async arrange(folder) {
        await writeFile(join(folder, 'app.crt'), certPem);
        await writeFile(join(folder, 'app.key'), keyPem, { mode: 0o600 });
      },
    });
    expect(of('credential')).toEqual([
      expect.objectContaining({ state: 'warning', fix: 'graphpost renew main' }),
    ]);
  });

  test('tries the mailboxes that are named, where the configuration names none', async () => {
    const changes = { from: '', clients: '' };
    expect((await examine({ changes })).of('permission')).toEqual([
      expect.objectContaining({ state: 'warning', fix: expect.stringContaining('--mailbox') }),
    ]);
    const options = { mailbox: ['app@contoso.com', 'gone@contoso.com'] };
    const { of } = await examine({ changes, options });
    expect(of('permission').map(({ of: whose, state }) => [whose, state])).toEqual([
      ['main, app@contoso.com', 'ok'],
      ['main, gone@contoso.com', 'failure'],
    ]);
  });

  test('says which command signs a user in', async () => {
    const { of } = await examine({
      keys: '    account: someone@contoso.com',
      changes: {
        tokenCache: 'tokenCache: { file: tokens, key: "0123456789abcdef0123456789abcdef" }',
      },
    });
    expect(of('token')).toEqual([
      expect.objectContaining({ state: 'failure', fix: 'graphpost login main' }),
    ]);
  });

  test.each([
    ['takes mail', 'secret', 'ok', /takes mail, and the login/],
    ['refuses the login', 'wrong', 'failure', /login with: 535/],
  ])('says that a smart host %s', async (_name, password, state, text) => {
    await using files = await createCertificateFiles();
    await using smarthost = await startTestGateway({
      listeners: `listeners: [{ name: tls, address: "127.0.0.1:0", tls: implicit, certificate: { cert: "${files.certFile}", key: "${files.keyFile}" } }]`,
      clients: 'clients: [{ name: up, login: { username: up, password: secret }, senders: ["*"] }]',
    });
    setDefaultCACertificates([...defaults, files.certificate.certPem]);
    const connections = `connections: { up: { type: smtp, url: "smtps://localhost:${smarthost.smtpPort}", username: up, password: ${password} } }`;
    const { of } = await examine({
      changes: { connections, default: 'default: { send: { via: up } }' },
    });
    expect(of('smarthost')).toEqual([
      expect.objectContaining({ state, text: expect.stringMatching(text) }),
    ]);
  });

  test('says how clients will see the certificate of a listener', async () => {
    await using files = await createCertificateFiles();
    const { of } = await examine({
      changes: {
        listeners: `listeners: [{ name: tls, address: "127.0.0.1:0", minTls: TLSv1, certificate: { cert: "${files.certFile}", key: "${files.keyFile}" } }]`,
      },
      options: { offline: true },
    });
    expect(of('certificate').map(({ text }) => text)).toEqual([
      expect.stringMatching(/expires on/),
      expect.stringMatching(/self-signed/),
      expect.stringMatching(/not for "relay\.example\.com" but for DNS:localhost/),
    ]);
    expect(of('tlsVersion')).toEqual([expect.objectContaining({ state: 'warning' })]);
  });

  test.each([
    [{}, true],
    [{ NO_COLOR: '1' }, false],
  ])('is coloured on a terminal with %j: %s', async (env, isColoured) => {
    const { file, folder } = await writeConfig();
    const { io, written } = createCliIo({ cwd: folder, env });
    for (const stream of [io.stdout, io.stderr]) Object.assign(stream, { isTTY: true });
    await runDoctor({ config: file, offline: true }, io);
    const { stdout, stderr } = written();
    expect(stdout.includes('\u{1b}[32mok')).toBe(isColoured);
    expect(stderr).toContain('checks done …');
  });

  test('asks nobody with --offline', async () => {
    const { code, findings } = await examine({ options: { offline: true } });
    expect(code).toBe(0);
    expect(sandbox.requests).toEqual([]);
    expect(findings.filter(({ state }) => state === 'skipped').length).toBeGreaterThan(2);
  });

  test('finds files that everybody can read, and mends them with --fix', async () => {
    const setting: Setting = {
      secret: '${file:secret.txt}',
      options: { offline: true, fix: true },
      arrange: async (folder) => {
        await writeFile(join(folder, 'secret.txt'), 'a secret');
        await chmod(join(folder, 'secret.txt'), 0o644);
      },
    };
    const { of, folder } = await examine(setting);
    const file = join(folder, 'secret.txt');
    expect(of('files')).toContainEqual(
      expect.objectContaining({ of: file, state: 'ok', text: expect.stringContaining('mended') }),
    );
    expect((await stat(file)).mode & 0o777).toBe(0o640);
  });

  test('says what is wrong with the configuration, with 1', async () => {
    const { code, stdout } = await examine({
      changes: { hostname: 'hostnam: x' },
      options: { json: false },
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Configuration .*\n {2}FAIL {2}configuration: Line 1: hostnam: /);
  });

  test('reads well', async () => {
    const { stdout } = await examine({ options: { json: false }, secret: 'another' });
    expect(stdout).toMatch(
      /\n\nConnection main\n {2}ok {4}credential: A secret; .*\n {2}FAIL {2}token: .* \(AADSTS7000215\)\n {8}To do: .*\n {8}It says: AADSTS7000215/,
    );
    expect(stdout).toMatch(/\n\n2 failures, 3 warnings\n$/);
    expect(stdout).not.toContain('\u{1b}');
  });
});

function certificateOf(name: string): Blocks {
  return {
    connections: `connections: { main: { type: graph, tenant: contoso.com, clientId: 01234567-89ab-cdef-0123-456789abcdef, credential: { certificate: { cert: ${name}.crt, key: ${name}.key } } } }`,
  };
}

describe('graphpost doctor and ports', () => {
  async function listening(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  function at(port: number): Setting {
    const listeners = `listeners: [{ name: apps, address: "127.0.0.1:${port}" }]`;
    return { changes: { listeners }, options: { offline: true } };
  }

  test('knows the gateway by its greeting', async () => {
    await using gateway = await startTestGateway();
    expect((await examine(at(gateway.smtpPort))).of('listener')).toEqual([
      expect.objectContaining({
        state: 'ok',
        text: expect.stringContaining('The gateway answers'),
      }),
    ]);
  });

  test('names the process that is in the way', async () => {
    const server = createServer((socket) => socket.end('220 other.example.com ESMTP\r\n'));
    const port = await listening(server);
    const { of } = await examine(at(port));
    server.close();
    expect(of('listener')).toEqual([
      expect.objectContaining({
        state: 'failure',
        text: expect.stringMatching(
          new RegExp(`The process .* \\(pid ${process.pid}\\) listens at .*: 220 other`),
        ),
      }),
    ]);
  });

  test('says that nothing listens', async () => {
    expect((await examine(at(await freePort()))).of('listener')).toEqual([
      expect.objectContaining({ state: 'warning', text: expect.stringContaining('does not run') }),
    ]);
  });

  test('goes through the proxy of HTTPS_PROXY, and says so without its password', async () => {
    const targets: string[] = [];
    const proxy = createHttpServer();
    proxy.on('connect', (incoming: IncomingMessage, socket: Duplex) => {
      targets.push(incoming.url ?? '');
      openTunnel(incoming, socket);
    });
    const port = await listening(proxy);
    const env = { HTTPS_PROXY: `http://user:hidden@127.0.0.1:${port}` };
    const { of, stdout } = await examine({ env });
    proxy.closeAllConnections();
    proxy.close();
    expect(targets).toContain(new URL(sandbox.graph).host);
    expect(of('proxy')).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining(`127.0.0.1:${port}`) }),
    );
    expect(of('permission')[0]?.state).toBe('ok');
    expect(stdout).not.toContain('hidden');
  });

  test('says which proxy does not let through', async () => {
    const proxy = createHttpServer();
    proxy.on('connect', (_request, socket: Duplex) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    const port = await listening(proxy);
    const { of } = await examine({ env: { HTTPS_PROXY: `http://127.0.0.1:${port}` } });
    proxy.close();
    expect(of('tls')).toContainEqual(
      expect.objectContaining({ state: 'failure', fix: expect.stringMatching(/CONNECT/) }),
    );
  });
});

test('graphpost doctor says that the folder of the queue cannot be written', async () => {
  const { of } = await examine({
    changes: { queue: 'queue: { store: "sqlite:taken/graphpost.db" }' },
    options: { offline: true },
    arrange: async (folder) => {
      await writeFile(join(folder, 'taken'), '');
      await mkdir(join(folder, 'other'));
    },
  });
  expect(of('store')).toEqual([expect.objectContaining({ state: 'failure', code: 'ENOTDIR' })]);
});
