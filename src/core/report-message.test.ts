import fc from 'fast-check';
import { simpleParser, type ParsedMail } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { address } from '../../test/support/addresses.ts';
import { mime } from '../mime/mime.ts';
import { delivered, failed, type Reason } from './outcome.ts';
import { composeReport, type ReportAddressing } from './report-message.ts';
import type { Report } from './report.ts';

const addressing: ReportAddressing = {
  from: address('postmaster@contoso.com'),
  to: address('app@contoso.com'),
  messageId: '<r1@relay.example.com>',
  now: Date.UTC(2026, 10, 22, 12, 0, 0),
  boundary: 'boundary0',
};

const header = 'Received: from x\r\nX-Order: 4711\r\nSubject: Your order\r\n\r\n';

const report: Report = {
  reportingMta: 'relay.example.com',
  smtpUtf8: false,
  receivedAt: Date.UTC(2026, 10, 22, 10, 0, 0),
  recipients: [{ forwardPath: address('ann@example.com') }],
  end: failed('5.6.0', {
    reason: 'content',
    diagnostic: 'Connection "secret-name" got an answer: change the setting',
    remote: { code: 'ErrorMimeContentInvalid', httpStatus: 400, requestId: 'abc-1' },
  }),
  endedAt: Date.UTC(2026, 10, 22, 11, 0, 0),
  original: {
    messageId: '<m1@app.contoso.com>',
    subject: 'Your order',
    returned: { kind: 'header', bytes: Buffer.from(header) },
  },
};

interface ReadReport extends ParsedMail {
  readonly raw: string;
  /** The blocks of the status part, each as a list of lines. */
  readonly blocks: readonly (readonly string[])[];
  readonly parts: readonly { readonly type: string; readonly text: string }[];
}

async function read(changes: Partial<Report> = {}): Promise<ReadReport> {
  const { edits, body } = composeReport({ ...report, ...changes }, addressing);
  const whole = Buffer.concat([mime.editHeader(Buffer.from('\r\n'), edits), body]);
  const parsed = await simpleParser(whole, { keepDeliveryStatus: true });
  const parts = parsed.attachments.map(({ contentType, content }) => ({
    type: contentType,
    text: content.toString('utf8'),
  }));
  const status = parts.find(({ type }) => type.endsWith('delivery-status'))?.text ?? '';
  const blocks = status.trimEnd().split('\r\n\r\n');
  return {
    ...parsed,
    raw: whole.toString('utf8'),
    parts,
    blocks: blocks.map((block) => block.split('\r\n')),
  };
}

