// What the plan says of the size in JSON, held against the JSON that is sent.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentOf } from '../../test/support/content.ts';
import { submissionOf } from '../../test/support/graph-sandbox.ts';
import { jsonLength, textLength } from '../core/json-length.ts';
import { messageParts } from '../mime/part-port.ts';
import type { GraphHttp } from './http.ts';
import { toJsonMessage } from './json-message.ts';
import { readBodyText, sendJson } from './send-json.ts';

const { signal } = new AbortController();

/** Bytes of the JSON that goes out for the message, with its files and without. */
async function lengthsOf(message: Uint8Array) {
  const content = contentOf(message, 1_000);
  const submission = submissionOf(content, { saveToSentItems: false });
  const outline = await messageParts.readOutline(content);
  const sent: number[] = [];
  const http: GraphHttp = {
    async request({ body }) {
      sent.push(body?.contentLength ?? 0);
      const given = { givenBytes: 0, contentLength: 0 };
      return { kind: 'answer', status: 202, headers: {}, text: '', json: undefined, ...given };
    },
    async upload() {
      throw new Error('Nothing is uploaded');
    },
  };
  const options = { outline, parts: messageParts, http, requestLimitBytes: Infinity, signal };
  await sendJson(submission, options);
  const text = await readBodyText(submission, options);
  const draft = [true, false].map((headersByName) =>
    Buffer.byteLength(JSON.stringify(toJsonMessage(outline, { submission, text, headersByName }))),
  );
  const planned = { outline, sizeBytes: content.sizeBytes };
  return {
    sent: Math.max(...sent),
    draft: Math.max(...draft),
    plannedSent: jsonLength(planned),
    plannedDraft: textLength(planned),
    jsonBytes: outline.body?.jsonBytes ?? 0,
    text,
  };
}

/** What grows most in JSON, among what does not. */
const harsh = fc.string({
  unit: fc.constantFrom('\r\n', '\n', '"', '\\', '\x01', '\x1b', '\x7f', 'é', '漢', '😀', 'a', ' '),
  maxLength: 400,
});
const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));
const charset = fc.constantFrom(
  '',
  'us-ascii',
  'utf-8',
  'iso-8859-1',
  'windows-1252',
  'koi8-r',
  'shift_jis',
  'iso-2022-jp',
  'big5',
  'gb18030',
  'euc-kr',
  'utf-16le',
  'utf-16be',
  'utf-7',
  'nobody-knows',
);
const word = fc.string({
  unit: fc.constantFrom('"', '\\', 'é', '漢', '😀', 'a', '\t'),
  maxLength: 30,
});

const message = fc
  .record({
    body: fc.oneof(
      bytes,
      harsh.map((text) => Buffer.from(text)),
    ),
    charset,
    subtype: fc.constantFrom('plain', 'html'),
    subject: word,
    to: fc.array(word, { maxLength: 40 }),
    extra: fc.array(word, { maxLength: 12 }),
    references: word,
    fileNames: fc.array(word, { maxLength: 5 }),
  })
  .map(({ body, charset, subtype, ...rest }) => {
    const header = [
      'From: Ann <ann@contoso.com>',
      `To: ${rest.to.map((name) => `${encoded(name)} <b@ü.de>`).join(', ')}`,
      `Subject: ${encoded(rest.subject)}`,
      `References: <${encoded(rest.references)}@x>`,
      ...rest.extra.map((value, at) => `X-${at % 7}: ${encoded(value)}`),
      'Content-Type: multipart/mixed; boundary=b',
    ];
    const type = charset === '' ? '' : `; charset=${charset}`;
    const files = rest.fileNames.map((name) =>
      [
        '--b',
        `Content-Type: application/pdf; name="${encoded(name)}x"`,
        'Content-Transfer-Encoding: base64',
        '',
        'JVBERg==',
        '',
      ].join('\r\n'),
    );
    return Buffer.concat([
      Buffer.from(`${header.join('\r\n')}\r\n\r\n--b\r\nContent-Type: text/${subtype}${type}\r\n`),
      Buffer.from('Content-Transfer-Encoding: base64\r\n\r\n'),
      Buffer.from(`${body.toString('base64').replaceAll(/.{76}/g, '$&\r\n')}\r\n`),
      Buffer.from(`${files.join('')}--b--\r\n`),
    ]);
  });

function encoded(text: string): string {
  return text === '' ? '' : `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`;
}

describe('the size in JSON', () => {
  test('is never larger than the plan says', async () => {
    await fc.assert(
      fc.asyncProperty(message, async (raw) => {
        const { sent, draft, plannedSent, plannedDraft } = await lengthsOf(raw);
        expect(sent).toBeLessThanOrEqual(plannedSent);
        expect(draft).toBeLessThanOrEqual(plannedDraft);
      }),
      { numRuns: 300 },
    );
  });

  test('of the text is told exactly', async () => {
    await fc.assert(
      fc.asyncProperty(message, async (raw) => {
        const { text, jsonBytes } = await lengthsOf(raw);
        expect(jsonBytes).toBe(Buffer.byteLength(JSON.stringify(text)) - 2);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['line breaks', '\r\n', 4],
    ['quotes', '"', 2],
    ['control characters', '\x01', 6],
    ['letters of three bytes', '漢', 3],
  ])('of many %s is known', async (_what, unit, grown) => {
    const text = unit.repeat(10_000);
    const header = 'Content-Type: text/plain; charset=utf-8\r\n\r\n';
    const { jsonBytes, plannedDraft } = await lengthsOf(
      Buffer.from(`Subject: x\r\n${header}${text}`),
    );
    expect(jsonBytes).toBe(10_000 * grown);
    expect(plannedDraft).toBeLessThan(10_000 * grown + 8_000);
  });
});
