// Libraries with which apps send mail.
import { createTransport } from 'nodemailer';
import { readFile } from 'node:fs/promises';
import { missingProgram, run } from './programs.ts';
import { recipeFor } from './recipes.ts';
import { startStage, type Order } from './stage.ts';

const tryPeer = startStage();

/** What every script is given, in this order; lists are separated by commas. */
function argumentsOf({ port, secure, certFile, to, bcc, attachmentFile = '' }: Order): string[] {
  return [String(port), String(secure), certFile, to.join(), bcc.join(), attachmentFile];
}

/** Why Debian's package of a PHP library is not there; undefined when it is. */
function missingPhpLibrary(library: string): string | undefined {
  const autoload = `/usr/share/php/${library}/autoload.php`;
  return missingProgram('php', ['-r', `exit(file_exists('${autoload}') ? 0 : 1);`]);
}

tryPeer({
  name: 'nodemailer',
  missing: undefined,
  send: async ({ port, secure, certFile, to, bcc, attachmentFile }) => {
    const login = { auth: { user: 'app', pass: 'secret' }, tls: { ca: await readFile(certFile) } };
    const transport = createTransport({ host: '127.0.0.1', port, ...(secure && login) });
    await transport.sendMail({
      from: 'root@localhost',
      to: [...to],
      bcc: [...bcc],
      subject: 'scan',
      text: 'See the scan.',
      ...(attachmentFile && { attachments: [{ filename: 'scan.bin', path: attachmentFile }] }),
    });
    transport.close();
  },
});

tryPeer({
  name: 'Python smtplib',
  missing: missingProgram('python3'),
  send: async (order) => {
    const script = `
import smtplib, ssl, sys
from email.message import EmailMessage
port, secure, ca, to, bcc, attachment = sys.argv[1:]
message = EmailMessage()
message['From'] = 'root@localhost'
message['To'] = to
if bcc:
    message['Bcc'] = bcc
message['Subject'] = 'scan'
message.set_content('See the scan.')
if attachment:
    with open(attachment, 'rb') as file:
        message.add_attachment(file.read(), maintype='application', subtype='octet-stream', filename='scan.bin')
with smtplib.SMTP('127.0.0.1', int(port)) as smtp:
    if secure == 'true':
        smtp.starttls(context=ssl.create_default_context(cafile=ca))
        smtp.login('app', 'secret')
    smtp.send_message(message)
`;
    await run('python3', ['-c', script, ...argumentsOf(order)]);
  },
});

tryPeer({
  name: 'Perl Net::SMTP',
  missing: missingProgram('perl', [
    ...['-MNet::SMTP', '-MAuthen::SASL', '-MIO::Socket::SSL', '-e', '1'],
  ]),
  send: async (order) => {
    const script = `
use Net::SMTP;
my ($port, $secure, $ca, $to, $bcc, $attachment, $file) = @ARGV;
my $smtp = Net::SMTP->new("127.0.0.1", Port => $port) or die "connect";
if ($secure eq "true") {
  $smtp->starttls(SSL_ca_file => $ca) or die $smtp->message;
  $smtp->auth("app", "secret") or die $smtp->message;
}
open(my $in, "<:raw", $file) or die $!;
my $text = do { local $/; <$in> };
$smtp->mail("root\\@localhost") or die $smtp->message;
$smtp->to(split(/,/, $to), split(/,/, $bcc)) or die $smtp->message;
$smtp->data($text) or die $smtp->message;
$smtp->quit;
`;
    await run('perl', ['-e', script, ...argumentsOf(order), order.openMessageFile]);
  },
});

tryPeer({
  name: 'PHPMailer',
  missing: missingPhpLibrary('libphp-phpmailer'),
  send: async (order) => {
    const script = `
require '/usr/share/php/libphp-phpmailer/autoload.php';
[, $port, $secure, $ca, $to, $bcc, $attachment] = $argv;
$mail = new PHPMailer\\PHPMailer\\PHPMailer(true);
${recipeFor('phpmailer', order)}
if ($secure === 'true') $mail->SMTPOptions = ['ssl' => ['cafile' => $ca]];
$mail->setFrom('root@example.com');
foreach (explode(',', $to) as $address) $mail->addAddress($address);
foreach (array_filter(explode(',', $bcc)) as $address) $mail->addBCC($address);
$mail->Subject = 'scan';
$mail->Body = 'See the scan.';
if ($attachment !== '') $mail->addAttachment($attachment, 'scan.bin');
$mail->send();
`;
    await run('php', ['-r', script, '--', ...argumentsOf(order)]);
  },
});

tryPeer({
  name: 'Symfony Mailer',
  missing: missingPhpLibrary('Symfony/Component/Mailer'),
  send: async (order) => {
    const script = `
require '/usr/share/php/Symfony/Component/Mailer/autoload.php';
[, $port, $secure, $ca, $to, $bcc, $attachment] = $argv;
$login = $secure === 'true' ? 'app:secret@' : '';
$transport = Symfony\\Component\\Mailer\\Transport::fromDsn("smtp://{$login}127.0.0.1:$port");
if ($secure === 'true') $transport->getStream()->setStreamOptions(['ssl' => ['cafile' => $ca]]);
$mail = (new Symfony\\Component\\Mime\\Email())->from('root@localhost')->to(...explode(',', $to))
  ->subject('scan')->text('See the scan.');
$mail->bcc(...array_filter(explode(',', $bcc)));
if ($attachment !== '') $mail->attachFromPath($attachment, 'scan.bin');
(new Symfony\\Component\\Mailer\\Mailer($transport))->send($mail);
`;
    await run('php', ['-r', script, '--', ...argumentsOf(order)]);
  },
});

tryPeer({
  name: 'Ruby mail',
  missing: missingProgram('ruby', ['-e', "require 'mail'"]),
  send: async (order) => {
    const script = `
require 'mail'
require 'ostruct'
port, secure, ca, to, bcc, attachment = ARGV
config = OpenStruct.new(action_mailer: OpenStruct.new)
${recipeFor('rails', order)}
mailer = config.action_mailer
Mail.defaults { delivery_method mailer.delivery_method, mailer.smtp_settings }
mail = Mail.new(from: 'root@localhost', to: to.split(','), subject: 'scan', body: 'See the scan.')
mail.bcc = bcc.split(',') unless bcc.empty?
mail.add_file(attachment) unless attachment.empty?
mail.deliver!
`;
    const env = { SSL_CERT_FILE: order.certFile };
    await run('ruby', ['-e', script, ...argumentsOf(order)], { env });
  },
});
