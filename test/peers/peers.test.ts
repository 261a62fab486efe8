// Other people's SMTP clients: a message with an attachment of 500 KB by each arrives identical, and at the envelope's recipients.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCertificateFiles, type CertificateFiles } from '../support/certificate-files.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

const run = promisify(execFile);
const attachment = randomBytes(500_000);
let gateway: TestGateway;
let certificate: CertificateFiles;
let folder: string;
let attachmentFile: string;
let messageFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-peers-'));
  attachmentFile = join(folder, 'scan.bin');
  messageFile = join(folder, 'message.eml');
  await writeFile(attachmentFile, attachment);
  await writeFile(messageFile, rawMessage());
  certificate = await createCertificateFiles();
  gateway = await startTestGateway({
    listeners: `listeners:
  - { name: plain, address: "127.0.0.1:0" }
  - name: secure
    address: "127.0.0.1:0"
    tls: required
    certificate: { cert: "${certificate.certFile}", key: "${certificate.keyFile}" }`,
    clients: `clients:
  - { name: machine, networks: [127.0.0.0/8] }
  - { name: apps, login: { username: app, password: secret }, senders: ["*"] }`,
    from: 'from: { force: default, address: noreply@contoso.com, defaults: ["root@*"] }',
  });
});

afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await certificate[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Where it connects, and whether it starts TLS there and logs in as `app` with the password `secret`. */
interface Way {
  readonly port: number;
  readonly secure: boolean;
}

/** Makes the program send the message. */
type Send = (way: Way) => Promise<unknown>;

interface PeerOptions {
  /** What the program is run with to see whether it and its library are there; absent: whether it is on the path. */
  readonly probe?: readonly string[];
  /** What of the program sends; absent: the program itself. */
  readonly library?: string;
  /** It knows a way without TLS; default: it does. */
  readonly plain?: boolean;
}

/** Skips, and says so in its name, where the program is not installed. */
function describePeer(program: string, send: Send, options: PeerOptions = {}): void {
  const { probe, plain = true, library } = options;
  const peer = library === undefined ? program : `${library} of ${program}`;
  const installed = probe ? succeeds(program, probe) : succeeds('which', [program]);
  const name = installed ? peer : `${peer}, which is not installed`;
  describe.skipIf(!installed)(name, () => {
    test.skipIf(!plain)('sends a message with an attachment', async () => {
      const before = gateway.sandbox.mailbox.list().length;
      await send({ port: gateway.smtpPort, secure: false });
      await expectArrival(before);
      expect(lastAccepted()).toMatchObject({ listener: 'plain', client: 'machine' });
    });

    test('logs in over STARTTLS', async () => {
      const before = gateway.sandbox.mailbox.list().length;
      await send({ port: gateway.gateway.listeners[1]?.port ?? 0, secure: true });
      await expectArrival(before);
      expect(lastAccepted()).toMatchObject({ listener: 'secure', client: 'apps', username: 'app' });
    });
  });
}

function lastAccepted(): Record<string, unknown> | undefined {
  return gateway.log.findLast(({ event }) => event === 'message.accepted');
}

/** What programs that are given a certificate by their environment look at. */
function trusting(): { readonly env: NodeJS.ProcessEnv } {
  return { env: { ...process.env, SSL_CERT_FILE: certificate.certFile } };
}

/** Runs a program with a file as its standard input. */
async function runWith(input: string, program: string, args: readonly string[]): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => output.push(piece));
  }
  // A program that has ended takes no more: its exit code tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const text = Buffer.concat(output).toString();
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${text}`);
  return text;
}

function succeeds(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Whether Debian's package of a PHP library is there. */
function phpProbe(library: string): readonly string[] {
  return ['-r', `exit(file_exists('/usr/share/php/${library}/autoload.php') ? 0 : 1);`];
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

describe('nodemailer', () => {
  test('logs in over STARTTLS and sends a message with an attachment', async () => {
    const before = gateway.sandbox.mailbox.list().length;
    const transport = createTransport({
      host: '127.0.0.1',
      port: gateway.gateway.listeners[1]?.port,
      auth: { user: 'app', pass: 'secret' },
      tls: { ca: certificate.certificate.certPem },
    });
    await transport.sendMail({
      from: 'root@localhost',
      to: 'ann@example.com',
      bcc: 'hidden@example.com',
      subject: 'scan',
      text: 'See the scan.',
      attachments: [{ filename: 'scan.bin', content: attachment }],
    });
    transport.close();
    await expectArrival(before);
  });
});

describePeer('curl', async ({ port, secure }) => {
  const recipients = ['--mail-rcpt', 'ann@example.com', '--mail-rcpt', 'hidden@example.com'];
  const login = ['--ssl-reqd', '--cacert', certificate.certFile, '--user', 'app:secret'];
  const args = ['-sS', `smtp://127.0.0.1:${port}`, '--mail-from', 'root@localhost'];
  await run('curl', [...args, ...recipients, ...(secure ? login : []), '-T', messageFile]);
});

