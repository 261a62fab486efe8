import fc from 'fast-check';
import MailComposer from 'nodemailer/lib/mail-composer';
import { describe, expect, test } from 'vitest';
import { bytesOf, contentOf, lines } from '../../test/support/content.ts';
import { readOutline } from './outline.ts';
import { readPart } from './part-content.ts';
import { readText } from './part-text.ts';

const text = lines('Content-Type: text/plain; charset=utf-8', '', 'plain');
const html = lines('Content-Type: text/html; charset=utf-8', '', '<p>html</p>');
const pdf = lines(
  'Content-Type: application/pdf; name="=?utf-8?Q?=C3=A9.pdf?="',
  "Content-Disposition: attachment; filename*=utf-8''%C3%A9%20.pdf",
  'Content-Transfer-Encoding: base64',
  '',
  'QUJD',
  'RA==',
);
const image = lines(
  'Content-Type: image/png',
  'Content-ID: <logo@app>',
  'Content-Disposition: inline; filename=logo.png',
  'Content-Transfer-Encoding: base64',
  '',
  'QQ==',
);

let boundaries = 0;

/** An entity; its parts follow as they are. */
function multipart(type: string, ...parts: readonly string[]): string {
  boundaries += 1;
  const boundary = `b${boundaries}`;
  const body = parts.map((part) => `--${boundary}\r\n${part}`).join('');
  return `${lines(`Content-Type: multipart/${type}; boundary=${boundary}`, '')}${body}--${boundary}--\r\n`;
}

function message(entity: string): string {
  return lines('From: a@contoso.com', 'Subject: hi', 'MIME-Version: 1.0') + entity;
}

async function outline(entity: string, pieceBytes?: number) {
  return await readOutline(contentOf(message(entity), pieceBytes));
}

async function decoded(entity: string) {
  const content = contentOf(message(entity), 7);
  const { parts } = await readOutline(content);
  return await Promise.all(
    parts.map(async (part) => (await bytesOf(readPart(content, part).read())).toString('latin1')),
  );
}

