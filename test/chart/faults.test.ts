// Values that cannot work are refused with one line that says what to do, before anything reaches the cluster.
import { describe, expect, test } from 'vitest';
import { createJsonSchema, type JsonSchema } from '../../src/config/json-schema.ts';
import { suiteName, template, valuesFileOf, whyNoHelm } from './helm.ts';

const client = { name: 'all', networks: ['10.0.0.0/8'], senders: ['*'] };
const image = { repository: 'registry.example.com/graphpost' };

/** The lines that Helm ends with. */
async function faultsOf(values: object, files: readonly string[] = []): Promise<readonly string[]> {
  const { exitCode, stderr } = await template({ files, values });
  if (exitCode === 0) return [];
  const [, text = stderr] =
    /(?:error calling fail|workload\.yaml:\d+:\d+\)): ([\s\S]*?)\n\nUse --debug/.exec(stderr) ?? [];
  return text.trim().split('\n');
}

const noConnection =
  'graph.credential: there is no connection, so no mail could leave; say secret, certificate or workloadIdentity, or name one under config.connections';

const faults: Readonly<Record<string, readonly [values: object, fault: string]>> = {
  'no image': [
    { image: { repository: '' } },
    'image.repository: is missing; name where the image lies, such as registry.example.com/graphpost',
  ],
  'an image that changes': [
    { image: { tag: 'latest' } },
    'image.tag: latest is another image each day; name a version, or image.digest',
  ],
  'several gateways on SQLite': [
    { replicaCount: 2 },
    'replicaCount: a queue in SQLite has one gateway, not 2; several share one in PostgreSQL (store.type postgresql)',
  ],
  'PostgreSQL without its URL': [
    { store: { type: 'postgresql' }, admin: { enabled: false } },
    'store.existingSecret: is missing; name the Secret that has the URL of the database under the key "url"',
  ],
  'PostgreSQL without a token for the page': [
    { store: { type: 'postgresql', existingSecret: 'database' } },
    'admin.existingSecret: is missing; replicas share no disk to keep a token on: name the Secret that has it, or set admin.enabled to false',
  ],
  'too little time to drain': [
    { terminationGracePeriodSeconds: 10 },
    'terminationGracePeriodSeconds: must be 20 or more, since the gateway stops within ten seconds after preStopSeconds',
  ],
  'no listener that can open': [
    { listeners: { smtp: { enabled: false } } },
    'listeners: none is open; enable one without TLS, or name a certificate under tls',
  ],
  'two certificates': [
    { tls: { existingSecret: 'tls', certManager: { enabled: true, issuerRef: { name: 'ca' } } } },
    'tls.existingSecret: stands beside tls.certManager.enabled; choose one of them',
  ],
  'no issuer': [
    { tls: { certManager: { enabled: true } } },
    'tls.certManager.issuerRef.name: is missing; name the issuer that makes the certificate',
  ],
  'a folder that is in use': [
    { secretFiles: { graph: 'other' } },
    'secretFiles.graph: the folder /run/secrets/graph is in use; take another name',
  ],
  'no connection': [
    { graph: { credential: '', tenant: '', clientId: '', existingSecret: '' } },
    noConnection,
  ],
  'an app without its secret': [
    { graph: { existingSecret: '' } },
    'graph.existingSecret: is missing; name the Secret that has client-secret',
  ],
  'an app without its certificate': [
    { graph: { credential: 'certificate', existingSecret: '' } },
    'graph.existingSecret: is missing; name the Secret that has tls.crt and tls.key',
  ],
  'an app without a tenant': [
    { graph: { tenant: '' } },
    'graph.tenant: is missing; give the id or a domain of the tenant, such as contoso.onmicrosoft.com',
  ],
  'an app without an id': [
    { graph: { clientId: '' } },
    'graph.clientId: is missing; give the application (client) id of the app registration',
  ],
  'a workload identity without an id': [
    {
      workloadIdentity: { enabled: true },
      graph: { clientId: '', credential: '', tenant: '', existingSecret: '' },
      config: { connections: { play: { type: 'sandbox' } } },
    },
    'workloadIdentity.clientId: is missing; give the client id of the identity',
  ],
  'an app that does not say how it proves itself': [
    { graph: { credential: '' }, config: { connections: { play: { type: 'sandbox' } } } },
    'graph.credential: is missing; say secret, certificate or workloadIdentity',
  ],
  'listeners of its own': [
    { config: { listeners: [{ address: '0.0.0.0:2525' }] } },
    'config.listeners: is made of the value listeners, from which the ports of the Service come, too; say it there',
  ],
  'web servers of its own': [
    { config: { http: { telemetry: '0.0.0.0:9999' } } },
    'config.http.telemetry: is made by the chart; it is 9464 on all addresses of the pod',
  ],
  'a page of its own': [
    { config: { http: { admin: false } } },
    'config.http.admin: is made by the chart; say it under admin',
  ],
  'a token of its own': [
    { config: { http: { adminToken: 'hunter2-hunter2-hunter2' } } },
    'config.http.adminToken: is made by the chart; name its Secret under admin.existingSecret',
  ],
  'a queue of its own': [
    { config: { queue: { store: 'sqlite:/tmp/queue.db' } } },
    'config.queue.store: is made of the value store; say it there',
  ],
  'a file of a Secret that is not mounted': [
    {
      config: {
        clients: [{ ...client, login: { username: 'a', password: '${file:/run/secrets/shop/a}' } }],
        tokenCache: { file: '/tmp/tokens', key: '${file:/run/secrets/shop/b}' },
      },
    },
    'secretFiles.shop: is missing; config reads a file in /run/secrets/shop, and no Secret is mounted there',
  ],
  'an alert that is about nothing': [
    { config: { alerts: [{ to: { email: 'ops@contoso.com', via: 'microsoft365' } }] } },
    'config.alerts[0].on: is missing; say what is told, such as [failed, connectionDown]',
  ],
};

