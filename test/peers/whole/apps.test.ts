// Apps with a mailer of their own.
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.ts';
import { until } from '../../support/until.ts';
import { missingFile, start, unpacked } from '../programs.ts';
import { recipe } from '../recipes.ts';
import { startStage } from '../stage.ts';

const tryPeer = startStage();

const alertmanager = unpacked('prometheus-alertmanager', 'usr/bin/prometheus-alertmanager');

tryPeer({
  name: 'Alertmanager',
  missing: missingFile(alertmanager) ?? missingFile('/usr/share/prometheus/alertmanager'),
  cannot: ['attachment', 'several'],
  ownSubject: true,
  send: async ({ port, secure, certFile, to, folder, arrived }) => {
    const config = join(folder, 'alertmanager.yml');
    const login = 'require_tls: true\n        auth_username: app\n        auth_password: secret';
    const text = recipe('alertmanager', { port, certFile })
      .replace('route: {', 'route: { group_wait: 0s,')
      .replace('ops@contoso.com', to.join(', '))
      .replace('alerts@contoso.com', 'root@localhost');
    await writeFile(config, secure ? text.replace('require_tls: false', login) : text);
    const address = `127.0.0.1:${await freePort()}`;
    const options = [
      ...[`--config.file=${config}`, `--storage.path=${folder}`],
      ...[`--web.listen-address=${address}`, '--cluster.listen-address='],
    ];
    await using _service = start(alertmanager, options, { env: { SSL_CERT_FILE: certFile } });
    const alerts = [{ labels: { alertname: 'DiskFull' }, annotations: { summary: '95 %' } }];
    await until(async () => await postsAlerts(`http://${address}/api/v2/alerts`, alerts));
    await arrived();
  },
});

const monit = unpacked('monit', 'usr/bin/monit');

tryPeer({
  name: 'monit (implicit TLS)',
  implicitTls: true,
  missing: missingFile(monit),
  cannot: ['attachment', 'several'],
  send: async ({ port, secure, to, folder, arrived }) => {
    const config = join(folder, 'monitrc');
    await writeFile(
      config,
      `
set daemon 1
set pidfile ${join(folder, 'pid')}
set idfile ${join(folder, 'id')}
set statefile ${join(folder, 'state')}
set mailserver 127.0.0.1 port ${port} ${secure ? 'username "app" password "secret" using tls' : ''}
set mail-format {
  from: root@localhost
  subject: scan
}
set alert ${to.join()} only on { nonexist }
check file absent with path ${join(folder, 'absent')}
`,
    );
    await chmod(config, 0o600);
    await using _service = start(monit, ['-I', '-c', config]);
    await arrived();
  },
});

/** False while nobody listens there yet. */
async function postsAlerts(url: string, alerts: readonly object[]): Promise<boolean> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(alerts);
  const answer = await fetch(url, { method: 'POST', headers, body }).catch(() => undefined);
  return answer?.ok ?? false;
}