describe('readOutline()', () => {
  test('reads the header of the message, and the parts with names, types and sizes', async () => {
    const { header, integrity, parts } = await outline(multipart('mixed', text, pdf));
    expect(header.subject).toBe('hi');
    expect(integrity).toBe('free');
    expect(parts).toMatchObject([
      { contentType: 'text/plain', charset: 'utf-8', encoding: 'identity', name: '' },
      { contentType: 'application/pdf', encoding: 'base64', name: 'é .pdf', decodedBytes: 4 },
    ]);
  });

  test.each([1, 2, 3, 7, 64, 65_536])(
    'finds the same parts in pieces of %i bytes',
    async (size) => {
      const entity = multipart('mixed', multipart('alternative', text, html), image, pdf);
      expect((await outline(entity, size)).parts).toEqual((await outline(entity)).parts);
      expect(await decoded(entity)).toEqual(['plain', '<p>html</p>', 'A', 'ABCD']);
    },
  );

  test('has the whole body of a message without parts', async () => {
    expect(await decoded(text)).toEqual(['plain\r\n']);
    expect(await decoded(lines(''))).toEqual(['']);
  });

  test('leaves a message within the message whole', async () => {
    const inner = `Content-Type: message/rfc822\r\n\r\n${message(multipart('mixed', text, pdf))}`;
    const { parts, integrity } = await outline(multipart('mixed', text, inner));
    expect(parts).toMatchObject([{}, { contentType: 'message/rfc822' }]);
    expect(integrity).toBe('free');
  });

  test.each([
    ['plain text', text, 'text/plain', []],
    ['HTML', html, 'text/html', []],
    ['HTML with a file', multipart('mixed', html, pdf), 'text/html', ['application/pdf']],
    [
      'HTML with a picture and a file',
      multipart('mixed', multipart('related', html, image), pdf),
      'text/html',
      ['image/png', 'application/pdf'],
    ],
  ])('takes %s whole for JSON', async (_what, entity, bodyType, fileTypes) => {
    const { body, files, losses } = await outline(entity);
    expect(body?.contentType).toBe(bodyType);
    expect(files.map(({ contentType }) => contentType)).toEqual(fileTypes);
    expect(losses).toEqual([]);
  });

  const attachedText = text.replace('utf-8', 'utf-8; name=a.txt');
  const enclosed = `Content-Type: message/rfc822\r\n\r\n${message(text)}`;
  const csv = lines('Content-Type: text/csv', '', 'a,b');
  const located = image.replace('Content-ID: <logo@app>', 'Content-Location: logo.png');

  test.each([
    [
      'the plain alternative',
      multipart('alternative', text, html),
      'text/html',
      [],
      ['the text/plain beside the body'],
    ],
    [
      'the plain alternative beside HTML with a picture',
      multipart('alternative', text, multipart('related', html, image)),
      'text/html',
      ['image/png'],
      ['the text/plain beside the body'],
    ],
    [
      'no file of an alternative',
      multipart('alternative', multipart('mixed', text, pdf, attachedText), html),
      'text/html',
      ['application/pdf', 'text/plain'],
      ['the text/plain beside the body'],
    ],
    [
      'the place of a second text',
      multipart('mixed', text, pdf, html),
      'text/plain',
      ['application/pdf', 'text/html'],
      ['the place of a second text'],
    ],
    [
      'where a message stood',
      multipart('mixed', text, enclosed),
      'text/plain',
      ['message/rfc822'],
      ['the place of a whole message'],
    ],
    [
      'a file without content',
      multipart('mixed', text, pdf.replace('QUJD\r\nRA==\r\n', '')),
      'text/plain',
      [],
      ['an empty file'],
    ],
    ['that it is no text', pdf, undefined, ['application/pdf'], ['the lack of a text']],
    [
      'a structure that it does not know',
      multipart('report', text, pdf),
      'text/plain',
      ['application/pdf'],
      ['the structure multipart/report'],
    ],
    [
      'the flow of lines',
      text.replace('utf-8', 'utf-8; format=flowed'),
      'text/plain',
      [],
      ['the flow of its lines (format=flowed)'],
    ],
    [
      'an unknown charset',
      text.replace('utf-8', 'x-own').replace('plain\r', 'pl\xe9in\r'),
      'text/plain',
      [],
      ['the charset "x-own"'],
    ],
    [
      'a Content-Location',
      multipart('related', html, located),
      'text/html',
      ['image/png'],
      ['the Content-Location of a part'],
    ],
    [
      'no text of an alternative that the body does not stand for',
      multipart('alternative', multipart('mixed', text, csv), html),
      'text/html',
      ['text/csv'],
      ['the text/plain beside the body'],
    ],
    [
      'the form of a text that few know',
      multipart('alternative', text, csv.replace('csv', 'x-amp-html'), html),
      'text/html',
      [],
      ['the text/plain beside the body', 'the text/x-amp-html beside the body'],
    ],
    [
      'no text beside HTML without any',
      multipart('alternative', text, html.replace('<p>html</p>\r\n', '')),
      'text/plain',
      [],
      ['an empty part'],
    ],
    [
      'that the messages of a digest stood together',
      multipart('mixed', text, multipart('digest', `\r\n${message(text)}`, enclosed)),
      'text/plain',
      ['message/rfc822', 'message/rfc822'],
      ['the structure multipart/digest', 'the place of a whole message'],
    ],
  ])('knows that JSON would lose %s', async (_what, entity, bodyType, fileTypes, losses) => {
    const found = await outline(entity);
    expect(found.body?.contentType).toBe(bodyType);
    expect(found.files.map(({ contentType }) => contentType)).toEqual(fileTypes);
    expect(found.losses).toEqual(losses);
  });

  test.each([
    [
      'a preamble',
      (entity: string) =>
        entity.replace('\r\n\r\n', '\r\n\r\nThis is a multi-part message -- in MIME.\r\n'),
    ],
    ['an epilogue', (entity: string) => `${entity}The-end --.\r\n`],
  ])('passes over %s', async (_what, addTo) => {
    const inner = addTo(multipart('related', html, image));
    const { integrity, body, files } = await outline(addTo(multipart('mixed', inner, pdf)), 5);
    expect(integrity).toBe('free');
    expect(body?.decodedBytes).toBe('<p>html</p>'.length);
    expect(files.map(({ decodedBytes }) => decodedBytes)).toEqual([1, 4]);
  });

  test('takes a part for inline where HTML can show it', async () => {
    const attached = image.replace('inline', 'attachment');
    const { files } = await outline(multipart('related', html, image, attached));
    expect(files).toMatchObject([
      { contentId: 'logo@app', isInline: true },
      { contentId: 'logo@app', isInline: false },
    ]);
    expect((await outline(multipart('mixed', text, image))).files).toMatchObject([
      { isInline: false },
    ]);
  });
});

