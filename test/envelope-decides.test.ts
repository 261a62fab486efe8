// Whatever a header says, a reader that knows nothing of ours finds the envelope in it, and the sender who was judged.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressKey, parseAddress, type Address } from '../src/core/address.ts';
import { planSubmission } from '../src/core/compose.ts';
import type { FromBlock } from '../src/core/originator.ts';
import type { Route } from '../src/core/route.ts';
import { checkOriginators } from '../src/core/senders.ts';
import { editHeader } from '../src/mime/header-edit.ts';
import { readHeader } from '../src/mime/header-facts.ts';
import { readAddressList } from '../src/sandbox/address-list.ts';
import { readMimeMessage } from '../src/sandbox/mime-message.ts';
import { address, pattern } from './support/addresses.ts';

const never: FromBlock = { force: 'never', defaults: [], replyTo: 'original' };
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');

interface Sending {
  readonly forwardPaths: readonly Address[];
  readonly route?: Partial<Route>;
}

/** The message as it leaves, read by the sandbox; undefined when it cannot leave at all. */
function leave(header: string, { forwardPaths, route }: Sending) {
  const original = bytes(`${header}\r\n\r\n`);
  const plan = planSubmission({
    header: readHeader(original),
    fromWasMissing: false,
    route: {
      rule: 'default',
      action: { kind: 'send', via: 'main', backup: [], priority: 'normal' },
      forwardPaths,
      ...route,
    },
    connectionFrom: undefined,
    topFrom: never,
    connectionSendAs: { kind: 'from' },
  });
  if (plan === undefined) return undefined;
  const message = readMimeMessage(Buffer.from(editHeader(original, plan.edits)));
  if (message === undefined) throw new Error('The header is none any more');
  return { ...message, plan };
}

/** The addresses that such a reader finds in the fields of that name. */
function listed(message: ReturnType<typeof leave>, name: string): readonly string[] {
  const fields = message?.fields.filter((field) => field.name.toLowerCase() === name) ?? [];
  return fields.flatMap(({ value }) => readAddressList(value).mailboxes.map((one) => one.address));
}

const keys = (addresses: readonly string[]): readonly string[] =>
  addresses.map((one) => addressKey(parseAddress(one) ?? one)).toSorted();

describe('the recipients that Exchange finds are those of the envelope, for a To of', () => {
  test.each([
    ['an address in quotes', 'To: "bob@b.com"'],
    ['an address in quotes among others', 'To: "bob@b.com", eve@evil.com'],
    ['no comma', 'To: bob@b.com eve@evil.com'],
    ['no comma, the other way round', 'To: eve@evil.com bob@b.com'],
    ['two addresses in brackets', 'To: <bob@b.com> <eve@evil.com>'],
    ['a group', 'To: Team: bob@b.com, eve@evil.com;'],
    ['an empty group', 'To: undisclosed-recipients:;'],
    ['an unclosed quote', 'To: "Bob <bob@b.com>, eve@evil.com'],
    ['an unclosed comment', 'To: bob@b.com (eve@evil.com'],
    ['a name that is another address', 'To: "eve@evil.com" <bob@b.com>'],
    ['a name that is the same address', 'To: bob@b.com <bob@b.com>'],
    ['semicolons', 'To: bob@b.com; eve@evil.com'],
    ['a dot before the @', 'To: bob.@b.com'],
    ['two fields', 'To: bob@b.com\r\nTo: eve@evil.com'],
    ['Resent fields', 'To: bob@b.com\r\nResent-To: eve@evil.com\r\nResent-Bcc: eve@evil.com'],
    ['nothing', 'Subject: x'],
  ])('%s', (_what, header) => {
    for (const forwardPaths of [['bob@b.com'], ['bob.@b.com', 'dan@b.com']]) {
      const message = leave(`From: app@d.com\r\n${header}`, {
        forwardPaths: forwardPaths.map(address),
      });
      expect(keys(message?.recipients ?? [])).toEqual(forwardPaths);
      expect(message?.invalidRecipients).toEqual([]);
      const resent = ['resent-to', 'resent-cc', 'resent-bcc'].flatMap((one) =>
        listed(message, one),
      );
      expect(resent).toEqual([]);
    }
  });
});

