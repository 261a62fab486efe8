import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SandboxMailbox, SandboxMessage } from '../relay/ports.ts';
import { createSandbox, type Sandbox, type SandboxOptions } from './sandbox.ts';
import { mail, TestClient } from './test-client.ts';

let sandbox: Sandbox;
let client: TestClient;

beforeEach(() => start());

afterEach(async () => {
  await sandbox[Symbol.asyncDispose]();
});

async function start(options: Partial<SandboxOptions> = {}): Promise<void> {
  let now = 1_000;
  sandbox = await createSandbox({ now: () => now++, ...options });
  client = new TestClient(sandbox);
}

async function send(subject: string, bodyBytes = 0): Promise<void> {
  const body = 'x'.repeat(bodyBytes);
  await client.sendMime(mail({ fields: `Subject: ${subject}\r\n`, body }));
}

function subjects(): readonly string[] {
  return sandbox.mailbox.list().map((message) => message.subject);
}

async function read(mime: string): Promise<SandboxMessage> {
  await client.sendMime(mime);
  const [summary] = sandbox.mailbox.list();
  const message = await sandbox.mailbox.get(summary?.id ?? '');
  if (message === undefined) throw new Error('Nothing was sent');
  return message;
}

describe('the sandbox as a mailbox', () => {
  test('is one that the operator page can show', () => {
    expect<SandboxMailbox>(sandbox.mailbox).toBeDefined();
  });

  test('lists the newest first', async () => {
    await send('one');
    await send('two');
    expect(subjects()).toEqual(['two', 'one']);
  });

  test('keeps so many messages', async () => {
    await sandbox[Symbol.asyncDispose]();
    await start({ keepMessages: 2 });
    const [oldest] = [await read(mail())];
    await send('two');
    await send('three');
    expect(subjects()).toEqual(['three', 'two']);
    expect(await sandbox.mailbox.get(oldest.id)).toBeUndefined();
  });

  test('keeps so many bytes', async () => {
    await sandbox[Symbol.asyncDispose]();
    await start({ keepBytes: 5_000 });
    await send('one', 1_000);
    await send('two', 1_000);
    expect(subjects()).toEqual(['two', 'one']);
    await send('three', 3_800);
    expect(subjects()).toEqual(['three']);
    await send('four', 9_000);
    expect(subjects()).toEqual(['four']);
  });

  test('shows the decoded subject', async () => {
    await send('=?utf-8?q?Gr=C3=BC=C3=9Fe?=');
    expect(subjects()).toEqual(['Grüße']);
  });

  test('knows no message of another id', async () => {
    expect(await sandbox.mailbox.get('x')).toBeUndefined();
  });
});

describe('SandboxMailbox.get()', () => {
  test('reads texts and attachments', async () => {
    const file = Buffer.from([0, 1, 2, 255]);
    const message = await read(
      mail({
        fields: 'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=m\r\n',
        body: [
          '--m',
          'Content-Type: multipart/alternative; boundary=a',
          '',
          '--a',
          'Content-Type: text/plain; charset=iso-8859-1',
          'Content-Transfer-Encoding: quoted-printable',
          '',
          'Gr=FC=DFe',
          '--a',
          'Content-Type: text/html; charset=utf-8',
          '',
          '<b>Grüße</b>',
          '--a--',
          '--m',
          'Content-Type: application/pdf; name="=?utf-8?q?=C3=BCber.pdf?="',
          'Content-Disposition: attachment',
          'Content-Transfer-Encoding: base64',
          '',
          file.toString('base64'),
          '--m--',
          '',
        ].join('\r\n'),
      }),
    );
    expect(message).toMatchObject({
      text: 'Grüße',
      html: '<b>Grüße</b>',
      attachments: [
        {
          name: 'über.pdf',
          contentType: 'application/pdf',
          sizeBytes: 4,
          sha256: createHash('sha256').update(file).digest('hex'),
        },
      ],
    });
  });

  test('makes no text of HTML, and no HTML of text', async () => {
    const html = await read(mail({ fields: 'Content-Type: text/html\r\n', body: '<i>x</i>' }));
    expect(html).toMatchObject({ text: '', html: '<i>x</i>' });
    expect(await read(mail({ body: 'https://x.com' }))).toMatchObject({
      text: 'https://x.com',
      html: '',
    });
  });

  test('shows what it can of a message that cannot be parsed', async () => {
    const parts = '--b\r\n\r\nx\r\n'.repeat(2_000);
    const fields = 'Content-Type: multipart/mixed; boundary=b\r\n';
    const message = await read(mail({ fields, body: `${parts}--b--\r\n` }));
    expect(message.text).toContain('This message cannot be read');
    expect(message.to).toEqual(['bob@example.com']);
  });
});
