// `graphpost sendmail` as cron, PHP and scripts call it, into a gateway with its sandbox.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runSendmail } from '../../src/cli/sendmail.ts';
import type { SandboxMessage } from '../../src/relay/ports.ts';
import { createCliIo } from '../support/cli-io.ts';
import { freePort } from '../support/free-port.ts';
import { mainFile } from '../support/gateway-process.ts';
import { startTestGateway, writeConfig, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let folder: string;

beforeAll(async () => {
  gateway = await startTestGateway({
    clients:
      'clients: [{ name: local, networks: ["127.0.0.0/8"], senders: ["*"], recipients: ["*@example.com", "*@relay.example.com"], limits: { recipientsPerMessage: 5 } }]',
    routes: `routes:
  - name: noise
    when: { subject: { is: refuse me } }
    refuse: Not wanted here`,
  });
  folder = await mkdtemp(join(tmpdir(), 'graphpost-sendmail-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
  await gateway[Symbol.asyncDispose]();
});

async function sendmail(
  args: readonly string[],
  input: string | Buffer,
  env: Readonly<Record<string, string>> = { GRAPHPOST_SMTP: `127.0.0.1:${gateway.smtpPort}` },
) {
  const { io, written } = createCliIo({ cwd: folder, env });
  const stdin = Readable.from(input === '' ? [] : [Buffer.from(input)]);
  const code = await runSendmail(args, { ...io, stdin, user: 'ops', hostname: 'web1.example.com' });
  return { code, ...written() };
}

let count = 0;

/** The next message that arrives. */
async function arrived(): Promise<SandboxMessage> {
  count += 1;
  const message = (await gateway.sent(count)).at(-1);
  if (!message) throw new Error('Nothing arrived');
  return message;
}

describe('graphpost sendmail', () => {
  test('gives those that are too many for one message the next one', async () => {
    const all = Array.from({ length: 7 }, (_, index) => `reader${index}@example.com`);
    const mail = `From: shop@contoso.com\nSubject: News\n\nBody\n`;
    expect(await sendmail(all, mail)).toMatchObject({ code: 0, stderr: '' });
    count += 2;
    const messages = (await gateway.sent(count)).slice(-2);
    const reached = messages.flatMap(({ to, cc, bcc }) => [...to, ...cc, ...bcc]);
    expect(reached.toSorted()).toEqual(all);
  });

  test('-t takes the recipients of the header, and nobody sees Bcc', async () => {
    const mail = [
      'From: Shop <shop@contoso.com>',
      'To: "Ann, the first" <ann@example.com>,',
      ' bob@example.com',
      'Cc: carol@example.com',
      'Bcc: dave@example.com',
      'Subject: To all',
      '',
      'Line one',
      '.dotted',
      '..twice',
      'The end',
      '',
    ].join('\n');
    expect(await sendmail(['-t', '-oi', '-fbounces@contoso.com'], mail)).toEqual({
      ...{ code: 0, stdout: '', stderr: '' },
    });
    const message = await arrived();
    expect(message).toMatchObject({
      from: 'shop@contoso.com',
      subject: 'To all',
      bcc: ['dave@example.com'],
      text: expect.stringContaining('.dotted\n..twice\nThe end'),
    });
    expect(message.recipients.toSorted()).toEqual(
      ['ann', 'bob', 'carol', 'dave'].map((name) => `${name}@example.com`),
    );
    expect(gateway.log).toContainEqual(
      expect.objectContaining({ event: 'message.accepted', from: 'bounces@contoso.com' }),
    );
  });

  test.each([
    ['ends at a line with a dot', [], 'One\n'],
    ['goes on after it with -i', ['-i'], 'One\n.\nTwo\n'],
    ['goes on after it with -oi', ['-oi'], 'One\n.\nTwo\n'],
    ['reads flags in a group', ['-Ui'], 'One\n.\nTwo\n'],
  ])('%s', async (_name, flags, text) => {
    const mail = 'Subject: Dots\n\nOne\n.\nTwo\n';
    const run = await sendmail(['-f', 'a@contoso.com', ...flags, 'ann@example.com'], mail);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect((await arrived()).text.replaceAll('\r\n', '\n')).toBe(text);
  });

  test('writes From and Date where there are none, as cron needs it', async () => {
    const mail = 'To: root\nSubject: Cron <root@host> run-parts\n\nIt failed\n';
    const { code } = await sendmail(
      [
        '-FCronDaemon',
        '-i',
        '-odi',
        '-oem',
        '-B8BITMIME',
        '-B',
        '8BITMIME',
        '-bm',
        'ann@example.com',
      ],
      mail,
    );
    expect(code).toBe(0);
    const { from, raw, recipients } = await arrived();
    expect([from, recipients]).toEqual(['ops@web1.example.com', ['ann@example.com']]);
    expect(Buffer.from(raw).toString()).toMatch(/^From: "?CronDaemon"? </m);
    expect(Buffer.from(raw).toString()).toMatch(/^Date: \w+, /m);
  });

  test.each([
    ['without a header', 'Just a line\nand another: one\n', 'Just a line\nand another: one'],
    ['that begins like a mailbox file', 'From me Mon Jan  1\nSubject: x\n\nText\n', 'Text'],
    ['with a header alone', 'Subject: x\n', ''],
    ['with nothing', '', ''],
  ])('takes a message %s', async (_name, mail, text) => {
    expect((await sendmail(['-fa@contoso.com', 'ann@example.com'], mail)).stderr).toBe('');
    expect((await arrived()).text.replaceAll('\r\n', '\n').trimEnd()).toBe(text);
  });

  test('keeps bytes as they are, and carries large messages', async () => {
    const body = Buffer.concat([
      Buffer.from('Subject: Bytes\nContent-Type: text/plain; charset=iso-8859-1\n\n'),
      Buffer.from('\xe4\xf6\xfc\n'.repeat(200_000), 'latin1'),
    ]);
    expect((await sendmail(['-i', '-fa@contoso.com', 'ann@example.com'], body)).code).toBe(0);
    expect((await arrived()).text.length).toBeGreaterThan(790_000);
  });

  test.each<[string, number, string[], string, RegExp]>([
    ['no recipient', 64, [], 'Subject: x\n\n', /Nobody to send to/],
    ['-t and no recipient', 64, ['-t'], 'Subject: x\n\n', /names no recipient/],
    ['a flag without its value', 64, ['-f'], '', /-f needs a value/],
    ['-bp', 64, ['-bp'], '', /graphpost queue ls/],
    ['what is no address', 65, ['a b@@c'], 'Subject: x\n\n', /no address/],
    ['words that are no address', 65, ['a b'], 'Subject: x\n\n', /"a b" is no address/],
    ['a header without end', 65, ['ann@example.com'], `X: ${'x'.repeat(300_000)}`, /256 KiB/],
    ['a recipient that is not allowed', 77, ['ann@elsewhere.org'], 'Subject: x\n\n', /5\.7\.1/],
    ['a rule that refuses', 77, ['ann@example.com'], 'Subject: refuse me\n\n', /Not wanted here/],
  ])('ends for %s with %i', async (_name, expected, args, mail, words) => {
    const { code, stderr } = await sendmail(['-r', 'a@contoso.com', ...args], mail);
    expect(stderr).toMatch(words);
    expect(code).toBe(expected);
  });

  test('ends with 75 where nobody listens, and with 78 where the configuration is wrong', async () => {
    const away = { GRAPHPOST_SMTP: `127.0.0.1:${await freePort()}` };
    const mail = 'Subject: x\n\n';
    expect((await sendmail(['ann@example.com'], mail, away)).code).toBe(75);
    const wrong = await writeConfig({ hostname: 'hostnam: x' });
    const { code, stderr } = await sendmail(['-C', wrong.file, 'ann@example.com'], mail, {});
    expect(stderr).toContain('GRAPHPOST_SMTP=host:port');
    expect(code).toBe(78);
    const noUrl = { GRAPHPOST_SMTP: 'http://user:hidden@x' };
    expect((await sendmail(['ann@example.com'], mail, noUrl)).stderr).not.toContain('hidden');
    await rm(wrong.folder, { recursive: true });
  });

  test('finds the listener in the configuration, and its hostname makes addresses whole', async () => {
    const { file, folder: own } = await writeConfig({
      listeners: `listeners: [{ name: apps, address: "127.0.0.1:${gateway.smtpPort}" }]`,
    });
    const { code, stderr } = await sendmail(['--config', file, 'root'], 'Subject: x\n\nHi\n', {});
    expect([code, stderr]).toEqual([0, '']);
    expect((await arrived()).recipients).toEqual(['root@relay.example.com']);
    await rm(own, { recursive: true });
  });

  test('says what it takes', async () => {
    expect((await sendmail(['--help'], '')).stdout).toMatch(/^Usage: graphpost sendmail \[-t\]/);
  });

  test('goes by the name sendmail', async () => {
    const link = join(folder, 'sendmail');
    await symlink(mainFile, link);
    const env = { GRAPHPOST_SMTP: `127.0.0.1:${gateway.smtpPort}` };
    const child = spawn(process.execPath, [link, '-V', 'id-1', 'ann@example.com'], { env });
    child.stdin.end('Subject: By name\n\nHi\n');
    expect(await ended(child)).toBe(0);
    expect((await arrived()).subject).toBe('By name');
  });

  const why = (program: string) =>
    spawnSync('which', [program]).status === 0 ? '' : ` (skipped: ${program} is not installed)`;

  async function script(): Promise<string> {
    const file = join(folder, 'sendmail.sh');
    await writeFile(
      file,
      `#!/bin/sh\nGRAPHPOST_SMTP=127.0.0.1:${gateway.smtpPort} exec '${process.execPath}' '${mainFile}' sendmail "$@"\n`,
    );
    await chmod(file, 0o755);
    return file;
  }

  test.skipIf(why('php') !== '')(`serves mail() of PHP${why('php')}`, async () => {
    const code =
      'exit(mail("ann@example.com", "From PHP", "Hi\\nthere", "From: shop@contoso.com\\r\\nBcc: bob@example.com", "-fshop@contoso.com") ? 0 : 1);';
    const args = ['-d', `sendmail_path=${await script()} -t -i`, '-r', code];
    expect(await ended(spawn('php', args))).toBe(0);
    expect(await arrived()).toMatchObject({
      ...{ from: 'shop@contoso.com', subject: 'From PHP', bcc: ['bob@example.com'] },
    });
  });

  test.skipIf(why('s-nail') !== '')(`serves mail(1) as s-nail is${why('s-nail')}`, async () => {
    const options = ['-S', `mta=${await script()}`, '-S', 'from=ops@contoso.com', '-n'];
    const args = [...options, '-s', 'Nightly', 'ann@example.com'];
    const child = spawn('s-nail', args, { env: { ...process.env, MAILRC: '/dev/null' } });
    child.stdin.end('All is well\n');
    expect(await ended(child)).toBe(0);
    expect(await arrived()).toMatchObject({ from: 'ops@contoso.com', subject: 'Nightly' });
  });

  async function ended(child: ReturnType<typeof spawn>): Promise<unknown> {
    const [code]: unknown[] = await once(child, 'close');
    return code;
  }
});
