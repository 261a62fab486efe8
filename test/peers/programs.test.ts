// Mail programs of the command line.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingProgram, run } from './programs.ts';
import { recipe, recipeFor } from './recipes.ts';
import { startStage, type Order } from './stage.ts';

const tryPeer = startStage();

async function writeMsmtprc(order: Order): Promise<string> {
  const config = join(order.folder, 'msmtprc');
  await writeFile(config, recipeFor('msmtp', order), { mode: 0o600 });
  return config;
}

tryPeer({
  name: 'curl',
  missing: missingProgram('curl'),
  send: async ({ port, secure, certFile, to, bcc, openMessageFile }) => {
    const recipients = [...to, ...bcc].flatMap((address) => ['--mail-rcpt', address]);
    const login = ['--ssl-reqd', '--cacert', certFile, '--user', 'app:secret'];
    const args = ['-sS', `smtp://127.0.0.1:${port}`, '--mail-from', 'root@localhost'];
    await run('curl', [...args, ...recipients, ...(secure ? login : []), '-T', openMessageFile]);
  },
});

tryPeer({
  name: 'swaks',
  missing: missingProgram('swaks'),
  send: async ({ port, secure, to, bcc, attachmentFile }) => {
    await run('swaks', [
      ...['--server', '127.0.0.1', '--port', String(port), '--from', 'root@localhost'],
      ...['--to', [...to, ...bcc].join(), '--h-To', to.join(', '), '--h-Subject', 'scan'],
      ...(attachmentFile ? ['--attach-name', 'scan.bin', '--attach', `@${attachmentFile}`] : []),
      ...(secure ? ['--tls', '--auth', 'PLAIN', '--auth-user', 'app'] : []),
      ...(secure ? ['--auth-password', 'secret'] : []),
    ]);
  },
});

tryPeer({
  name: 'msmtp',
  missing: missingProgram('msmtp'),
  send: async (order) => {
    const config = await writeMsmtprc(order);
    const input = await readFile(order.messageFile);
    await run('msmtp', ['-C', config, '--from=root@localhost', '--read-recipients'], { input });
  },
});

tryPeer({
  name: 's-nail',
  missing: missingProgram('s-nail'),
  send: async ({ port, secure, certFile, to, bcc, attachmentFile }) => {
    const login = ['-S', 'smtp-use-starttls', '-S', `tls-ca-file=${certFile}`];
    const options = [
      ...['-:/', '-S', 'v15-compat', '-S', 'sendwait', '-S', 'nosave', '-r', 'root@localhost'],
      ...['-S', `mta=smtp://${secure ? 'app:secret@' : ''}localhost:${port}`],
      ...(secure ? login : ['-S', 'smtp-auth=none']),
      ...['-s', 'scan', ...(attachmentFile ? ['-a', attachmentFile] : [])],
      ...bcc.flatMap((address) => ['-b', address]),
    ];
    await run('s-nail', [...options, ...to], { input: 'See the scan.\n' });
  },
});

tryPeer({
  name: 'mutt',
  missing: missingProgram('mutt'),
  send: async ({ port, secure, certFile, to, bcc, attachmentFile }) => {
    const server = secure ? `smtp://app:secret@127.0.0.1:${port}` : `smtp://127.0.0.1:${port}`;
    const tls = secure ? 'yes' : 'no';
    const settings = [
      ...['copy=no', 'from=root@localhost', `smtp_url=${server}`, 'header=no'],
      ...['ssl_verify_host=no', 'ssl_verify_dates=no', `certificate_file=${certFile}`],
      ...[`ssl_starttls=${tls}`, `ssl_force_tls=${tls}`],
    ].flatMap((setting) => ['-e', `set ${setting}`]);
    const options = ['-n', '-F', '/dev/null', ...settings, '-s', 'scan'];
    const hidden = bcc.flatMap((address) => ['-b', address]);
    const attachment = attachmentFile ? ['-a', attachmentFile] : [];
    const input = 'See the scan.\n';
    await run('mutt', [...options, ...hidden, ...attachment, '--', ...to], { input });
  },
});

tryPeer({
  name: 'openssl s_client',
  missing: missingProgram('openssl', ['version']),
  cannot: ['clear'],
  send: async ({ port, certFile, to, bcc, openMessageFile }) => {
    const token = Buffer.from('\0app\0secret').toString('base64');
    const message = await readFile(openMessageFile, 'utf8');
    const dialogue = [
      ...['EHLO me', `AUTH PLAIN ${token}`, 'MAIL FROM:<root@localhost>'],
      ...[...to, ...bcc].map((address) => `RCPT TO:<${address}>`),
      ...['DATA', message.trimEnd(), '.', 'QUIT', ''],
    ].join('\n');
    const options = ['-starttls', 'smtp', '-quiet', '-crlf', '-verify_return_error'];
    const server = ['-connect', `127.0.0.1:${port}`, '-CAfile', certFile];
    const input = dialogue.replaceAll('\r\n', '\n');
    const said = await run('openssl', ['s_client', ...options, ...server], { input });
    if (!said.includes('250 2.0.0 queued as ')) throw new Error(said);
  },
});

tryPeer({
  name: 'PHP mail() by msmtp',
  missing: missingProgram('php') ?? missingProgram('msmtp'),
  send: async (order) => {
    const { to, bcc, openMessageFile, folder } = order;
    const config = await writeMsmtprc(order);
    const setting = recipe('php-ini', order).trim().replace('/etc/msmtprc', config);
    const script = join(folder, 'mail.php');
    await writeFile(
      script,
      `<?php
[, $file, $to, $bcc] = $argv;
[$header, $body] = explode("\\r\\n\\r\\n", file_get_contents($file), 2);
$rest = preg_grep('/^(To|Subject):/', explode("\\r\\n", $header), PREG_GREP_INVERT);
if ($bcc !== '') $rest[] = "Bcc: $bcc";
if (!mail($to, 'scan', $body, implode("\\r\\n", $rest))) exit(1);
`,
    );
    const args = [script, openMessageFile, to.join(', '), bcc.join(', ')];
    await run('php', ['-d', setting, ...args]);
  },
});
