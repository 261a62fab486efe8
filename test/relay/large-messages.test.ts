// What no connection can carry is refused before its body travels, or at its final dot; the rest is sent whole.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectGreeted } from '../dialogs/raw-client.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  // A low limit stands for the real one: what is over it is large.
  gateway = await startTestGateway({
    connections: 'connections: { main: { type: sandbox, requestLimit: 40kB } }',
    limits: 'limits: { messageSize: 1GB }',
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

/** Says DATA and the message; returns the reply to its final dot. */
async function handOver(raw: string): Promise<string | undefined> {
  using client = await connectGreeted({ host: '127.0.0.1', port: gateway.smtpPort });
  await client.sayAll('HELO app', 'MAIL FROM:<a@contoso.com>', 'RCPT TO:<b@example.com>', 'DATA');
  return await client.say(`${raw}\r\n.`);
}

function messageOf(header: string, body: string): string {
  return `From: a@contoso.com\r\nSubject: large\r\n${header}\r\n\r\n${body}`;
}

const lines = 'y'.repeat(70).concat('\r\n').repeat(600);
const attached = [
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'Hello',
  '--b',
  'Content-Type: application/pdf; name=a.pdf',
  'Content-Transfer-Encoding: base64',
  '',
  'QUJD'.repeat(18).concat('\r\n').repeat(600),
  '--b--',
].join('\r\n');

describe('a message that no connection can carry', () => {
  test('is refused at MAIL by a client that says its size, as EHLO does', async () => {
    using client = await connectGreeted({ host: '127.0.0.1', port: gateway.smtpPort });
    expect(await client.say('EHLO app')).toContain('SIZE 205300000');
    const reply = await client.say('MAIL FROM:<shop@contoso.com> SIZE=205300001');
    expect(reply).toMatch(/^552 5\.3\.4 /);
  });

  test.each([
    ['its text fits into no request', messageOf('Content-Type: text/plain', lines)],
    [
      'it is signed',
      messageOf('Content-Type: multipart/signed; boundary=b; protocol="x/y"', attached),
    ],
    [
      'it is encrypted',
      messageOf('Content-Type: application/pkcs7-mime; smime-type=enveloped-data', lines),
    ],
    [
      'it is an invitation',
      messageOf(
        'Content-Type: multipart/mixed; boundary=b',
        attached.replace('text/plain', 'text/calendar; method=REQUEST'),
      ),
    ],
    [
      'its text is in a charset that nobody knows',
      messageOf(
        'Content-Type: multipart/mixed; boundary=b',
        attached.replace('utf-8', 'x-own').replace('Hello', 'Gr\xfc\xdfe'),
      ),
    ],
  ])('is refused at the final dot when %s', async (_what, raw) => {
    expect(await handOver(raw)).toMatch(/^552 5\.3\.4 /);
    expect(gateway.sandbox.mailbox.list()).toEqual([]);
  });
});

test('a message over the limit of one request is sent by draft', async () => {
  expect(await handOver(messageOf('Content-Type: multipart/mixed; boundary=b', attached))).toMatch(
    /^250 /,
  );
  const [message] = await gateway.sent(1);
  expect(message?.attachments).toMatchObject([{ name: 'a.pdf', sizeBytes: 32_400 }]);
});