describePeer('swaks', async ({ port, secure }) => {
  const login = '--tls --auth PLAIN --auth-user app --auth-password secret';
  const options = `--server 127.0.0.1 --port ${port} --from root@localhost
    --to ann@example.com,hidden@example.com --h-To ann@example.com
    --attach-name scan.bin --attach @${attachmentFile} ${secure ? login : ''}`;
  await run('swaks', options.trim().split(/\s+/), { maxBuffer: 16_000_000 });
});

describePeer('python3', async ({ port, secure }) => {
  const script = `
import smtplib, ssl, sys
from email.message import EmailMessage
message = EmailMessage()
message['From'] = 'root@localhost'
message['To'] = 'ann@example.com'
message['Subject'] = 'scan'
message.set_content('See the scan.')
with open(sys.argv[2], 'rb') as file:
    message.add_attachment(file.read(), maintype='application', subtype='octet-stream', filename='scan.bin')
with smtplib.SMTP('127.0.0.1', int(sys.argv[1])) as smtp:
    if sys.argv[3] == 'true':
        smtp.starttls(context=ssl.create_default_context(cafile=sys.argv[4]))
        smtp.login('app', 'secret')
    smtp.send_message(message, to_addrs=['ann@example.com', 'hidden@example.com'])
`;
  const args = [port, attachmentFile, secure, certificate.certFile].map(String);
  await run('python3', ['-c', script, ...args]);
});

const perlProbe = ['-MNet::SMTP', '-MAuthen::SASL', '-MIO::Socket::SSL', '-e', '1'];

describePeer(
  'perl',
  async ({ port, secure }) => {
    const script = `
use Net::SMTP;
my ($port, $secure, $file, $ca) = @ARGV;
my $smtp = Net::SMTP->new("127.0.0.1", Port => $port) or die "connect";
if ($secure eq "true") {
  $smtp->starttls(SSL_ca_file => $ca) or die $smtp->message;
  $smtp->auth("app", "secret") or die $smtp->message;
}
open(my $in, "<:raw", $file) or die $!;
my $text = do { local $/; <$in> };
$smtp->mail("root\\@localhost") or die $smtp->message;
$smtp->to("ann\\@example.com", "hidden\\@example.com") or die $smtp->message;
$smtp->data($text) or die $smtp->message;
$smtp->quit;
`;
    await run('perl', [
      '-e',
      script,
      ...[port, secure, messageFile, certificate.certFile].map(String),
    ]);
  },
  { probe: perlProbe },
);

describePeer('msmtp', async ({ port, secure }) => {
  const tls = ['--tls=on', `--tls-trust-file=${certificate.certFile}`];
  const login = ['--auth=plain', '--user=app', '--passwordeval=echo secret'];
  const server = ['--host=127.0.0.1', `--port=${port}`, '--from=root@localhost'];
  const options = secure ? [...tls, ...login] : ['--tls=off', '--auth=off'];
  const recipients = ['ann@example.com', 'hidden@example.com'];
  await runWith(rawMessage(), 'msmtp', [...server, ...options, '--', ...recipients]);
});

describePeer('s-nail', async ({ port, secure }) => {
  const login = ['-S', 'smtp-use-starttls', '-S', `tls-ca-file=${certificate.certFile}`];
  const options = [
    ...['-:/', '-S', 'v15-compat', '-S', 'sendwait', '-S', 'nosave', '-r', 'root@localhost'],
    ...['-S', `mta=smtp://${secure ? 'app:secret@' : ''}localhost:${port}`],
    ...(secure ? login : ['-S', 'smtp-auth=none']),
    ...['-s', 'scan', '-a', attachmentFile, '-b', 'hidden@example.com'],
  ];
  await runWith('See the scan.\n', 's-nail', [...options, 'ann@example.com']);
});

describePeer('ssmtp', async ({ port, secure }) => {
  const config = join(folder, 'ssmtp.conf');
  const login = 'UseSTARTTLS=YES\nAuthUser=app\nAuthPass=secret\n';
  const lines = `mailhub=127.0.0.1:${port}\nhostname=localhost\nFromLineOverride=YES\n`;
  await writeFile(config, `${lines}${secure ? login : ''}`);
  const recipients = ['ann@example.com', 'hidden@example.com'];
  const text = rawMessage().replaceAll('\r\n', '\n');
  await runWith(text, 'ssmtp', ['-C', config, '-f', 'root@localhost', ...recipients]);
});

describePeer(
  'php',
  async ({ port, secure }) => {
    const script = `
require '/usr/share/php/libphp-phpmailer/autoload.php';
[, $port, $secure, $file, $ca] = $argv;
$mail = new PHPMailer\\PHPMailer\\PHPMailer(true);
$mail->isSMTP();
$mail->Host = '127.0.0.1';
$mail->Port = (int) $port;
if ($secure === 'true') {
  $mail->SMTPOptions = ['ssl' => ['cafile' => $ca]];
  $mail->SMTPAuth = true;
  $mail->Username = 'app';
  $mail->Password = 'secret';
}
$mail->setFrom('root@example.com');
$mail->addAddress('ann@example.com');
$mail->addBCC('hidden@example.com');
$mail->Subject = 'scan';
$mail->Body = 'See the scan.';
$mail->addAttachment($file, 'scan.bin');
$mail->send();
`;
    const args = [port, secure, attachmentFile, certificate.certFile].map(String);
    await run('php', ['-r', script, ...args]);
  },
  { library: 'PHPMailer', probe: phpProbe('libphp-phpmailer') },
);

