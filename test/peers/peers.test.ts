// Other people's SMTP clients: a message with an attachment of 2 MB by each arrives identical, and at the envelope's recipients.
import { execFile, execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

const run = promisify(execFile);
const attachment = randomBytes(2_000_000);
let gateway: TestGateway;
let folder: string;
let attachmentFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-peers-'));
  attachmentFile = join(folder, 'scan.bin');
  await writeFile(attachmentFile, attachment);
  gateway = await startTestGateway({
    from: 'from: { force: default, address: noreply@contoso.com, defaults: ["root@*"] }',
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Skips, and says so in its name, where the program is not installed. */
function describePeer(program: string, tests: () => void): void {
  const installed = isInstalled(program);
  describe.skipIf(!installed)(installed ? program : `${program}, which is not installed`, tests);
}

function isInstalled(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** What must be true of the message that a peer has just sent. */
async function expectArrival(before: number, sender = 'noreply@contoso.com'): Promise<void> {
  const sent = (await gateway.sent(before + 1)).at(-1);
  expect(sent?.sendAs).toBe(sender);
  expect([...(sent?.recipients ?? [])].sort()).toEqual(['ann@example.com', 'hidden@example.com']);
  expect(sent?.to).toEqual(['ann@example.com']);
  expect(sent?.bcc).toEqual(['hidden@example.com']);
  expect(sent?.attachments.map(({ name, sha256 }) => ({ name, sha256 }))).toEqual([
    { name: 'scan.bin', sha256: createHash('sha256').update(attachment).digest('hex') },
  ]);
  expect(gateway.sandbox.violations).toEqual([]);
}

/** A message as a program writes it that has only a file to hand over: no Date, no Message-ID. */
function rawMessage(): string {
  const body = attachment.toString('base64').replace(/.{76}/g, '$&\r\n');
  return [
    'From: root@localhost',
    'To: Ann <ann@example.com>',
    'Subject: scan',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'See the scan.',
    '--b',
    'Content-Type: application/octet-stream; name=scan.bin',
    'Content-Disposition: attachment; filename=scan.bin',
    'Content-Transfer-Encoding: base64',
    '',
    body,
    '--b--',
    '',
  ].join('\r\n');
}

describePeer('curl', () => {
  test('sends a message with an attachment', async () => {
    const before = gateway.sandbox.mailbox.list().length;
    const file = join(folder, 'message.eml');
    await writeFile(file, rawMessage());
    const recipients = ['--mail-rcpt', 'ann@example.com', '--mail-rcpt', 'hidden@example.com'];
    const url = `smtp://127.0.0.1:${gateway.smtpPort}`;
    await run('curl', ['-sS', url, '--mail-from', 'root@localhost', ...recipients, '-T', file]);
    await expectArrival(before);
  });
});

describePeer('swaks', () => {
  test('sends a message with an attachment', async () => {
    const before = gateway.sandbox.mailbox.list().length;
    const options = `--server 127.0.0.1 --port ${gateway.smtpPort} --from root@localhost
      --to ann@example.com,hidden@example.com --h-To ann@example.com
      --attach-name scan.bin --attach @${attachmentFile}`;
    const args = options.split(/\s+/);
    await run('swaks', args, { maxBuffer: 16_000_000 });
    await expectArrival(before);
  });
});

describePeer('python3', () => {
  test('sends a message with an attachment by smtplib', async () => {
    const before = gateway.sandbox.mailbox.list().length;
    const script = `
import smtplib, sys
from email.message import EmailMessage
message = EmailMessage()
message['From'] = 'root@localhost'
message['To'] = 'ann@example.com'
message['Subject'] = 'scan'
message.set_content('See the scan.')
with open(sys.argv[2], 'rb') as file:
    message.add_attachment(file.read(), maintype='application', subtype='octet-stream', filename='scan.bin')
with smtplib.SMTP('127.0.0.1', int(sys.argv[1])) as smtp:
    smtp.send_message(message, to_addrs=['ann@example.com', 'hidden@example.com'])
`;
    await run('python3', ['-c', script, String(gateway.smtpPort), attachmentFile]);
    await expectArrival(before);
  });
});
