// What is secret stays so: it is fed in everywhere, and then looked for in all that comes out.
import { rm } from 'node:fs/promises';
import { createTransport } from 'nodemailer';
import { expect, test } from 'vitest';
import { runCheck } from '../../src/cli/check.ts';
import { runQueueStats } from '../../src/cli/queue.ts';
import { runWhy } from '../../src/cli/why.ts';
import { createCliIo } from '../support/cli-io.ts';
import { startTestGateway, writeConfig } from '../support/gateway.ts';

const password = 'correct-horse-battery-staple';
const wrongPassword = 'tr0ub4dor-and-three';
const bodyText = 'the-body-of-the-message-7461';

test('no password, client secret, token or body reaches log, metrics or page', async () => {
  await using gateway = await startTestGateway({
    clients: `clients:
  - name: shop
    login: { username: shop, password: "${password}" }
    senders: ["*@contoso.com"]`,
    log: 'log: { level: trace, format: json }',
  });
  const mail = { from: 'shop@contoso.com', to: 'denied@example.com', subject: 's', text: bodyText };
  const sendAs = async (pass: string): Promise<void> => {
    const auth = { user: 'shop', pass };
    const port = gateway.smtpPort;
    const transport = createTransport({ host: '127.0.0.1', port, ignoreTLS: true, auth });
    await transport.sendMail(mail);
  };
  await expect(sendAs(wrongPassword)).rejects.toThrow('535');
  await sendAs(password);
  await gateway.until(({ event }) => event === 'delivery.attempted');
  const told = ['status', 'messages', 'connections', 'lanes', 'clients', 'figures'];
  const pages = ['', ...told.map((name) => `api/v1/${name}`)].map(
    (path) => `${gateway.adminUrl}/${path}`,
  );
  const texts = await Promise.all(
    [`${gateway.telemetryUrl}/metrics`, ...pages].map(
      async (url) => await (await fetch(url)).text(),
    ),
  );
  const everything = [JSON.stringify(gateway.log), ...texts].join('\n');
  const secrets = [password, wrongPassword, gateway.sandbox.clientSecret, bodyText];
  for (const secret of secrets) {
    expect(everything).not.toContain(secret);
    expect(everything).not.toContain(Buffer.from(secret).toString('base64').slice(0, -3));
  }
  expect(everything).not.toMatch(/Bearer|eyJ/);
});

const marks = {
  login: 'mark-of-the-login-0001',
  clientSecret: 'mark-of-the-client-secret-0002',
  passphrase: 'mark-of-the-passphrase-0003',
  smartHost: 'mark-of-the-smart-host-0004',
  webhook: 'mark-of-the-webhook-0005',
  adminToken: 'mark-of-the-admin-token-0006',
  tokenCache: 'mark-of-the-token-cache-0007',
};

/** Each place for a secret that the schema has, but for the URL of PostgreSQL; and everything fails. */
const secretive = {
  connections: `connections:
  main: { type: sandbox }
  tenant:
    type: graph
    cloud: { authority: "https://127.0.0.1:9", graph: "https://127.0.0.1:9" }
    tenant: contoso.onmicrosoft.com
    clientId: 01234567-89ab-cdef-0123-456789abcdef
    credential: { secret: ${marks.clientSecret} }
  sealed:
    type: graph
    tenant: contoso.onmicrosoft.com
    clientId: 01234567-89ab-cdef-0123-456789abcdef
    credential: { certificate: { pfx: none.pfx, passphrase: ${marks.passphrase} } }
  host: { type: smtp, url: "smtp://127.0.0.1:9", username: relay, password: ${marks.smartHost} }`,
  clients: `clients:
  - { name: shop, login: { username: shop, password: ${marks.login} }, senders: ["*"] }
  - { name: here, networks: [127.0.0.1], senders: ["*"] }`,
  routes: `routes:
  - { name: tenant, when: { recipient: { startsWith: tenant } }, send: { via: tenant } }
  - { name: sealed, when: { recipient: { startsWith: sealed } }, send: { via: sealed } }
  - { name: host, when: { recipient: { startsWith: host } }, send: { via: host } }`,
  alerts: `alerts: [{ on: [connectionDown, failed, reloadFailed], to: { webhook: "http://127.0.0.1:9/${marks.webhook}", allowLocal: true } }]`,
  tokenCache: `tokenCache: { file: tokens, key: ${marks.tokenCache} }`,
  log: 'log: { level: trace, format: json }',
};
const httpBlock = (admin: string) =>
  `http: { telemetry: "127.0.0.1:0", admin: "${admin}", adminToken: ${marks.adminToken} }`;

test('no secret of a configuration reaches log, metrics, page, API or a command', async () => {
  await using gateway = await startTestGateway({ ...secretive, http: httpBlock('127.0.0.1:0') });
  const to = ['tenant', 'sealed', 'host'].map((name) => `${name}@example.com`);
  await gateway.send({ from: 'app@contoso.com', to, subject: 's', text: 'x' });
  const isOf = (name: string) => (line: Record<string, unknown>) =>
    line['event'] === 'delivery.attempted' && line['connection'] === name;
  for (const name of ['tenant', 'sealed', 'host']) await gateway.until(isOf(name));
  await gateway.until(({ event }) => event === 'alerts.failed');
  const headers = { Authorization: `Bearer ${marks.adminToken}` };
  const read = async (url: string) => await (await fetch(url, { headers })).text();
  const pages = ['', 'messages', 'connections', 'clients', 'test', 'explain', 'login'];
  const told = ['status', 'messages', 'connections', 'lanes', 'clients', 'figures', 'openapi.json'];
  const paths = [...pages, ...told.map((name) => `api/v1/${name}`)];
  const texts = await Promise.all([
    read(`${gateway.telemetryUrl}/metrics`),
    ...paths.map((path) => read(`${gateway.adminUrl}/${path}`)),
  ]);
  const everything = [JSON.stringify(gateway.log), ...texts, await commands(gateway.adminUrl)];
  expect(everything.join('\n')).toContain('connection "tenant"');
  for (const mark of Object.values(marks)) expect(everything.join('\n')).not.toContain(mark);
});

/** What commands print that read the configuration, right and wrong, or ask the gateway. */
async function commands(adminUrl: string): Promise<string> {
  const admin = httpBlock(new URL(adminUrl).host);
  const right = await writeConfig({ ...secretive, http: admin });
  const wrong = await writeConfig({ ...secretive, http: admin, limits: 'limits: { nonsense: 1 }' });
  const { io, written } = createCliIo({ cwd: right.folder });
  const config = right.file;
  await runCheck({ config, json: true }, io);
  await runCheck({ config: wrong.file, json: false }, io);
  await runQueueStats({ config, version: '0.0.0' }, io);
  await runWhy('app@contoso.com', { config, version: '0.0.0', limit: 3 }, io);
  await Promise.all([right, wrong].map(({ folder }) => rm(folder, { recursive: true })));
  const { stdout, stderr } = written();
  expect(stdout).toContain('rule "tenant" sends it');
  expect(stderr).toContain('nonsense');
  return stdout + stderr;
}
