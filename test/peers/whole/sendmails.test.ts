// Stand-ins for sendmail(8) that hand everything to a smart host.
import { createHash, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingFile, missingNamespace, run, unpacked } from '../programs.ts';
import { startStage } from '../stage.ts';

const tryPeer = startStage();

/** As cron and scripts write. */
async function readUnixLines(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).replaceAll('\r\n', '\n');
}

const ssmtp = unpacked('ssmtp', 'usr/sbin/ssmtp');

tryPeer({
  name: 'ssmtp',
  missing: missingFile(ssmtp),
  send: async ({ port, secure, certFile, messageFile, folder }) => {
    const config = join(folder, 'ssmtp.conf');
    const login = `UseSTARTTLS=YES\nTLS_CA_File=${certFile}\nAuthUser=app\nAuthPass=secret\n`;
    const lines = `mailhub=127.0.0.1:${port}\nhostname=localhost\nFromLineOverride=YES\n`;
    await writeFile(config, `${lines}${secure ? login : ''}`);
    const input = await readUnixLines(messageFile);
    await run(ssmtp, ['-C', config, '-f', 'root@localhost', '-t'], { input });
  },
});

const dma = unpacked('dma', 'usr/sbin/dma');
/** It looks nowhere else: `.ci/clients` makes it. */
const dmaConfig = '/etc/dma';

tryPeer({
  name: 'dma',
  missing: missingFile(dma) ?? missingFile(dmaConfig) ?? missingNamespace(),
  // It sends a copy of the message to each recipient.
  cannot: ['several'],
  send: async ({ port, secure, certFile, messageFile, folder }) => {
    const [config, spool] = [join(folder, 'config'), join(folder, 'spool')];
    await mkdir(config);
    await mkdir(spool);
    // It gives up its rights before it writes.
    await chmod(spool, 0o777);
    const login = [
      ...['SECURETRANSFER', 'STARTTLS', `FINGERPRINT ${await fingerprint(certFile)}`],
      `AUTHPATH ${dmaConfig}/auth.conf`,
    ];
    const settings = [
      ...['SMARTHOST 127.0.0.1', `PORT ${port}`, `SPOOLDIR ${spool}`, 'NULLCLIENT'],
      ...(secure ? login : []),
    ];
    await writeFile(join(config, 'dma.conf'), `${settings.join('\n')}\n`);
    await writeFile(join(config, 'auth.conf'), 'app|127.0.0.1:secret\n');
    const mount = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
    const own = ['--mount', 'sh', '-c', mount, 'sh', config, dmaConfig];
    const input = await readUnixLines(messageFile);
    await run('unshare', [...own, dma, '-D', '-f', 'root@localhost', '-t'], { input });
  },
});

async function fingerprint(certFile: string): Promise<string> {
  const { raw } = new X509Certificate(await readFile(certFile));
  return createHash('sha256').update(raw).digest('hex').toUpperCase();
}