describe('the sender that Exchange finds is the one who was judged, for', () => {
  test.each([
    ['From: <app@d.com> <ceo@d.com>', 'app@d.com'],
    ['From: app@d.com ceo@d.com', 'app@d.com'],
    ['From: ceo@d.com <app@d.com>', 'app@d.com'],
    ['From: "app@d.com"', 'app@d.com'],
    ['From: "ceo@d.com" app@d.com', 'app@d.com'],
    ['From: app.@d.com', 'app.@d.com'],
    ['From: app@d.com\r\nSender: <app@d.com> <ceo@d.com>', 'app@d.com'],
    ['From: app@d.com\r\nSender: Team: app@d.com;', 'app@d.com'],
    ['From: app@d.com\r\nResent-From: <app@d.com> <ceo@d.com>', 'app@d.com'],
  ])('%s', (header, expected) => {
    const source = { header: readHeader(bytes(`${header}\r\n\r\n`)), fromWasMissing: false };
    const client = { name: 'app', senders: [pattern('app@d.com'), pattern('app.@d.com')] };
    expect(checkOriginators(client, source, never)).toBeUndefined();
    const message = leave(header, { forwardPaths: [address('bob@b.com')] });
    expect(message?.plan.from).toBe(expected);
    expect(message?.invalidFrom).toEqual([]);
    for (const name of ['from', 'sender', 'resent-from']) {
      for (const found of listed(message, name)) expect(parseAddress(found)).toBe(expected);
    }
  });
});

describe('the law of the envelope, on the wire', () => {
  const piece = fc.constantFrom(
    ...[
      'a',
      'Max',
      'bob@b.com',
      'Bob@B.com',
      'dan@d.com',
      'eve@evil.com',
      '"bob@b.com"',
      '"a b"@z.com',
    ],
    ...['<bob@b.com>', '<eve@evil.com>', '<', '>', '"', '(', ')', ',', ', ', ';', ':', ' ', '\\'],
    ...['@', '.', '[', ']', "'", '=?utf-8?q?', '?=', '=40', '=2C', '=?utf-8?q?x=3Cb@c.com=3E?='],
    ...[
      'Team:',
      '\r\n ',
      '\t',
      'bob.@b.com',
      '[192.0.2.1]',
      '<@r:dan@d.com>',
      'ü',
      'ü@ü.de',
      '\u00a0',
    ],
  );
  const value = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  const fields = fc.array(
    fc.tuple(
      fc.constantFrom('To', 'To', 'Cc', 'to ', 'Bcc', 'Resent-To', 'Resent-Cc', 'Resent-Bcc'),
      value,
    ),
    { maxLength: 4 },
  );
  const envelopes = fc.uniqueArray(
    fc.constantFrom('bob@b.com', 'dan@d.com', 'frank@f.com', 'bob.@b.com', '"a b"@z.com', 'ü@ü.de'),
    { minLength: 1 },
  );

  test('its recipients get the message, and nobody else does', () => {
    fc.assert(
      fc.property(fields, envelopes, (lists, envelope) => {
        const header = lists.map(([name, text]) => `${name}: ${text}`).join('\r\n');
        const forwardPaths = envelope.map(address);
        const message = leave(`From: app@d.com\r\n${header}`.trimEnd(), { forwardPaths });
        expect(keys(message?.recipients ?? [])).toEqual(keys(forwardPaths));
        expect(message?.invalidRecipients).toEqual([]);
        const resent = ['resent-to', 'resent-cc'].flatMap((name) => listed(message, name));
        expect(keys(forwardPaths)).toEqual(expect.arrayContaining([...keys(resent)]));
        expect(listed(message, 'resent-bcc')).toEqual([]);
      }),
      { numRuns: 3_000 },
    );
  });

  test('nobody is a sender whom the client may not send as', () => {
    const names = fc.constantFrom(
      'From',
      'From',
      'Sender',
      'Reply-To',
      'Resent-From',
      'Resent-Sender',
    );
    const client = { name: 'app', senders: [pattern('bob@b.com'), pattern('*@z.com')] };
    const bob = ['From', 'bob@b.com'] as const;
    fc.assert(
      fc.property(fc.array(fc.tuple(names, value), { maxLength: 4 }), (lists) => {
        const named = lists.some(([name]) => name === 'From') ? lists : [bob, ...lists];
        const header = named.map(([name, text]) => `${name}: ${text}`).join('\r\n');
        const source = { header: readHeader(bytes(`${header}\r\n\r\n`)), fromWasMissing: false };
        fc.pre(checkOriginators(client, source, never) === undefined);
        const message = leave(header, { forwardPaths: [address('bob@b.com')] });
        for (const name of ['from', 'sender', 'resent-from', 'resent-sender']) {
          for (const found of listed(message, name)) {
            expect(found.toLowerCase()).toMatch(/^bob@b\.com$|@z\.com$/);
          }
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
