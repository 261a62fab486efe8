import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Client } from '../core/client.ts';
import { formatReceived, type Hop } from './received.ts';

const client: Client = {
  name: 'app',
  ip: '192.0.2.7',
  listener: 'apps',
  ehlo: 'app.example.com',
  tls: false,
  senders: [],
};
const hop: Hop = {
  id: '01hzzzzzzabcdefg',
  hostname: 'relay.example.com',
  now: Date.UTC(2026, 10, 22, 7, 8, 9),
  client,
  envelope: { reversePath: null, forwardPaths: [], smtpUtf8: false },
};

const anyName = fc
  .array(
    fc.constantFrom(
      'a',
      '.',
      '-',
      '[',
      ']',
      ':',
      ' ',
      '\r\n',
      '\n',
      '\0',
      '(',
      ')',
      ';',
      'é',
      '\u2028',
    ),
  )
  .map((parts) => parts.join(''));

describe('formatReceived()', () => {
  test('has the form of RFC 5321 §4.4', () => {
    expect(formatReceived(hop)).toBe(
      'Received: from app.example.com ([192.0.2.7])\r\n' +
        '\tby relay.example.com with ESMTP id 01hzzzzzzabcdefg;\r\n' +
        '\tSun, 22 Nov 2026 07:08:09 +0000\r\n',
    );
  });

  test.each([
    [{}, false, 'ESMTP'],
    [{ tls: true }, false, 'ESMTPS'],
    [{ login: 'secret-login' }, false, 'ESMTPA'],
    [{ tls: true, login: 'secret-login' }, false, 'ESMTPSA'],
    [{ extended: false }, false, 'SMTP'],
    [{ extended: true }, false, 'ESMTP'],
    [{}, true, 'UTF8SMTP'],
    [{ tls: true, login: 'secret-login' }, true, 'UTF8SMTPSA'],
  ])('of %j, SMTPUTF8 %j, says %s and no login name', (part, smtpUtf8, protocol) => {
    const field = formatReceived({
      ...hop,
      client: { ...client, ...part },
      envelope: { ...hop.envelope, smtpUtf8 },
    });
    expect(field).toContain(` with ${protocol} id `);
    expect(field).not.toContain('secret');
  });

  test.each([
    ['app', 'app'],
    ['my_host', 'my_host'],
    ['[192.0.2.7]', '[192.0.2.7]'],
    ['[IPv6:2001:db8::1]', '[IPv6:2001:db8::1]'],
    ['', 'unknown'],
    ['a b', 'unknown'],
    ['x\r\nBcc: evil@x.com', 'unknown'],
    ['x (evil', 'unknown'],
    ['hôte', 'unknown'],
    ['a'.repeat(256), 'unknown'],
  ])('of EHLO %j says %j', (ehlo, name) => {
    const field = formatReceived({ ...hop, client: { ...client, ehlo } });
    expect(field.startsWith(`Received: from ${name} ([`)).toBe(true);
  });

  test.each([
    ['2001:db8::1', '[IPv6:2001:db8::1]'],
    ['fe80::1%eth0', '[IPv6:fe80::1]'],
    ['192.0.2.7', '[192.0.2.7]'],
  ])('writes the address %j as %j', (ip, literal) => {
    expect(formatReceived({ ...hop, client: { ...client, ip } })).toContain(` (${literal})\r\n`);
  });

  test('is one field, whatever the client says', () => {
    fc.assert(
      fc.property(anyName, (ehlo) => {
        const field = formatReceived({ ...hop, client: { ...client, ehlo } });
        expect(field).toMatch(/^Received: [ -~]+\r\n\t[ -~]+\r\n\t[ -~]+\r\n$/);
      }),
    );
  });
});
