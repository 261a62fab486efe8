import fc from 'fast-check';
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
import { parseProxyHeader, scanProxyHeader } from './proxy-header.ts';

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

/** A header of version 2: command, family, and what follows, in hex. */
function version2(command: string, family: string, rest: string): Buffer {
  const length = (rest.length / 2).toString(16).padStart(4, '0');
  return Buffer.from(`0d0a0d0a000d0a515549540a${command}${family}${length}${rest}`, 'hex');
}

const addresses4 = 'c00002070a000001dc040019';
const addresses6 = `20010db8000000000000000000000007${'00'.repeat(15)}01dc040019`;
const mapped = `${'00'.repeat(10)}ffffc0000207${'00'.repeat(16)}dc040019`;

describe('scanProxyHeader()', () => {
  test.each([
    ['TCP over IPv4', version2('21', '11', addresses4), '192.0.2.7'],
    ['TCP over IPv6', version2('21', '21', addresses6), '2001:db8::7'],
    ['an IPv4 address in IPv6', version2('21', '21', mapped), '192.0.2.7'],
    ['fields about the client', version2('21', '11', `${addresses4}02000161`), '192.0.2.7'],
  ])('reads version 2 with %s, and leaves what follows', (_, bytes, ip) => {
    const header = { kind: 'client', ip, port: 56324 };
    const found = scanProxyHeader(Buffer.concat([bytes, Buffer.from('EHLO me\r\n')]));
    expect(found).toEqual({ header, bytes: bytes.length });
  });

  test.each([
    ['LOCAL', version2('20', '00', '')],
    ['LOCAL with addresses', version2('20', '11', addresses4)],
    ['no family', version2('21', '00', 'ffff')],
    ['a UNIX socket', version2('21', '31', '00'.repeat(216))],
  ])('takes %s for the proxy itself', (_, bytes) => {
    expect(scanProxyHeader(bytes)).toEqual({ header: { kind: 'unknown' }, bytes: bytes.length });
  });

  test.each([
    ['another version', version2('11', '11', addresses4)],
    ['another command', version2('22', '11', addresses4)],
    ['UDP', version2('21', '12', addresses4)],
    ['another family', version2('21', '41', addresses4)],
    ['addresses that are cut off', version2('21', '11', addresses4.slice(2))],
    ['the addresses of IPv4 as those of IPv6', version2('21', '21', addresses4)],
    ['too many fields', version2('21', '11', '00'.repeat(4097))],
    ['another signature', Buffer.from('\r\n\r\n\0\r\nQUIT\r', 'latin1')],
  ])('refuses %s', (_, bytes) => {
    expect(scanProxyHeader(bytes)).toBeUndefined();
  });

  test('asks for more until the header is whole', () => {
    for (const whole of [version2('21', '21', addresses6), Buffer.from('PROXY UNKNOWN\r\n')]) {
      for (let length = 1; length < whole.length; length++) {
        expect(scanProxyHeader(whole.subarray(0, length))).toBe('more');
      }
    }
  });

  test('never throws, and never reads beyond what is there', () => {
    const start = fc.constantFrom(
      version2('21', '11', addresses4),
      version2('21', '21', addresses6),
    );
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(start, fc.array(change), fc.uint8Array(), (good, changes, more) => {
        const bytes = Buffer.concat([good, more]);
        for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
        const found = scanProxyHeader(bytes);
        const readBytes = typeof found === 'object' ? found.bytes : 0;
        expect(readBytes).toBeLessThanOrEqual(bytes.length);
      }),
    );
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
    ['in one piece', [version2('21', '11', addresses4)]],
    ['byte by byte', [...version2('21', '11', addresses4)].map((byte) => Buffer.of(byte))],
  ])('believes version 2 %s', async (_, pieces) => {
    await using intake = await startIntake(behindProxy);
    using client = await connectRaw(intake.listener.address);
    for (const piece of pieces) await client.write(piece);
    expect(await client.read()).toMatch(/^220 /);
    expect((await client.sayAll(...mail)).at(-1)).toMatch(/^250 2\.0\.0 queued/);
    expect(intake.kept).toMatchObject([{ client: { ip: '192.0.2.7' } }]);
  });

  test.each([
    ['no header', 'EHLO me\r\n'],
    ['no address', 'PROXY TCP4 somewhere 10.0.0.1 1 2\r\n'],
    ['a header without an end', `PROXY TCP4 ${'1'.repeat(200)}`],
    ['a header of UDP', version2('21', '12', addresses4)],
    ['a header of version 2 with 64 KB', version2('21', '11', '00'.repeat(65_535))],
    ['a header of version 3', version2('31', '11', addresses4)],
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
