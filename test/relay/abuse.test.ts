// What nobody should send: each gets its reply, harms nobody, and the next good message goes through.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connectGreeted, connectRaw, type RawClient } from '../dialogs/raw-client.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway({
    clients: `clients:
  - name: apps
    networks: [127.0.0.0/8]
    senders: ["*@contoso.com"]
    limits: { recipientsPerMessage: 10 }`,
    limits: 'limits: { messageSize: 3MB }',
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
});

async function connect(): Promise<RawClient> {
  return await connectGreeted({ host: '127.0.0.1', port: gateway.smtpPort });
}

/** Connected, and asked for the message. */
async function startData(ehlo = 'abuser'): Promise<RawClient> {
  const client = await connect();
  const commands = ['MAIL FROM:<app@contoso.com>', 'RCPT TO:<ann@example.com>', 'DATA'];
  const replies = await client.sayAll(`EHLO ${ehlo}`, ...commands);
  expect(replies.at(-1)).toMatch(/^354 /);
  return client;
}

let count = 0;

/** A new client sends a message, and it arrives. */
async function expectGoodMail(): Promise<void> {
  const subject = `good ${++count}`;
  await gateway.send({ from: 'app@contoso.com', to: 'ann@example.com', subject, text: 'x' });
  expect(await arrived(subject)).toMatchObject({ subject });
  expect(gateway.sandbox.violations).toEqual([]);
  expect(gateway.log.filter(({ event }) => event === 'fault')).toEqual([]);
}