describe.skipIf(whyNoHelm !== undefined)(suiteName('faults of the chart'), () => {
  test.concurrent.each(Object.entries(faults))(
    '%s is one fault, in one line',
    async (_name, [values, fault]) => {
      expect(await faultsOf(values, [valuesFileOf('secret')])).toEqual([fault]);
    },
  );

  test('two configurations are a fault', async () => {
    const existing = { existingConfig: { configMap: 'one', secret: 'other' } };
    expect(await faultsOf({ ...existing, image })).toEqual([
      'existingConfig.secret: stands beside existingConfig.configMap; choose one of them',
    ]);
    expect(
      await faultsOf({ existingConfig: { secret: 'one' }, image, config: { clients: [client] } }),
    ).toEqual(['existingConfig: stands beside config; the configuration comes from one of them']);
    expect(
      await faultsOf({
        existingConfig: { secret: 'one' },
        graph: { credential: 'workloadIdentity', clientId: 'x' },
        image,
      }),
    ).toEqual([
      'existingConfig: stands beside graph.credential; the configuration comes from one of them',
    ]);
  });

  test('all faults come at once', async () => {
    expect(await faultsOf({ image, replicaCount: 2 })).toEqual([
      'replicaCount: a queue in SQLite has one gateway, not 2; several share one in PostgreSQL (store.type postgresql)',
      noConnection,
      'config.clients: is missing; say who may send, such as [{ name: cluster, networks: [10.0.0.0/8], senders: ["*@contoso.com"] }]',
    ]);
  });

  test('a bare chart names what is needed', async () => {
    const [fault] = await faultsOf({});
    expect(fault).toMatch(/^image\.repository: .*; graph\.credential: .*; config\.clients: /);
  });

  test('each secret of the configuration is a fault', async () => {
    const all = await faultsOf(withSecrets('hunter2-hunter2-hunter2'));
    expect(all).toEqual(
      Object.keys(secretsByKey).map(
        (key) =>
          `config.${key}: a secret has no place in values, which end in a ConfigMap; put it into a Secret, name that under secretFiles, and write \${file:/run/secrets/<name>/<key>}`,
      ),
    );
  });

  test('a place for secrets that is new in the schema is refused by the chart, too', () => {
    const known = Object.values(secretsByKey).map((path) => path.join('.'));
    expect(
      secretPaths()
        .map((path) => path.join('.'))
        .toSorted(),
    ).toEqual(known.toSorted());
  });

  test.each(['${file:/run/secrets/a/b}', '${NAME}', '${NAME:-}', '${A:-${file:${B:-}}}'])(
    '%s is no secret, but names one',
    async (text) => {
      expect(await faultsOf(withSecrets(text))).toEqual([]);
    },
  );

  test.each(['${NAME:-hunter2}', 'a${NAME}', '$${NAME}', '${A:-${file:${B:-}}x}'])(
    '%s has a secret in it',
    async (text) => {
      expect(await faultsOf(withSecrets(text))).toHaveLength(Object.keys(secretsByKey).length);
    },
  );
});

/** Where `withSecrets` puts them, with their places in the schema. */
const secretsByKey: Readonly<Record<string, readonly string[]>> = {
  'alerts[0].to.slack': ['alerts', 'to', 'slack'],
  'alerts[1].to.teams': ['alerts', 'to', 'teams'],
  'alerts[2].to.webhook': ['alerts', 'to', 'webhook'],
  'clients[0].login.password': ['clients', 'login', 'password'],
  'connections.app.credential.certificate.passphrase': [
    'connections',
    '*',
    'credential',
    'certificate',
    'passphrase',
  ],
  'connections.app.credential.secret': ['connections', '*', 'credential', 'secret'],
  'connections.host.password': ['connections', '*', 'password'],
  'tokenCache.key': ['tokenCache', 'key'],
};

function withSecrets(text: string): object {
  const config = {
    clients: [{ name: 'app', login: { username: 'app', password: text }, senders: ['*'] }],
    connections: {
      app: { type: 'graph', credential: { secret: text, certificate: { passphrase: text } } },
      host: { type: 'smtp', url: 'smtp://mail.example.net', password: text },
    },
    tokenCache: { file: 'tokens', key: text },
    alerts: ['slack', 'teams', 'webhook'].map((kind) => ({ on: ['failed'], to: { [kind]: text } })),
  };
  return { image, config, secretFiles: { a: 'a' } };
}

/** Where the schema of the configuration has secrets, without what the chart itself writes. */
function secretPaths(): readonly (readonly string[])[] {
  const { http: _, ...properties } = createJsonSchema().properties ?? {};
  return pathsOf({ properties }, []);
}

function pathsOf(schema: JsonSchema, path: readonly string[]): readonly (readonly string[])[] {
  // The URL of a webhook is what lets one send to it.
  const isWebhook = path[0] === 'alerts' && schema.title === 'https URL';
  if (schema.title === 'secret' || isWebhook) return [path];
  const alternatives = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
      pathsOf(child, [...path, key]),
    ),
    ...(schema.items ? pathsOf(schema.items, path) : []),
    ...(schema.additionalProperties ? pathsOf(schema.additionalProperties, [...path, '*']) : []),
    ...alternatives.flatMap((part) => pathsOf(part, path)),
  ];
}
