// Mail servers that have us as their smart host. They are started by root alone, each from its unpacked package.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../../support/until.ts';
import {
  missingFile,
  missingNamespace,
  missingProgram,
  run,
  start,
  unpacked,
} from '../programs.ts';
import { recipeFor } from '../recipes.ts';
import { startStage } from '../stage.ts';

const tryPeer = startStage();

const missingRoot = process.getuid?.() === 0 ? undefined : 'starts for root alone';

/** Why there is no such user; undefined when there is. */
function missingUser(name: string): string | undefined {
  return missingProgram('id', [name]) && `has no user "${name}"`;
}

/** What sendmail(8) is given. */
async function readUnixLines(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).replaceAll('\r\n', '\n');
}

const exim = unpacked('exim4-daemon-light', 'usr/sbin/exim4');

tryPeer({
  name: 'Exim',
  missing: missingFile(exim) ?? missingRoot ?? missingUser('Debian-exim'),
  send: async ({ port, secure, certFile, messageFile, folder }) => {
    const spool = join(folder, 'spool');
    await mkdir(spool);
    await chmod(spool, 0o777);
    const config = join(folder, 'exim.conf');
    const login = `
  hosts_require_tls = *
  hosts_require_auth = *
  tls_verify_certificates = ${certFile}
  tls_verify_hosts = *
  tls_verify_cert_hostnames =`;
    await writeFile(
      config,
      `
primary_hostname = client.example.com
spool_directory = ${spool}
log_file_path = ${spool}/log-%s
exim_path = ${exim}
keep_environment =
begin routers
smart:
  driver = manualroute
  route_list = * 127.0.0.1
  self = send
  transport = smart
begin transports
smart:
  driver = smtp
  port = ${port}${secure ? login : ''}
begin retry
* * F,1h,1s
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  client_send = ^app^secret
`,
    );
    const input = await readUnixLines(messageFile);
    await run(exim, ['-C', config, '-odf', '-f', 'root@localhost', '-t'], { input });
  },
});

const postfix = unpacked('postfix', 'usr');

tryPeer({
  name: 'Postfix',
  missing:
    missingFile(postfix) ??
    missingRoot ??
    missingUser('postfix') ??
    // Where its programs look for their libraries.
    missingFile('/usr/lib/postfix'),
  send: async ({ port, secure, certFile, messageFile, folder, arrived }) => {
    const [config, queue, data] = [
      join(folder, 'config'),
      join(folder, 'queue'),
      join(folder, 'data'),
    ];
    await mkdir(config);
    await writeFile(
      join(config, 'main.cf'),
      `
compatibility_level = 3.6
queue_directory = ${queue}
data_directory = ${data}
command_directory = ${postfix}/sbin
daemon_directory = ${postfix}/lib/postfix/sbin
shlib_directory = ${postfix}/lib/postfix
maillog_file = ${folder}/maillog
maillog_file_prefixes = ${folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = client.example.com
mydestination =
alias_maps =
alias_database =
${recipeFor('postfix', { port, secure, certFile })}`,
    );
    await writeFile(join(config, 'master.cf'), postfixServices);
    await run('sh', ['-c', postfixFolders, 'sh', queue, data]);
    const master = join(postfix, 'lib/postfix/sbin/master');
    await using _service = start(master, ['-c', config, '-d']);
    await until(async () => (await run('ls', [join(queue, 'public')])).includes('pickup'));
    const input = await readUnixLines(messageFile);
    await run(join(postfix, 'sbin/sendmail'), ['-C', config, '-f', 'root@localhost', '-t'], {
      input,
    });
    await arrived();
  },
});

/** As its installer makes them. */
const postfixFolders = `
umask 022
mkdir "$1" "$2"
cd "$1"
mkdir active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace
chown postfix "$2" active bounce corrupt defer deferred flush hold incoming maildrop private public saved trace
`;

const postfixServices = `
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;

const openSmtpd = unpacked('opensmtpd', 'usr');
/** What it looks for there alone, and `.ci/clients` makes. */
const openSmtpdPlaces = ['/var/spool/smtpd', '/usr/libexec/opensmtpd', '/var/lib/opensmtpd/empty'];

tryPeer({
  name: 'OpenSMTPD',
  missing:
    missingFile(openSmtpd) ??
    missingRoot ??
    missingUser('opensmtpd') ??
    missingUser('opensmtpq') ??
    openSmtpdPlaces.map(missingFile).find((reason) => reason !== undefined) ??
    missingNamespace(),
  send: async ({ port, secure, messageFile, folder, arrived }) => {
    const [config, spool] = [join(folder, 'smtpd.conf'), join(folder, 'spool')];
    await mkdir(spool);
    await writeFile(join(folder, 'secrets'), 'us app:secret\n', { mode: 0o640 });
    const host = secure
      ? `smtp+tls://us@127.0.0.1:${port} auth <secrets> tls no-verify`
      : `smtp+notls://127.0.0.1:${port}`;
    await writeFile(
      config,
      `
table secrets file:${folder}/secrets
listen on socket
action us relay host ${host}
match from local for any action us
`,
      { mode: 0o644 },
    );
    const script = `
mount --bind "$1" /var/spool/smtpd
mount -t tmpfs tmpfs /run
mount --bind ${openSmtpd}/libexec/opensmtpd /usr/libexec/opensmtpd
chmod 711 /var/spool/smtpd
"$2"/sbin/smtpd -d -f "$3" &
while ! [ -S /run/smtpd.sock ]; do sleep 0.05; done
(exec -a sendmail "$2"/sbin/smtpctl -f root@localhost -t <"$4")
wait
`;
    await writeFile(join(folder, 'unix.eml'), await readUnixLines(messageFile));
    const args = [spool, openSmtpd, config, join(folder, 'unix.eml')];
    await using service = start('unshare', ['--mount', 'bash', '-c', script, 'bash', ...args]);
    await arrived().catch((error: unknown) => {
      throw new Error(`OpenSMTPD: ${service.output()}`, { cause: error });
    });
  },
});