describePeer(
  'php',
  async ({ port, secure }) => {
    const script = `
require '/usr/share/php/Symfony/Component/Mailer/autoload.php';
[, $port, $secure, $file, $ca] = $argv;
$login = $secure === 'true' ? 'app:secret@' : '';
$transport = Symfony\\Component\\Mailer\\Transport::fromDsn("smtp://{$login}127.0.0.1:$port");
if ($secure === 'true') $transport->getStream()->setStreamOptions(['ssl' => ['cafile' => $ca]]);
$mail = (new Symfony\\Component\\Mime\\Email())->from('root@localhost')->to('ann@example.com')
  ->bcc('hidden@example.com')->subject('scan')->text('See the scan.')->attachFromPath($file, 'scan.bin');
(new Symfony\\Component\\Mailer\\Mailer($transport))->send($mail);
`;
    const args = [port, secure, attachmentFile, certificate.certFile].map(String);
    await run('php', ['-r', script, ...args]);
  },
  { library: 'Symfony Mailer', probe: phpProbe('Symfony/Component/Mailer') },
);

describePeer(
  'php',
  async ({ port, secure }) => {
    const tls = `--tls=on --tls-trust-file=${certificate.certFile}`;
    const login = `${tls} --auth=plain --user=app --passwordeval='echo secret'`;
    const msmtp = `msmtp --host=127.0.0.1 --port=${port} --from=root@localhost`;
    const path = `${msmtp} ${secure ? login : '--tls=off --auth=off'} --read-recipients`;
    const script = `
[, $file] = $argv;
[$header, $body] = explode("\\r\\n\\r\\n", file_get_contents($file), 2);
$rest = preg_grep('/^(To|Subject):/', explode("\\r\\n", $header), PREG_GREP_INVERT);
$rest[] = 'Bcc: hidden@example.com';
if (!mail('Ann <ann@example.com>', 'scan', $body, implode("\\r\\n", $rest))) exit(1);
`;
    await run('php', ['-d', `sendmail_path="${path}"`, '-r', script, messageFile]);
  },
  {
    library: 'mail() and msmtp',
    probe: ['-r', `exit(shell_exec('command -v msmtp') ? 0 : 1);`],
  },
);

describePeer('mutt', async ({ port, secure }) => {
  const server = secure ? `smtp://app:secret@127.0.0.1:${port}` : `smtp://127.0.0.1:${port}`;
  const settings = [
    ...['set copy=no', 'set from=root@localhost', `set smtp_url=${server}`, 'set header=no'],
    ...['set ssl_verify_host=no', 'set ssl_verify_dates=no'],
    ...[`set ssl_starttls=${secure ? 'yes' : 'no'}`, `set ssl_force_tls=${secure ? 'yes' : 'no'}`],
    `set certificate_file=${certificate.certFile}`,
  ].flatMap((setting) => ['-e', setting]);
  const options = ['-n', '-F', '/dev/null', ...settings, '-s', 'scan', '-b', 'hidden@example.com'];
  await runWith('See the scan.\n', 'mutt', [
    ...options,
    '-a',
    attachmentFile,
    '--',
    'ann@example.com',
  ]);
});

describePeer(
  'ruby',
  async ({ port, secure }) => {
    const script = `
require 'mail'
port, secure, file = ARGV
options = { address: '127.0.0.1', port: port.to_i }
options.update(user_name: 'app', password: 'secret', authentication: :login) if secure == 'true'
Mail.defaults { delivery_method :smtp, options }
mail = Mail.new(from: 'root@localhost', to: 'ann@example.com', bcc: 'hidden@example.com', subject: 'scan', body: 'See the scan.')
mail.add_file(file)
mail.deliver!
`;
    await run('ruby', ['-e', script, String(port), String(secure), attachmentFile], trusting());
  },
  { probe: ['-e', "require 'mail'"] },
);

describePeer(
  'openssl',
  async ({ port, secure }) => {
    const token = Buffer.from('\0app\0secret').toString('base64');
    const dialogue = [
      ...(secure ? ['EHLO me', `AUTH PLAIN ${token}`] : ['EHLO me']),
      ...[
        'MAIL FROM:<root@localhost>',
        'RCPT TO:<ann@example.com>',
        'RCPT TO:<hidden@example.com>',
      ],
      ...['DATA', rawMessage().trimEnd(), '.', 'QUIT', ''],
    ].join('\n');
    const options = ['-starttls', 'smtp', '-quiet', '-crlf', '-verify_return_error'];
    const server = ['-connect', `127.0.0.1:${port}`, '-CAfile', certificate.certFile];
    const text = dialogue.replaceAll('\r\n', '\n');
    const said = await runWith(text, 'openssl', ['s_client', ...options, ...server]);
    if (!said.includes('250 2.0.0 queued as ')) throw new Error(said);
  },
  { probe: ['version'], plain: false },
);
