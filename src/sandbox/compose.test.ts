import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../core/address.ts';
import { composeMime } from './compose.ts';
import { breachesOf } from './contract.ts';
import { Identifiers } from './identifiers.ts';
import { readJsonMessage, type FileAttachment } from './json-message.ts';
import { readComposed, readMimeMessage, valueOf, type MimeMessage } from './mime-message.ts';
import { decodeWords } from './encoded-word.ts';
import { readContent } from './readable.ts';

const identifiers = new Identifiers((size) => new Uint8Array(size).fill(1));
const mailbox = parseAddress('ann@contoso.com');

function compose(json: object, attachments: readonly FileAttachment[] = []): MimeMessage {
  if (mailbox === undefined) throw new Error('The address of the mailbox is none');
  const message = readJsonMessage(json, '');
  const composed = readComposed(
    composeMime(message, { mailbox, attachments, now: 0, identifiers }),
  );
  if (composed === undefined) throw new Error('The message cannot be read');
  return composed;
}

function file(name: string, facts: Partial<FileAttachment> = {}): FileAttachment {
  const content = Buffer.from(name);
  return {
    name,
    isInline: false,
    contentType: 'image/png',
    contentId: undefined,
    content,
    ...facts,
  };
}

const text = fc
  .string({ unit: 'grapheme', maxLength: 80 })
  .map((letters) => letters.replace(/[\p{Cc}\p{Cs}\p{Zs}\p{Zl}\p{Zp}]/gu, ''));

describe('composeMime()', () => {
  test('carries subject, names and text of any letters', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, text, async (subject, name, content) => {
        const toRecipients = [{ emailAddress: { address: 'bob@example.com', name } }];
        const message = compose({ subject, toRecipients, body: { content } });
        expect(decodeWords(valueOf(message.fields, 'subject'))).toBe(subject);
        expect(message).toMatchObject({ to: ['bob@example.com'], invalidRecipients: [] });
        expect((await readContent(message.raw())).text.trim()).toBe(content.trim());
      }),
      { numRuns: 50 },
    );
  });

  test('puts inline files beside the body, and the others after both', async () => {
    const body = { contentType: 'html', content: '<img src="cid:a">' };
    const raw = compose({ body }, [file('a', { isInline: true, contentId: 'a' }), file('b')]).raw();
    expect(raw.toString()).toMatch(
      /multipart\/mixed.*multipart\/related.*text\/html.*Content-ID: <a>.*filename\*=utf-8''b/s,
    );
    expect((await readContent(raw)).attachments.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('makes header fields of the properties that stand for them, but not of recipients', () => {
    const internetHeader = 'String {00020386-0000-0000-c000-000000000046} Name';
    const singleValueExtendedProperties = [
      { id: `${internetHeader} In-Reply-To`, value: '<0@x>' },
      { id: `${internetHeader} Bcc`, value: 'c@x.com' },
      { id: 'String {8ECCC264-6880-4EBE-992F-8888D2EEAA1D} Name Cc', value: 'c@x.com' },
    ];
    const message = compose({ singleValueExtendedProperties });
    expect(valueOf(message.fields, 'in-reply-to')).toBe('<0@x>');
    expect(message.recipients).toEqual([]);
  });

  test('carries a file of no bytes', async () => {
    const type = '#microsoft.graph.fileAttachment';
    const attachments = [{ '@odata.type': type, name: 'empty', contentBytes: '' }];
    const read = readJsonMessage({ attachments }, '').attachments;
    expect((await readContent(compose({}, read).raw())).attachments).toMatchObject([
      { sizeBytes: 0 },
    ]);
  });

  test('says its size, and who it is from and for, before its parts are encoded', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 300_000 }), { maxLength: 3 }), (sizes) => {
        const files = sizes.map((size) => file(`${size}.png`, { content: Buffer.alloc(size, 7) }));
        const message = compose({ body: { content: 'a' } }, files);
        const raw = message.raw();
        expect(message.sizeBytes).toBe(raw.length);
        expect(readMimeMessage(raw)?.fields).toEqual(message.fields);
      }),
      { numRuns: 30 },
    );
  });

  test('is looked through for what its parts disclose', () => {
    const leak = file('a.png', { contentType: 'image/png\r\nBcc: c@example.com' });
    expect(breachesOf(compose({}, [leak]))).toEqual([expect.stringContaining('Bcc')]);
  });

  test('breaks no rule of the gateway', () => {
    const raw = compose({ body: { content: 'a\nb\rc' } }).raw();
    const message = readMimeMessage(raw);
    expect(message && breachesOf(message)).toEqual([]);
  });

  test('is from the mailbox, dated now, and has an id, unless the message says otherwise', () => {
    const fields = compose({}).fields;
    expect(valueOf(fields, 'from')).toBe('<ann@contoso.com>');
    expect(valueOf(fields, 'date')).toBe('Thu, 01 Jan 1970 00:00:00 +0000');
    expect(valueOf(fields, 'message-id')).toMatch(/^<.+>$/);
  });

  test('leaves an address that is none for Exchange to refuse', () => {
    const toRecipients = [{ emailAddress: { address: 'a@x.com, b@x.com' } }];
    expect(compose({ toRecipients })).toMatchObject({
      to: [],
      invalidRecipients: [expect.any(String)],
    });
  });
});