describe('composeReport()', () => {
  test('makes a report by RFC 6522, to the reverse-path alone, that no program answers', async () => {
    const mail = await read();
    expect(mail.raw).toMatch(
      /^Content-Type: multipart\/report; report-type=delivery-status;\s+boundary="boundary0"\r\n/m,
    );
    expect(mail.headers.get('auto-submitted')).toBe('auto-replied');
    expect(mail.headers.get('x-auto-response-suppress')).toBe('All');
    expect(mail.from?.value.map((one) => one.address)).toEqual(['postmaster@contoso.com']);
    expect([mail.to].flat().map((one) => one?.text)).toEqual(['app@contoso.com']);
    expect([mail.cc, mail.bcc, mail.replyTo]).toEqual([undefined, undefined, undefined]);
    expect(mail.subject).toBe('Not delivered: Your order');
    expect(mail.date).toEqual(new Date(addressing.now));
    expect(mail.messageId).toBe('<r1@relay.example.com>');
    expect(mail.inReplyTo).toBe('<m1@app.contoso.com>');
    expect(mail.references).toBe('<m1@app.contoso.com>');
    expect(mail.parts.map(({ type }) => type)).toEqual([
      'message/delivery-status',
      'text/rfc822-headers',
    ]);
  });

  test('says in one block what holds for the message, and in one more for each recipient', async () => {
    const { blocks } = await read({
      envid: 'order 4711',
      recipients: [
        { forwardPath: address('ann@example.com'), orcpt: 'rfc822;ann@list.example.net' },
        { forwardPath: address('bob@example.com') },
      ],
      remoteMta: 'graph.microsoft.com',
    });
    const shared = [
      'Action: failed',
      'Status: 5.6.0',
      'Remote-MTA: dns; graph.microsoft.com',
      'Diagnostic-Code: X-Microsoft; HTTP 400 ErrorMimeContentInvalid (request-id abc-1)',
      'Last-Attempt-Date: Sun, 22 Nov 2026 11:00:00 +0000',
    ];
    expect(blocks).toEqual([
      [
        'Original-Envelope-Id: order 4711',
        'Reporting-MTA: dns; relay.example.com',
        'Arrival-Date: Sun, 22 Nov 2026 10:00:00 +0000',
      ],
      [
        'Original-Recipient: rfc822; ann@list.example.net',
        'Final-Recipient: rfc822; ann@example.com',
        ...shared,
      ],
      ['Final-Recipient: rfc822; bob@example.com', ...shared],
    ]);
  });

  test('tells people, for each recipient, what happened and what to do', async () => {
    const { text = '' } = await read({
      recipients: [
        { forwardPath: address('ann@example.com') },
        { forwardPath: address('bob@example.com') },
      ],
    });
    const paragraphs = text.trim().split('\n\n');
    expect(paragraphs.map((paragraph) => paragraph.replaceAll('\n', ' '))).toEqual([
      'This is the mail gateway at relay.example.com.',
      'Your message "Your order" of Sun, 22 Nov 2026 10:00:00 +0000 was not delivered:',
      'ann@example.com: The next mail system refused its content. Change the content, above all unusual attachments or formats, and send it again. (5.6.0)',
      'bob@example.com: The next mail system refused its content. Change the content, above all unusual attachments or formats, and send it again. (5.6.0)',
    ]);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(76);
  });

  test('says nothing that was written for the operator', async () => {
    const { raw } = await read();
    expect(raw).not.toContain('secret-name');
    expect(raw).not.toContain('change the setting');
  });

  test.each<[Reason, string, string]>([
    ['tooLarge', 'It is too large.', 'X-Graphpost; It is too large.'],
    ['expired', 'before its time was over.', 'before its time was over.'],
    ['rule', 'A rule of this mail system forbids it.', 'forbids it.'],
  ])('of a failure with reason %s that is its own, gives its own sentence', async (...row) => {
    const [reason, sentence, diagnostic] = row;
    const end = failed('5.0.0', { reason, diagnostic: 'Connection "secret-name" is set so' });
    const { text, blocks, raw } = await read({ end, remoteMta: 'graph.microsoft.com' });
    expect(text?.replaceAll('\n', ' ')).toContain(sentence);
    expect(blocks[1]?.find((line) => line.startsWith('Diagnostic-Code: '))).toContain(diagnostic);
    expect(raw).not.toContain('secret-name');
    expect(raw).not.toContain('Remote-MTA');
  });

  test('gives the reply of a smart host as such', async () => {
    const detail = { reason: 'recipients', diagnostic: 'x', remote: { code: '550' } } as const;
    const { blocks } = await read({
      end: failed('5.1.1', detail),
      remoteMta: 'smtp.example.net',
    });
    expect(blocks[1]).toContain('Remote-MTA: dns; smtp.example.net');
    expect(blocks[1]).toContain('Diagnostic-Code: smtp; 550 5.1.1');
  });

  test('prefers the sentence that was made for the client', async () => {
    const reply = 'Message is too large: 5 bytes, at most 4 can be sent';
    const end = failed('5.3.4', { reason: 'tooLarge', diagnostic: 'x', reply });
    const { text, blocks } = await read({ end });
    expect(text?.replaceAll('\n', ' ')).toContain(`${reply}. Send it with fewer`);
    expect(blocks[1]).toContain(`Diagnostic-Code: X-Graphpost; ${reply}.`);
  });

  test('of a delivery, says relayed, and promises no more', async () => {
    const { subject, text, blocks } = await read({
      end: delivered('2.0.0', { httpStatus: 202 }),
      remoteMta: 'graph.microsoft.com',
    });
    expect(subject).toBe('Sent on: Your order');
    expect(text).toContain('handed on to the next mail system');
    expect(blocks[1]).toEqual([
      'Final-Recipient: rfc822; ann@example.com',
      'Action: relayed',
      'Status: 2.0.0',
      'Remote-MTA: dns; graph.microsoft.com',
      'Last-Attempt-Date: Sun, 22 Nov 2026 11:00:00 +0000',
    ]);
  });

  test('returns the header as it is, or the whole message, or nothing', async () => {
    const message = Buffer.from(`${header}--boundary1\r\nBody of the message`);
    const ofHeader = await read();
    expect(ofHeader.parts.at(-1)).toEqual({ type: 'text/rfc822-headers', text: header });
    const original = { ...report.original, returned: { kind: 'message', bytes: message } as const };
    const whole = await read({ original });
    expect(whole.raw).toContain(
      `Content-Type: message/rfc822\r\nContent-Description: Your message\r\nContent-Transfer-Encoding: 7bit\r\n\r\n${message.toString()}\r\n--boundary0--\r\n`,
    );
    const none = await read({ original: { messageId: '<m1@x>', subject: '' } });
    expect(none.parts.map(({ type }) => type)).toEqual(['message/delivery-status']);
    expect(none.subject).toBe('Not delivered');
  });

  test.each([
    ['that is international', { smtpUtf8: true }],
    [
      'of an address that is not ASCII',
      { recipients: [{ forwardPath: address('jürgen@example.com') }] },
    ],
    [
      'of an original recipient that is not ASCII',
      {
        recipients: [
          { forwardPath: address('ann@example.com'), orcpt: 'utf-8;jürgen@example.com' },
        ],
      },
    ],
  ])('uses the global forms of RFC 6533 for a message %s', async (_, changes) => {
    const { parts, raw } = await read(changes);
    expect(parts.map(({ type }) => type)).toEqual([
      'message/global-delivery-status',
      'message/global-headers',
    ]);
    expect(raw).toContain('report-type=delivery-status');
  });

  test('writes an address that is not ASCII as it is, and says that the part has eight bits', async () => {
    const { blocks, raw } = await read({
      recipients: [{ forwardPath: address('jürgen@example.com') }],
    });
    expect(blocks[1]?.[0]).toBe('Final-Recipient: utf-8; jürgen@example.com');
    expect(raw).toContain(
      'Content-Type: message/global-delivery-status\r\nContent-Description: Delivery report\r\nContent-Transfer-Encoding: 8bit\r\n',
    );
    expect(raw.slice(0, raw.indexOf('\r\n\r\n'))).toContain('Content-Transfer-Encoding: 8bit');
  });

  test('lets no value from outside end its field, its block or its part', async () => {
    const anything = fc
      .array(
        fc.constantFrom('a', ';', ':', ' ', '\r\n', '\n', '\r\n\r\n', '\u2028', 'é', '--boundary0'),
        { maxLength: 8 },
      )
      .map((letters) => letters.join(''));
    await fc.assert(
      fc.asyncProperty(anything, anything, anything, async (envid, orcpt, subject) => {
        const { blocks, parts } = await read({
          envid,
          recipients: [{ forwardPath: address('ann@example.com'), orcpt }],
          original: { ...report.original, subject },
        });
        expect(blocks.map((block) => block.length)).toEqual([3, 6]);
        for (const line of blocks.flat()) expect(line).toMatch(/^[A-Z][A-Za-z-]+:( .*)?$/);
        expect(parts).toHaveLength(2);
      }),
      { numRuns: 50 },
    );
  });
});
