import { describe, expect, test } from 'vitest';
import {
  createClient,
  createNetworks,
  ManualClock,
  startIntake,
  type IntakeOptions,
} from '../../test/dialogs/intake.ts';
import { connectRaw, connectTls } from '../../test/dialogs/raw-client.ts';
import { createCertificateFiles } from '../../test/support/certificate-files.ts';
import { until } from '../../test/support/until.ts';
import { parseProxyHeader } from './proxy-header.ts';

describe('parseProxyHeader()', () => {
  test.each([
    ['PROXY TCP4 192.0.2.7 10.0.0.1 56324 25', { kind: 'client', ip: '192.0.2.7', port: 56324 }],
    ['PROXY TCP6 2001:DB8::7 ::1 1 25', { kind: 'client', ip: '2001:db8::7', port: 1 }],
    ['PROXY UNKNOWN', { kind: 'unknown' }],
    ['PROXY UNKNOWN ffff::1 ffff::2 1 2', { kind: 'unknown' }],
  ])('reads %s', (line, header) => {
    expect(parseProxyHeader(line)).toEqual(header);
  });

  test.each([
    '',
    'EHLO me',
    'proxy TCP4 192.0.2.7 10.0.0.1 1 2',
    'PROXY TCP4 192.0.2.7 10.0.0.1 1',
    'PROXY TCP4 192.0.2.777 10.0.0.1 1 2',
    'PROXY TCP4 192.0.2.7 10.0.0.1 70000 2',
    'PROXY TCP4 ::1 ::1 1 2',
    'PROXY TCP6 192.0.2.7 10.0.0.1 1 2',
    'PROXY TCP4  192.0.2.7 10.0.0.1 1 2',
    'PROXY TCP4 192.0.2.7\n 10.0.0.1 1 2',
    'PROXY UNIX a b 1 2',
  ])('refuses %j', (line) => {
    expect(parseProxyHeader(line)).toBeUndefined();
  });
});

const header = 'PROXY TCP4 192.0.2.7 10.0.0.1 56324 25\r\n';
const behindProxy: IntakeOptions = { listener: { proxies: createNetworks('127.0.0.0/8') } };
const mail = [
  'EHLO me',
  'MAIL FROM:<a@b.example>',
  'RCPT TO:<c@d.example>',
  'DATA',
  'A: b\r\n\r\n.',
];

describe('a listener with proxyProtocol', () => {
  test('believes the header of a listed proxy', async () => {
    await using intake = await startIntake(behindProxy);
    using client = await connectRaw(intake.listener.address);
    await client.write(header);
    expect(await client.read()).toMatch(/^220 /);
    expect((await client.sayAll(...mail)).at(-1)).toMatch(/^250 2\.0\.0 queued/);
    expect(intake.kept).toMatchObject([{ client: { ip: '192.0.2.7' } }]);
  });

  test('reads a header that comes byte by byte', async () => {
    await using intake = await startIntake(behindProxy);
    using client = await connectRaw(intake.listener.address);
    for (const byte of header) await client.write(byte);
    await client.read();
    expect((await client.sayAll(...mail)).at(-1)).toMatch(/^250 2\.0\.0 queued/);
    expect(intake.kept).toMatchObject([{ client: { ip: '192.0.2.7' } }]);
  });

  test('takes UNKNOWN for the proxy itself', async () => {
    await using intake = await startIntake(behindProxy);
    using client = await connectRaw(intake.listener.address);
    await client.write('PROXY UNKNOWN\r\n');
    await client.read();
    await client.sayAll(...mail);
    expect(intake.kept).toMatchObject([{ client: { ip: '127.0.0.1' } }]);
  });

  test('judges the client by the address in the header', async () => {
    const clients = [createClient('cluster', { networks: createNetworks('127.0.0.0/8') })];
    await using intake = await startIntake({ ...behindProxy, clients });
    using client = await connectRaw(intake.listener.address);
    await client.write(header);
    await client.read();
    const replies = await client.sayAll('EHLO me', 'MAIL FROM:<a@b.example>');
    expect(replies[1]).toBe('550 5.7.1 192.0.2.7 may not send mail here');
  });

  test('believes nobody else', async () => {
    const listener = { proxies: createNetworks('192.0.2.0/24') };
    await using intake = await startIntake({ listener });
    using client = await connectRaw(intake.listener.address);
    await client.read();
    expect(await client.say(header.trimEnd())).toBe('500 5.5.2 Error: command not recognized');
    await client.sayAll(...mail);
    expect(intake.kept).toMatchObject([{ client: { ip: '127.0.0.1' } }]);
  });

  test.each([
    ['no header', 'EHLO me\r\n'],
    ['no address', 'PROXY TCP4 somewhere 10.0.0.1 1 2\r\n'],
    ['a header without an end', `PROXY TCP4 ${'1'.repeat(200)}`],
    ['the header of version 2', '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c'],
    ['a megabyte', 'x'.repeat(1_000_000)],
  ])('answers 421 to %s, and takes mail afterwards', async (_, bytes) => {
    await using intake = await startIntake(behindProxy);
    using bad = await connectRaw(intake.listener.address);
    await bad.write(bytes);
    expect(await bad.readAll()).toBe('421 4.7.0 No valid PROXY header');
    expect(await intake.happened('handshakeFailed')).toMatchObject({ ip: '127.0.0.1' });
    using good = await connectRaw(intake.listener.address);
    await good.write(header);
    await good.read();
    expect((await good.sayAll(...mail)).at(-1)).toMatch(/^250 2\.0\.0 queued/);
  });

  test('ends a connection without a header in time, and one that closes at once', async () => {
    const clock = new ManualClock();
    await using intake = await startIntake({ ...behindProxy, clock });
    using gone = await connectRaw(intake.listener.address);
    gone.socket.resetAndDestroy();
    using slow = await connectRaw(intake.listener.address);
    await slow.write('PROXY ');
    let isOver = false;
    void slow.readAll().then(() => (isOver = true));
    await until(() => {
      clock.advance(10_000);
      return isOver;
    });
    expect(intake.events.some(({ name }) => name === 'fault')).toBe(false);
  });

  test('goes before implicit TLS', async () => {
    await using files = await createCertificateFiles();
    await using intake = await startIntake({
      listener: { ...behindProxy.listener, tls: files.tls('implicit') },
    });
    const plain = await connectRaw(intake.listener.address);
    await plain.write(header);
    plain.socket.removeAllListeners('data');
    using client = await connectTls(intake.listener.address, { socket: plain.socket });
    await client.read();
    await client.sayAll(...mail);
    expect(intake.kept).toMatchObject([{ client: { ip: '192.0.2.7', tls: true } }]);
  });
});
