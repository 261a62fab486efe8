import { describe, expect, test } from 'vitest';
import { parseAddress, type Address } from '../core/address.ts';
import { headerLength } from './header-bounds.ts';
import { editHeader } from './header-edit.ts';
import { readHeader } from './header-facts.ts';
import { completeHeader } from './missing-fields.ts';
import type { Hop } from './received.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

const received =
  'Received: from app ([192.0.2.7])\r\n' +
  '\tby relay.example.com with ESMTP id 01hz;\r\n' +
  '\tSun, 22 Nov 2026 07:08:09 +0000\r\n';

function hopFrom(reversePath: Address | null): Hop {
  return {
    id: '01hz',
    hostname: 'relay.example.com',
    now: Date.UTC(2026, 10, 22, 7, 8, 9),
    client: { name: 'app', ip: '192.0.2.7', listener: 'l', ehlo: 'app', tls: false, senders: [] },
    envelope: { reversePath, forwardPaths: [], smtpUtf8: false },
  };
}

function complete(header: string, reversePath: string | null = 'app@b.com') {
  const path = reversePath === null ? null : (parseAddress(reversePath) ?? null);
  const completed = completeHeader(bytes(header), readHeader(bytes(header)), hopFrom(path));
  return { ...completed, header: Buffer.from(completed.header).toString('latin1') };
}

const full = 'From: a@b.com\r\nDate: today\r\nMessage-ID: <x@b.com>\r\n';

describe('completeHeader()', () => {
  test('adds nothing but Received to a header that has all', () => {
    expect(complete(`${full}X: \xff\r\n  y\r\n\r\n`)).toEqual({
      header: `${received}${full}X: \xff\r\n  y\r\n\r\n`,
      fromWasMissing: false,
      messageId: '<x@b.com>',
    });
  });

  test('adds Message-ID, Date and From', () => {
    expect(complete('Subject: s\r\n\r\n')).toEqual({
      header:
        `${received}Subject: s\r\nMessage-ID: <01hz@relay.example.com>\r\n` +
        'Date: Sun, 22 Nov 2026 07:08:09 +0000\r\nFrom: app@b.com\r\n\r\n',
      fromWasMissing: true,
      messageId: '<01hz@relay.example.com>',
    });
  });

  test.each(['From:', 'From: <>', 'From: Scanner', 'From: none:;'])(
    'replaces %j, which names nobody',
    (from) => {
      const { header, fromWasMissing } = complete(
        `${from}\r\nDate: d\r\nMessage-ID: <x@b>\r\n\r\n`,
      );
      expect(header).toBe(`${received}From: app@b.com\r\nDate: d\r\nMessage-ID: <x@b>\r\n\r\n`);
      expect(fromWasMissing).toBe(true);
    },
  );

  test('makes no From of the null reverse-path', () => {
    const { header, fromWasMissing } = complete('Date: d\r\nMessage-ID: <x@b>\r\n\r\n', null);
    expect(header).toBe(`${received}Date: d\r\nMessage-ID: <x@b>\r\n\r\n`);
    expect(fromWasMissing).toBe(true);
  });

  test('makes a From of a reverse-path with specials', () => {
    expect(complete('Date: d\r\nMessage-ID: <x@b>\r\n\r\n', '"a, b"@c.com').header).toContain(
      'From: <"a, b"@c.com>\r\n',
    );
  });

  test.each([
    'Message-ID: x',
    'Message-ID: <a b@c>',
    'Message-ID:',
    `Message-ID: <${'x'.repeat(900)}>`,
  ])('replaces an unusable %j in its place', (field) => {
    const { header, messageId } = complete(`${field}\r\nFrom: a@b.com\r\nDate: d\r\n\r\n`);
    expect(messageId).toBe('<01hz@relay.example.com>');
    expect(header).toBe(`${received}Message-ID: ${messageId}\r\nFrom: a@b.com\r\nDate: d\r\n\r\n`);
  });

  test('leaves one Message-ID of two', () => {
    const { header, messageId } = complete(`${full}message-id: <y@b.com>\r\n\r\n`);
    expect(messageId).toBe('<x@b.com>');
    expect(header).toBe(`${received}${full}\r\n`);
  });

  test('drops the mbox line', () => {
    expect(complete(`From a@b.com Sun Nov 22 17:31:00 2026\r\n${full}\r\n`).header).toBe(
      `${received}${full}\r\n`,
    );
  });

  test('keeps stray lines between fields', () => {
    expect(complete(`${full}stray\r\nX: y\r\n\r\n`).header).toBe(
      `${received}${full}stray\r\nX: y\r\n\r\n`,
    );
  });

  test('closes the header before stray lines at its end, which are body', () => {
    const { header } = complete(`${full}Hello\r\n there\r\n\r\nmore`);
    expect(header).toBe(`${received}${full}\r\nHello\r\n there\r\n\r\nmore`);
    expect(headerLength(bytes(header))).toBe(received.length + full.length + 2);
    expect(readHeader(bytes(header)).fields.map(({ name }) => name)).toEqual([
      'Received',
      'From',
      'Date',
      'Message-ID',
    ]);
    const edited = editHeader(bytes(header), [{ kind: 'add', name: 'Bcc', text: 'c@d.com' }]);
    expect(Buffer.from(edited).toString('latin1')).toBe(
      `${received}${full}Bcc: c@d.com\r\n\r\nHello\r\n there\r\n\r\nmore`,
    );
  });

  test('is complete the second time, but for another Received', () => {
    const { header } = complete('Subject: s\r\n\r\n');
    expect(complete(header).header).toBe(received + header);
  });
});
