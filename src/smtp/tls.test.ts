import { once } from 'node:events';
import { connect, TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createClient,
  createSecrets,
  ManualClock,
  startIntake,
  type Intake,
} from '../../test/dialogs/intake.ts';
import {
  connectGreeted,
  connectRaw,
  connectTls,
  startTls,
  type RawClient,
} from '../../test/dialogs/raw-client.ts';
import {
  createCertificateFiles,
  type CertificateFiles,
} from '../../test/support/certificate-files.ts';
import { createCertificate } from '../../test/support/https-server.ts';
import { until } from '../../test/support/until.ts';

let files: CertificateFiles;

beforeAll(async () => {
  files = await createCertificateFiles();
});

afterAll(async () => {
  await files[Symbol.asyncDispose]();
});

const message = ['MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>', 'DATA', 'Subject: x\r\n\r\n.'];

/** Sends a message over a connection that has just become secure. */
async function send(client: RawClient): Promise<string | undefined> {
  return (await client.sayAll('EHLO me', ...message)).at(-1);
}

function fingerprintOf({ socket }: RawClient): string {
  if (!(socket instanceof TLSSocket)) throw new Error('No TLS');
  return socket.getPeerCertificate().fingerprint256;
}

async function fingerprint(intake: Intake): Promise<string> {
  using client = await connectTls(intake.listener.address);
  return fingerprintOf(client);
}

describe('a listener with tls: optional', () => {
  test('offers STARTTLS, and takes mail with and without it', async () => {
    await using intake = await startIntake({ listener: { tls: files.tls('optional') } });
    using plain = await connectGreeted(intake.listener.address);
    expect(await plain.say('EHLO me')).toContain('250-STARTTLS');
    expect(await send(plain)).toMatch(/^250 2\.0\.0 queued/);
    using secured = await startTls(plain);
    expect(await secured.say('EHLO me')).not.toContain('STARTTLS');
    expect(await send(secured)).toMatch(/^250 2\.0\.0 queued/);
    expect(intake.kept.map(({ client }) => client.tls)).toEqual([false, true]);
  });

  test('forgets at STARTTLS what was said in clear', async () => {
    await using intake = await startIntake({ listener: { tls: files.tls('optional') } });
    using plain = await connectGreeted(intake.listener.address);
    await plain.sayAll('EHLO me', 'MAIL FROM:<a@b.example>', 'RCPT TO:<c@d.example>');
    using secured = await startTls(plain);
    expect(await secured.say('DATA')).toMatch(/^503 5\.5\.1 /);
    expect(await secured.say('MAIL FROM:<a@b.example>')).toMatch(/^503 5\.5\.1 /);
    expect(await send(secured)).toMatch(/^250 2\.0\.0 queued/);
  });

  test('answers in clear what came together with STARTTLS', async () => {
    await using intake = await startIntake({ listener: { tls: files.tls('optional') } });
    using plain = await connectGreeted(intake.listener.address);
    await plain.say('EHLO me');
    await plain.write('NOOP\r\nSTARTTLS\r\n');
    expect([await plain.read(), await plain.read()]).toEqual([
      expect.stringMatching(/^250 /),
      expect.stringMatching(/^220 /),
    ]);
    plain.socket.removeAllListeners('data');
    const secured = connect({ socket: plain.socket, rejectUnauthorized: false });
    await once(secured, 'secureConnect');
    expect(secured.encrypted).toBe(true);
    secured.destroy();
  });

  test('executes nothing that was injected behind STARTTLS', async () => {
    await using intake = await startIntake({ listener: { tls: files.tls('optional') } });
    using plain = await connectGreeted(intake.listener.address);
    await plain.say('EHLO me');
    const injected = 'EHLO evil\r\nMAIL FROM:<evil@b.example>\r\nRCPT TO:<evil@d.example>\r\n';
    const injection = startTls(plain, { injected }).then(
      async (secured) => await secured.say('RCPT TO:<c@d.example>'),
      () => 'handshake failed',
    );
    expect(await injection).toMatch(/^503 |^handshake failed/);
    expect(intake.events.some((event) => event['reason'] === 'badAddress')).toBe(false);
    using next = await startTls(await connectGreeted(intake.listener.address));
    expect(await send(next)).toMatch(/^250 2\.0\.0 queued/);
    expect(intake.kept).toHaveLength(1);
  });

  test('takes logins over TLS, and in clear from this machine alone', async () => {
    await using intake = await startIntake({
      listener: { tls: files.tls('optional') },
      clients: [createClient('shop', { username: 'wp' })],
      secrets: createSecrets({ shop: 'secret' }),
    });
    using secured = await startTls(await connectGreeted(intake.listener.address));
    expect(await secured.say('EHLO me')).toContain('AUTH PLAIN LOGIN');
    const token = Buffer.from('\0wp\0secret').toString('base64');
    expect(await secured.say(`AUTH PLAIN ${token}`)).toMatch(/^235 /);
    expect(await send(secured)).toMatch(/^250 2\.0\.0 queued/);
    expect(intake.kept).toMatchObject([{ client: { name: 'shop', login: 'wp', tls: true } }]);
  });
});

