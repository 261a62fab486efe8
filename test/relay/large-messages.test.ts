// What does not fit into one request to Graph goes by draft and upload session, or is refused before it is accepted.
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

describe('a message of more than one request', () => {
  test('arrives with its files, byte for byte, and hidden recipients', async () => {
    const [scan, note] = [randomBytes(12_000_000), randomBytes(1_000)];
    await gateway.send({
      from: 'shop@contoso.com',
      to: 'ann@example.com',
      bcc: 'hidden@example.com',
      subject: 'Scan',
      text: 'See the scan.',
      attachments: [
        { filename: 'scan.pdf', content: scan, contentType: 'application/pdf' },
        { filename: 'note.bin', content: note },
      ],
    });
    const [sent] = await gateway.sent(1);
    expect(sent?.subject).toBe('Scan');
    expect(sent?.text.trim()).toBe('See the scan.');
    expect([...(sent?.recipients ?? [])].sort()).toEqual(['ann@example.com', 'hidden@example.com']);
    expect(sent?.attachments.map(({ name, sha256 }) => ({ name, sha256 }))).toEqual([
      { name: 'scan.pdf', sha256: sha256(scan) },
      { name: 'note.bin', sha256: sha256(note) },
    ]);
    expect(gateway.sandbox.violations).toEqual([]);
    const metrics = await (await fetch(`${gateway.telemetryUrl}/metrics`)).text();
    expect(metrics).toContain('messages_delivered_total{connection="main",transport="draft"} 1');
  });

  test('is refused with 552 where it is signed, and may not be taken apart', async () => {
    const body = randomBytes(4_000_000).toString('base64').replace(/.{76}/g, '$&\r\n');
    const raw = [
      'From: shop@contoso.com',
      'To: ann@example.com',
      'Subject: signed',
      'MIME-Version: 1.0',
      'Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=b',
      '',
      '--b',
      'Content-Type: application/octet-stream',
      'Content-Transfer-Encoding: base64',
      '',
      body,
      '--b',
      'Content-Type: application/pkcs7-signature; name=smime.p7s',
      'Content-Transfer-Encoding: base64',
      '',
      'AAAA',
      '--b--',
      '',
    ].join('\r\n');
    const envelope = { from: 'shop@contoso.com', to: 'ann@example.com' };
    await expect(gateway.send({ envelope, raw })).rejects.toThrow('552 5.3.4');
    expect(gateway.sandbox.mailbox.list().map(({ subject }) => subject)).not.toContain('signed');
  });
});