describe('readOutline() tells what must not be taken apart', () => {
  test.each([
    ['x-own', 'pl\xe9in', 'unreadable'],
    ['x-own', '\x1b$B', 'unreadable'],
    ['utf-7', 'pl+AOk-in', 'unreadable'],
    ['hz-gb-2312', '~{<:Ky2;', 'unreadable'],
    ['x-own', 'plain', 'free'],
    ['utf-7', 'plain', 'free'],
    ['windows-1252', 'pl\xe9in', 'free'],
    ['utf-8', 'pl\xe9in', 'free'],
  ])('of a text in %s: %j is %s', async (charset, letters, integrity) => {
    const entity = text.replace('utf-8', charset).replace('plain\r', `${letters}\r`);
    expect((await outline(entity)).integrity).toBe(integrity);
  });

  const pkcs7 = (type: string) => lines(`Content-Type: application/${type}`, '', 'MIAG');
  const calendar = (rest: string) => lines(`Content-Type: text/calendar${rest}`, '', 'BEGIN');
  const attached = lines('Content-Type: text/calendar', 'Content-Disposition: attachment', '', 'B');

  test.each([
    ['signed', multipart('signed; protocol="application/pgp-signature"', text, pdf)],
    ['signed', multipart('mixed', multipart('signed', text, pdf), text)],
    ['signed', pkcs7('pkcs7-mime; smime-type=signed-data')],
    ['encrypted', pkcs7('pkcs7-mime; smime-type=enveloped-data')],
    ['encrypted', pkcs7('x-pkcs7-mime; name=smime.p7m')],
    ['encrypted', multipart('encrypted', text, pdf)],
    ['encrypted', multipart('mixed', multipart('signed', text, pdf), pkcs7('pkcs7-mime'))],
    ['calendar', calendar('')],
    ['calendar', multipart('alternative', text, html, calendar('; method=REQUEST'))],
    ['calendar', multipart('mixed', text, attached.replace('calendar', 'calendar; method=REPLY'))],
    ['free', multipart('mixed', text, attached)],
    ['inseparable', lines('Content-Type: multipart/mixed', '', 'no boundary')],
    ['inseparable', multipart('mixed')],
    [
      'free',
      lines('Content-Type: multipart/mixed; boundary=b', '', '--b', '', '', '\r--b', '', 'a'),
    ],
    [
      'inseparable',
      multipart('mixed', text.replace('\r\n', '\r\nContent-Transfer-Encoding: x-uuencode\r\n')),
    ],
    [
      'inseparable',
      multipart('mixed', text).replace('\r\n', '\r\nContent-Transfer-Encoding: base64\r\n'),
    ],
    [
      'inseparable',
      lines('Content-Type: text/plain; boundary=x', '', 'a', '--x', '', 'b', '--x--'),
    ],
    ['inseparable', lines('Content-Type: text/plain; boundary=x', '', 'a', '--x--', 'b')],
  ])('%s', async (integrity, entity) => {
    expect((await outline(entity)).integrity).toBe(integrity);
  });

  test('more parts than 1,000', async () => {
    const many = (count: number) =>
      outline(multipart('mixed', ...Array.from({ length: count }, () => '\r\n')));
    expect((await many(1_001)).integrity).toBe('inseparable');
    expect((await many(900)).parts).toHaveLength(900);
  });

  test('parts that are nested deeper than 50', async () => {
    const nested = (depth: number): string =>
      depth === 1 ? text : multipart('mixed', nested(depth - 1));
    expect((await outline(nested(50))).integrity).toBe('free');
    expect((await outline(nested(51))).integrity).toBe('inseparable');
    expect((await outline(nested(900))).integrity).toBe('inseparable');
  });

  test('is read to its end, or throws, whatever the bytes', async () => {
    const token = fc.constantFrom(
      ...['\r\n', '--b', '--', '-', 'Content-Type: multipart/mixed; boundary=b', 'a', ' ', ':'],
      ...['\r\n\r\n', '--b--\r\n', 'Content-Type: message/rfc822', '--b\r\n', '\n', '\r'],
    );
    await fc.assert(
      fc.asyncProperty(fc.array(token, { maxLength: 40 }), async (tokens) => {
        const raw = `Content-Type: multipart/mixed; boundary=b\r\n${tokens.join('')}`;
        const content = contentOf(raw, 5);
        const outline = await readOutline(content);
        expect(await readOutline(contentOf(raw))).toEqual(outline);
        for (const part of outline.parts) {
          const bytes = await bytesOf(readPart(content, part).read());
          expect(bytes.toString('latin1')).toBe(raw.slice(part.start, part.end));
        }
      }),
      { numRuns: 500 },
    );
  });
});