describe('a handshake after STARTTLS', () => {
  test('that takes too long is ended', async () => {
    const clock = new ManualClock();
    await using intake = await startIntake({ clock, listener: { tls: files.tls('optional') } });
    using slow = await connectGreeted(intake.listener.address);
    await slow.sayAll('EHLO me', 'STARTTLS');
    await slow.write('\x16');
    let isOver = false;
    void slow.readAll().then(() => (isOver = true));
    await until(() => {
      clock.advance(10_000);
      return isOver;
    });
    expect(await intake.happened('connectionClosed')).toMatchObject({ ip: '127.0.0.1' });
  });

  test('is not waited for when the listener drains', async () => {
    await using intake = await startIntake({
      clock: new ManualClock(),
      listener: { tls: files.tls('optional') },
    });
    using slow = await connectGreeted(intake.listener.address);
    await slow.sayAll('EHLO me', 'STARTTLS');
    await slow.write('\x16');
    await intake.listener.drain({ graceMs: 60_000 });
    expect(await slow.readAll()).toBe('');
  });

  test('that fails is reported, and ends the session alone', async () => {
    await using intake = await startIntake({ listener: { tls: files.tls('optional') } });
    using bad = await connectGreeted(intake.listener.address);
    await bad.sayAll('EHLO me', 'STARTTLS');
    await bad.write('EHLO me\r\n');
    await bad.readAll();
    expect(await intake.happened('handshakeFailed')).toMatchObject({ ip: '127.0.0.1' });
    using good = await startTls(await connectGreeted(intake.listener.address));
    expect(await send(good)).toMatch(/^250 2\.0\.0 queued/);
  });
});

describe('a listener with tls: required', () => {
  test.each(['MAIL FROM:<a@b.example>', 'AUTH PLAIN AGEAYg==', 'RCPT TO:<a@b.example>', 'DATA'])(
    'answers %s with 530 5.7.0 before STARTTLS',
    async (command) => {
      await using intake = await startIntake({ listener: { tls: files.tls('required') } });
      using plain = await connectGreeted(intake.listener.address);
      expect(await plain.say('EHLO me')).toContain('250-STARTTLS');
      expect(await plain.say(command)).toBe('530 5.7.0 Must issue a STARTTLS command first');
      expect(await intake.happened('refused')).toMatchObject({ reason: 'tlsRequired' });
      expect(await plain.say('NOOP')).toBe('250 2.0.0 OK');
      using secured = await startTls(plain);
      expect(await send(secured)).toMatch(/^250 2\.0\.0 queued/);
    },
  );
});

test('a client that logs in again after STARTTLS has its place', async () => {
  await using intake = await startIntake({
    listener: { tls: files.tls('optional') },
    clients: [createClient('shop', { username: 'wp', connections: 1 })],
    secrets: createSecrets({ shop: 'secret' }),
  });
  const login = `AUTH PLAIN ${Buffer.from('\0wp\0secret').toString('base64')}`;
  using plain = await connectGreeted(intake.listener.address);
  expect((await plain.sayAll('EHLO me', login))[1]).toMatch(/^235 /);
  using secured = await startTls(plain);
  expect((await secured.sayAll('EHLO me', 'MAIL FROM:<a@b.example>'))[1]).toMatch(/^530 5\.7\.0 /);
  expect(await secured.say(login)).toMatch(/^235 /);
  expect(await send(secured)).toMatch(/^250 2\.0\.0 queued/);
});