async function arrived(subject: string): ReturnType<typeof findSent> {
  for (;;) {
    const found = await findSent(subject);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function findSent(subject: string) {
  const summary = gateway.sandbox.mailbox.list().find((message) => message.subject === subject);
  return summary && (await gateway.sandbox.mailbox.get(summary.id));
}

const from = 'From: app@contoso.com\r\n';
const end = '\r\n.\r\n';
const accepted = /^250 2\.0\.0 queued as /;
const badContent = /^554 5\.6\.0 /;

describe('a message', () => {
  test.each([
    ['with a header that does not end', `${from}Subject: ${'x'.repeat(300_000)}${end}`, badContent],
    ['with 100,000 fields', `${from}${'A: b\r\n'.repeat(100_000)}${end}`, badContent],
    ['with 200,000 folds', `${from}A: b\r\n${' c\r\n'.repeat(200_000)}${end}`, badContent],
    ['with 30,000 addresses', `${from}To: ${'a@b.example, '.repeat(30_000)}${end}`, badContent],
    ['with a NUL', `${from}Subject: a\0b\r\n\r\nx${end}`, badContent],
    [
      'that has run in a loop',
      `${from}${'Received: x\r\n'.repeat(101)}\r\nx${end}`,
      /^554 5\.4\.6 /,
    ],
    ['that is too large', `${from}\r\n${'x'.repeat(3_100_000)}${end}`, /^552 5\.3\.4 /],
    ['from somebody else', `From: ceo@example.com\r\n\r\nx${end}`, /^550 5\.7\.1 /],
    ['from two', `${from}From: ceo@example.com\r\n\r\nx${end}`, /^550 5\.7\.1 /],
    ['whose sender is another', `${from}Sender: ceo@example.com\r\n\r\nx${end}`, /^550 5\.7\.1 /],
  ])('%s is refused', async (_, content, reply) => {
    using client = await startData();
    await client.write(Buffer.from(content, 'latin1'));
    expect(await client.read()).toMatch(reply);
    expect(await client.say('NOOP')).toBe('250 2.0.0 OK');
    await expectGoodMail();
  });

  test.each([
    ['with a line of 2 MB', `${from}\r\n${'x'.repeat(2_000_000)}`],
    ['of 500,000 dots', `${from}\r\n${'..\r\n'.repeat(500_000)}`],
    ['with open brackets', `${from}To: ${'('.repeat(100_000)}\r\n\r\nx`],
    ['with open groups', `${from}To: ${'g:'.repeat(50_000)}\r\n\r\nx`],
    ['with open quotes', `${from}To: ${'"a" <'.repeat(20_000)}\r\n\r\nx`],
    ['with many at signs', `${from}To: ${'a@'.repeat(100_000)}\r\n\r\nx`],
    ['with fields of prototypes', `${from}__proto__: x\r\nconstructor: y\r\n\r\nx`],
    ['with 10,000 parts', `${from}${multipart()}${'--b\r\n\r\nx\r\n'.repeat(10_000)}--b--`],
    ['nested 1,000 deep', `${from}${'Content-Type: message/rfc822\r\n\r\n'.repeat(1000)}x`],
    ['with 50,000 pieces of a parameter', `${from}Content-Type: a/b${pieces(5000)}\r\n\r\nx`],
    ['with paths for names', `${from}Message-ID: <../../etc/x@y>\r\nX-File: ..\\CON\r\n\r\nx`],
    ['with raw 8-bit letters', 'From: J\xfcrgen <app@contoso.com>\r\nX-Ort: K\xf6ln\r\n\r\n\xdf'],
    ['that is empty but for its From', from],
  ])('%s is taken, and arrives', async (_, content) => {
    using client = await startData();
    const subject = `abuse ${++count}`;
    await client.write(Buffer.from(`Subject: ${subject}\r\n${content}${end}`, 'latin1'));
    expect(await client.read()).toMatch(accepted);
    expect(await arrived(subject)).toMatchObject({ recipients: ['ann@example.com'] });
    await expectGoodMail();
  });

  test.each([
    '\n.\n',
    '\n.\r',
    '\r.\n',
    '\r.\r',
    '\n.\r\n',
    '\r.\r\n',
    '\r\n.\r\r\n',
    '\r\r\n.\r\r\n',
  ])('does not end at %j, and leaves with CRLF alone', async (falseEnd) => {
    using client = await startData();
    const subject = `bait ${++count}`;
    const smuggled = 'MAIL FROM:<app@contoso.com>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\nx';
    const bait = `Subject: ${subject}\r\n${from}\r\nBait${falseEnd}${smuggled}`;
    await client.write(`${bait}${end}`);
    expect(await client.read()).toMatch(accepted);
    expect(await client.say('QUIT')).toMatch(/^221 /);
    const raw = Buffer.from((await arrived(subject))?.raw ?? []).toString('latin1');
    expect(raw).toContain('RCPT TO:<victim@example.com>');
    expect(raw.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    await expectGoodMail();
  });

  test('gets no field from an encoded word, nor from what its client calls itself', async () => {
    using client = await startData('x;(evil\\"<a@b>');
    const subject = `hidden ${++count}`;
    const word = Buffer.from(`${subject}\r\nBcc: evil@example.com`).toString('base64');
    await client.write(`${from}Subject: =?utf-8?b?${word}?=\r\n\r\nx${end}`);
    expect(await client.read()).toMatch(accepted);
    await expectGoodMail();
    const sent = await Promise.all(
      gateway.sandbox.mailbox.list().map(({ id }) => gateway.sandbox.mailbox.get(id)),
    );
    const found = sent.find((message) => message?.subject.startsWith(subject));
    expect(found?.recipients).toEqual(['ann@example.com']);
    const raw = Buffer.from(found?.raw ?? []).toString('latin1');
    expect(raw).not.toMatch(/^Bcc: evil/m);
    expect(raw).toMatch(/^Received: from unknown \(\[127\.0\.0\.1\]\)\r\n/m);
  });
});

describe('an envelope', () => {
  test('with too many recipients takes those that fit, and says 452 to the others', async () => {
    using client = await connect();
    await client.sayAll('EHLO abuser', 'MAIL FROM:<app@contoso.com>');
    const names = Array.from({ length: 5000 }, (_, index) => `RCPT TO:<a${index}@example.com>\r\n`);
    await client.write(names.join(''));
    const replies: (string | undefined)[] = [];
    while (replies.length < names.length) replies.push(await client.read());
    expect(new Set(replies.slice(0, 10))).toEqual(new Set(['250 2.1.5 Accepted']));
    expect(new Set(replies.slice(10).map((reply) => reply?.slice(0, 9)))).toEqual(
      new Set(['452 4.5.3']),
    );
    await expectGoodMail();
  });

  test.each([
    ['MAIL FROM:<ceo@example.com>', /^550 5\.7\.1 /],
    ['MAIL FROM:<app@contoso.com>\0', /^501 |^250 /],
    ['MAIL FROM:<app@contoso.com\0@evil.example>', /^501 5\.1\.7 /],
    ['MAIL FROM:<app@contoso.com> ENVID=a+0D+0Ab', /^501 5\.5\.4 /],
    ['MAIL FROM:<app@contoso.com> SIZE=99999999999', /^552 5\.3\.4 /],
    ['MAIL FROM:<app@contoso.com> BODY=BINARYMIME', /^501 5\.5\.4 /],
    ['BDAT 5 LAST', /^500 5\.5\.2 /],
    ['VRFY root', /^252 2\.1\.5 /],
    ['EXPN root', /^500 5\.5\.2 /],
    ['TURN', /^500 5\.5\.2 /],
    ['\0\0\0\0', /^500 5\.5\.2 /],
    ['\u001b[2J', /^500 5\.5\.2 /],
    ['__proto__', /^500 5\.5\.2 /],
    ['constructor x', /^500 5\.5\.2 /],
  ])('gets for %j its reply', async (command, reply) => {
    using client = await connect();
    expect((await client.sayAll('EHLO abuser', command))[1]).toMatch(reply);
    await expectGoodMail();
  });

  test.each([
    ['RCPT TO:<x@evil.example@example.com>', /^501 5\.1\.3 /],
    ['RCPT TO:<"x@evil.example"@example.com>', /^501 5\.1\.3 /],
    ['RCPT TO:<>', /^501 5\.1\.3 /],
    ['RCPT TO:<a\u200bb@example.com>', /^501 5\.1\.3 /],
    ['RCPT TO:<x@example.com> NOTIFY=NEVER,SUCCESS', /^501 5\.5\.4 /],
  ])('gets for %j its reply', async (command, reply) => {
    using client = await connect();
    const replies = await client.sayAll('EHLO abuser', 'MAIL FROM:<app@contoso.com>', command);
    expect(replies[2]).toMatch(reply);
    await expectGoodMail();
  });
});

describe('a client', () => {
  test.each([
    ['that speaks HTTP', 'POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO x\r\n', /^421 4\.7\.0 /],
    ['that never ends its line', 'x'.repeat(100_000), /^421 /],
    ['that says nothing but NOOP', 'NOOP\r\n'.repeat(20_000), /421 4\.7\.0 Too many commands/],
    ['that guesses', 'HELLO\r\n'.repeat(20), /421 4\.7\.0 Error: too many unrecognized/],
    ['that tries logins', 'EHLO x\r\n' + 'AUTH PLAIN AGEAYg==\r\n'.repeat(1000), /\n421 4\.7\.0 /],
  ])('%s is told, and let go', async (_, bytes, reply) => {
    using client = await connect();
    await client.write(Buffer.from(bytes, 'latin1'));
    expect(await client.readAll()).toMatch(reply);
    await expectGoodMail();
  });

  test('that starts TLS where there is none gets nothing', async () => {
    using client = await connect();
    await client.write(Buffer.from('\x16\x03\x01\x02\x00\x01\x00', 'latin1'));
    client.socket.end();
    expect(await client.readAll()).toBe('');
    await expectGoodMail();
  });

  test('that talks before the greeting is sent away, or told to wait', async () => {
    using client = await connectRaw({ host: '127.0.0.1', port: gateway.smtpPort });
    await client.write('EHLO me\r\nQUIT\r\n');
    expect(await client.readAll()).toMatch(/^421 |^220 /);
    await expectGoodMail();
  });

  test('that vanishes in its message leaves nothing of it', async () => {
    const before = gateway.sandbox.mailbox.list().length;
    for (const sent of ['', 'Subject: half', `${from}\r\n${'x'.repeat(500_000)}`]) {
      const client = await startData();
      await client.write(sent);
      client.socket.resetAndDestroy();
    }
    await expectGoodMail();
    expect(gateway.sandbox.mailbox.list()).toHaveLength(before + 1);
  });

  test('in great number, that comes and goes, is survived', async () => {
    const endpoint = { host: '127.0.0.1', port: gateway.smtpPort };
    for (let round = 0; round < 10; round++) {
      const clients = await Promise.all(Array.from({ length: 50 }, () => connectRaw(endpoint)));
      for (const { socket } of clients) socket.resetAndDestroy();
    }
    await expectGoodMail();
  });

  test('cannot forge a line of the log', async () => {
    const name = '\u001b[31m{"level":"info","event":"forged"}\u2028';
    using client = await connect();
    await client.sayAll(`EHLO ${name}`, 'MAIL FROM:<"\u2028"@example.com>', `AUTH LOGIN ${name}`);
    await expectGoodMail();
    expect(gateway.log.filter(({ event }) => event === 'forged')).toEqual([]);
  });
});

function multipart(): string {
  return 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n';
}

function pieces(count: number): string {
  return Array.from({ length: count }, (_, index) => `;\r\n n*${index}=x`).join('');
}