test('readOutline() throws what the content throws', async () => {
  const broken = {
    sizeBytes: 100,
    async *read() {
      yield Buffer.from(message(text));
      throw new Error('The row is damaged');
    },
  };
  await expect(readOutline(broken)).rejects.toThrow('The row is damaged');
});

test('readOutline() ends when its signal is aborted', async () => {
  const signal = AbortSignal.abort();
  await expect(readOutline(contentOf(message(text)), { signal })).rejects.toThrow('aborted');
});

test('readPart() throws when the content is not as it was', async () => {
  const { parts } = await outline(pdf);
  const other = contentOf(message(pdf).replace('QUJD', 'Q---'));
  const reads = parts.map((part) => bytesOf(readPart(other, part).read()));
  await expect(Promise.all(reads)).rejects.toThrow('A part of 4 bytes gave 2');
});

test('readPart() gives back the files that another program packed', async () => {
  const file = fc.record({
    filename: fc.constantFrom('a.pdf', 'Übung 1.txt', '報告.html', 'a;b".bin'),
    content: fc.uint8Array({ minLength: 1, maxLength: 3_000 }).map((bytes) => Buffer.from(bytes)),
    contentTransferEncoding: fc.constantFrom('base64' as const, 'quoted-printable' as const),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 4 }), async (attachments) => {
      const mail = new MailComposer({
        text: 'hello',
        attachments: attachments.map((one) => ({ ...one })),
      });
      const content = contentOf(await mail.compile().build(), 1_000);
      const { files } = await readOutline(content);
      expect(files.map(({ name }) => name)).toEqual(attachments.map(({ filename }) => filename));
      const read = await Promise.all(files.map((part) => bytesOf(readPart(content, part).read())));
      expect(read).toEqual(attachments.map((one) => one.content));
    }),
    { numRuns: 30 },
  );
});

describe('readText()', () => {
  async function textOf(type: string, bytes: string) {
    const content = contentOf(`Content-Type: ${type}\r\n\r\n${bytes}`);
    const { body } = await readOutline(content);
    return body && (await readText(content, body));
  }

  test.each([
    ['text/plain; charset=utf-8', '\xc3\xa9', 'é'],
    ['text/plain; charset=iso-8859-1', '\xe9', 'é'],
    ['text/plain; charset=windows-1251', '\xc9', 'Й'],
    ['text/plain; charset="Shift_JIS"', '\x93\xfa', '日'],
    ['text/plain; charset=us-ascii', '\xc3\xa9', 'é'],
    ['text/plain', '\xc3\xa9', 'é'],
    ['text/plain', '\xe9', 'é'],
    ['text/plain; charset=utf-8', '\xe9', 'é'],
    ['text/plain; charset=x-own', '\xc3\xa9', 'é'],
  ])('%s: %j is %j', async (type, bytes, expected) => {
    expect(await textOf(type, bytes)).toBe(expected);
  });
});