test('a listener with tls: required offers no AUTH before STARTTLS', async () => {
  await using intake = await startIntake({
    listener: { tls: files.tls('required') },
    clients: [createClient('shop', { username: 'wp' })],
    secrets: createSecrets({ shop: 'secret' }),
  });
  using plain = await connectGreeted(intake.listener.address);
  expect(await plain.say('EHLO me')).not.toContain('AUTH');
  using secured = await startTls(plain);
  expect(await secured.say('EHLO me')).toContain('250-AUTH PLAIN LOGIN');
});

describe('a listener with tls: implicit', () => {
  test('begins with TLS', async () => {
    await using intake = await startIntake({ listener: { tls: files.tls('implicit') } });
    using client = await connectTls(intake.listener.address, {
      ca: files.certificate.certPem,
      rejectUnauthorized: true,
    });
    expect(await client.read()).toMatch(/^220 /);
    expect(await client.say('EHLO me')).not.toContain('STARTTLS');
    expect(await send(client)).toMatch(/^250 2\.0\.0 queued/);
    expect(intake.kept).toMatchObject([{ client: { tls: true } }]);
  });

  test.each([
    ['speaks SMTP in clear', 'EHLO me\r\n'],
    ['sends garbage', '\0\0\0\0\0\0\0\0'],
    ['breaks off', '\x16\x03\x01\x02\x00'],
  ])('survives a client that %s, and reports it', async (_, bytes) => {
    await using intake = await startIntake({ listener: { tls: files.tls('implicit') } });
    using bad = await connectRaw(intake.listener.address);
    await bad.write(bytes);
    bad.socket.end();
    expect(await intake.happened('handshakeFailed')).toMatchObject({
      listener: 'test',
      ip: '127.0.0.1',
    });
    using good = await connectTls(intake.listener.address);
    await good.read();
    expect(await send(good)).toMatch(/^250 2\.0\.0 queued/);
    expect(intake.events.some(({ name }) => name === 'fault')).toBe(false);
  });

  test('ends a handshake that takes too long', async () => {
    const clock = new ManualClock();
    await using intake = await startIntake({ clock, listener: { tls: files.tls('implicit') } });
    using slow = await connectRaw(intake.listener.address);
    await slow.write('\x16');
    const ended = slow.readAll();
    let isOver = false;
    void ended.then(() => (isOver = true));
    await until(() => {
      clock.advance(10_000);
      return isOver;
    });
    expect(await ended).toBe('');
  });

  test('drops strangers that begin too many handshakes, and nobody else', async () => {
    const login = { clients: [createClient('shop', { username: 'wp' })] };
    await using intake = await startIntake({
      ...login,
      secrets: createSecrets({ shop: 'secret' }),
      listener: { tls: files.tls('implicit') },
    });
    const { address } = intake.listener;
    const slow = await Promise.all(Array.from({ length: 20 }, () => connectRaw(address)));
    using next = await connectRaw(address);
    expect(await next.readAll()).toBe('');
    expect(await intake.happened('refused')).toMatchObject({
      stage: 'connect',
      reason: 'tooManyConnections',
    });
    for (const { socket } of slow) socket.destroy();
    await until(() => intake.events.filter(({ name }) => name === 'handshakeFailed').length === 20);
    using good = await connectTls(address);
    expect(await good.read()).toMatch(/^220 /);
  });

  test('lets a client without a login begin as many as it likes', async () => {
    await using intake = await startIntake({ listener: { tls: files.tls('implicit') } });
    const { address } = intake.listener;
    const slow = await Promise.all(Array.from({ length: 30 }, () => connectRaw(address)));
    using good = await connectTls(address);
    expect(await good.read()).toMatch(/^220 /);
    for (const { socket } of slow) socket.destroy();
  });

  test('does not wait for handshakes when it drains', async () => {
    await using intake = await startIntake({
      clock: new ManualClock(),
      listener: { tls: files.tls('implicit') },
    });
    using slow = await connectRaw(intake.listener.address);
    await slow.write('\x16');
    await intake.listener.drain({ graceMs: 60_000 });
    expect(await slow.readAll()).toBe('');
  });
});

