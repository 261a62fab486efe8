// A message goes from an SMTP client to the recipients of its envelope, unharmed.
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function lastSent(gateway: TestGateway, subject: string) {
  for (let count = 1; ; count++) {
    const found = (await gateway.sent(count)).find((message) => message.subject === subject);
    if (found) return found;
  }
}

describe('a message by nodemailer', () => {
  test('arrives with its text, its HTML and an attachment of 2 MB, byte for byte', async () => {
    const attachment = randomBytes(2_000_000);
    await gateway.send({
      from: 'Shop <shop@contoso.com>',
      to: 'Ann Example <ann@example.com>',
      subject: 'Report größer',
      text: 'Straße\n',
      html: '<p>Straße</p>',
      attachments: [{ filename: 'bericht größe.bin', content: attachment }],
    });
    const sent = await lastSent(gateway, 'Report größer');
    expect(sent.sendAs).toBe('shop@contoso.com');
    expect(sent.text.trim()).toBe('Straße');
    expect(sent.html).toContain('<p>Straße</p>');
    expect(sent.attachments).toEqual([
      {
        name: 'bericht größe.bin',
        contentType: 'application/octet-stream',
        sizeBytes: 2_000_000,
        sha256: sha256(attachment),
      },
    ]);
  });

  test('goes to the envelope alone: hidden recipients are Bcc, header addresses outside it get nothing', async () => {
    await gateway.send({
      from: 'shop@contoso.com',
      to: 'ann@example.com, outside@example.com',
      cc: 'carl@example.com',
      subject: 'Envelope',
      text: 'x',
      envelope: {
        from: 'shop@contoso.com',
        to: ['ann@example.com', 'carl@example.com', 'hidden@example.com'],
      },
    });
    const sent = await lastSent(gateway, 'Envelope');
    expect([...sent.recipients].sort()).toEqual([
      'ann@example.com',
      'carl@example.com',
      'hidden@example.com',
    ]);
    expect(sent.to).toEqual(['ann@example.com']);
    expect(sent.cc).toEqual(['carl@example.com']);
    expect(sent.bcc).toEqual(['hidden@example.com']);
    const header = Buffer.from(sent.raw).toString('latin1');
    expect(header).toContain('X-Graphpost-To: outside@example.com');
  });

  test('keeps its Message-ID, and gets one, a Date and Received where they are missing', async () => {
    await gateway.send({
      from: 'shop@contoso.com',
      to: 'ann@example.com',
      subject: 'Kept',
      messageId: '<kept@app.example>',
      text: 'x',
    });
    const kept = Buffer.from((await lastSent(gateway, 'Kept')).raw).toString('latin1');
    expect(kept).toContain('Message-ID: <kept@app.example>');
    expect(kept).toMatch(/^Received: from \S+ .*\r\n\tby relay\.example\.com with ESMTP/m);
  });

  test('is counted and shown', async () => {
    await gateway.send({
      from: 'shop@contoso.com',
      to: 'ann@example.com',
      subject: 'Seen',
      text: 'x',
    });
    await lastSent(gateway, 'Seen');
    const metrics = await (await fetch(`${gateway.telemetryUrl}/metrics`)).text();
    expect(metrics).toMatch(
      /graphpost_messages_received_total\{listener="apps",client="local"\} [1-9]/,
    );
    const page = await (await fetch(`${gateway.adminUrl}/`)).text();
    expect(page).toContain('Seen');
    expect(gateway.log.map((line) => line['event'])).toContain('message.accepted');
  });

  test('was sent by the rules of Graph', () => {
    expect(gateway.sandbox.violations).toEqual([]);
  });
});