describe('minTls', () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;

  test('is TLS 1.2 unless an older one is asked for', async () => {
    await using intake = await startIntake({ listener: { tls: files.tls('optional') } });
    const plain = await connectGreeted(intake.listener.address);
    await plain.say('EHLO me');
    await expect(startTls(plain, old)).rejects.toThrow(/version|alert/i);
    expect(await intake.happened('handshakeFailed')).toMatchObject({ ip: '127.0.0.1' });
    using good = await startTls(await connectGreeted(intake.listener.address));
    expect(await send(good)).toMatch(/^250 2\.0\.0 queued/);
  });

  test('may be TLS 1.0, for old printers', async () => {
    await using intake = await startIntake({
      listener: { tls: files.tls('optional', 'TLSv1') },
    });
    using secured = await startTls(await connectGreeted(intake.listener.address), {
      ...old,
      maxVersion: 'TLSv1',
    });
    expect(secured.socket instanceof TLSSocket && secured.socket.getProtocol()).toBe('TLSv1');
    expect(await send(secured)).toMatch(/^250 2\.0\.0 queued/);
  });

  test('may be TLS 1.3', async () => {
    await using intake = await startIntake({
      listener: { tls: files.tls('implicit', 'TLSv1.3') },
    });
    await expect(connectTls(intake.listener.address, { maxVersion: 'TLSv1.2' })).rejects.toThrow(
      /version|alert/i,
    );
  });
});

describe('a certificate', () => {
  test('is taken up when its files change, and running sessions stay', async () => {
    await using own = await createCertificateFiles();
    await using intake = await startIntake({ listener: { tls: own.tls('implicit') } });
    using running = await connectTls(intake.listener.address);
    const before = await fingerprint(intake);
    await own.write(await createCertificate('rsa'));
    await until(() => intake.events.filter(({ name }) => name === 'certificateLoaded').length > 1);
    expect(await fingerprint(intake)).not.toBe(before);
    await running.read();
    expect(await send(running)).toMatch(/^250 2\.0\.0 queued/);
  });

  test('stays while the new files do not fit each other', async () => {
    await using own = await createCertificateFiles();
    await using intake = await startIntake({ listener: { tls: own.tls('implicit') } });
    const before = await fingerprint(intake);
    const renewed = await createCertificate('ec');
    await own.write({ certPem: renewed.certPem });
    expect(await intake.happened('notice')).toMatchObject({
      level: 'warn',
      event: 'smtp.certificateKept',
      text: expect.stringContaining('keeps its old certificate'),
    });
    expect(await fingerprint(intake)).toBe(before);
    await own.write({ keyPem: renewed.keyPem });
    await until(() => intake.events.filter(({ name }) => name === 'certificateLoaded').length > 1);
    expect(await fingerprint(intake)).not.toBe(before);
  });

  test('tells when it expires', async () => {
    await using intake = await startIntake({ listener: { tls: files.tls('optional') } });
    const { expiresAt } = await intake.happened('certificateLoaded');
    expect(Number(expiresAt)).toBeGreaterThan(Date.now());
  });

  test.each([
    ['that is not there', {}, 'cannot be read'],
    ['that is none', { certPem: 'nonsense' }, 'cannot be used'],
    ['whose key is another one', 'other key', 'cannot be used'],
  ] as const)('%s keeps the listener from its start', async (name, changed, reason) => {
    await using own = await createCertificateFiles();
    const { keyPem } = await createCertificate('ec');
    await own.write(changed === 'other key' ? { keyPem } : changed);
    const tls = own.tls('optional');
    const certFile = name === 'that is not there' ? `${tls.certFile}.gone` : tls.certFile;
    await expect(startIntake({ listener: { tls: { ...tls, certFile } } })).rejects.toThrow(
      new RegExp(`^Listener "test" has no certificate: .*${reason}`),
    );
  });
});
