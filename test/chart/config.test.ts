// The configuration that the chart renders passes the gateway's own loader, with nothing but what the pod mounts.
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { formatFault } from '../../src/config/fault.ts';
import { loadConfig, type Loading } from '../../src/config/load.ts';
import { restartKeys } from '../../src/config/restart-keys.ts';
import {
  cases,
  onlyOne,
  render,
  suiteName,
  valuesFileOf,
  whyNoHelm,
  type Manifest,
} from './helm.ts';
import { gatewayOf, workloadOf } from './pods.ts';

const configFile = '/etc/graphpost/graphpost.yaml';
const withData = z.object({ data: z.record(z.string(), z.string()) });

function configTextOf(manifests: readonly Manifest[]): string {
  const found = onlyOne(manifests, 'ConfigMap', { name: workloadNameOf(manifests) });
  return withData.parse(found).data['graphpost.yaml'] ?? '';
}

function workloadNameOf(manifests: readonly Manifest[]): string {
  const found = manifests.find(({ kind }) => kind === 'StatefulSet' || kind === 'Deployment');
  return found?.metadata.name ?? '';
}

/** What the webhook of Azure adds to a pod with its label. */
const azure = {
  AZURE_TENANT_ID: '89abcdef-0123-4567-89ab-cdef01234567',
  AZURE_CLIENT_ID: '01234567-89ab-cdef-0123-456789abcdef',
  AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/azure/tokens/azure-identity-token',
};

/** Keys of Secrets that want something else than a long word. */
const contents = new Map([
  ['/run/secrets/postgresql/url', 'postgres://graphpost:word@db.example/graphpost'],
  ['/run/secrets/postgresql/uri', 'postgres://graphpost:word@db.example/graphpost'],
  ['/run/secrets/alerts/teams', 'https://example.webhook.office.com/workflows/0123'],
]);

/** Loads it as the gateway in the pod would: files are those of its mounts, variables those of its environment. */
function loadInPod(manifests: readonly Manifest[]): Loading {
  const { env, volumeMounts } = gatewayOf(manifests);
  const { labels } = workloadOf(manifests).template.metadata;
  const hasWebhook = labels['azure.workload.identity/use'] === 'true';
  const variables = Object.fromEntries(
    env.map(({ name, value }) => [name, value ?? 'from-a-secret']),
  );
  const folders = volumeMounts.map(({ mountPath }) => `${mountPath}/`);
  return loadConfig(configFile, {
    env: { ...variables, ...(hasWebhook && azure) },
    readFile: (path) => {
      if (path === configFile) return configTextOf(manifests);
      if (folders.some((folder) => path.startsWith(folder)))
        return contents.get(path) ?? 'a-secret-of-32-characters-or-more';
      throw Object.assign(new Error(`${path} is in no mount`), { code: 'ENOENT' });
    },
  });
}

function faultsOf(loading: Loading): readonly string[] {
  return loading.kind === 'loaded' ? [] : loading.faults.map(formatFault);
}

const ownCases = cases.filter((name) => !name.startsWith('existing-'));

describe.skipIf(whyNoHelm !== undefined)(suiteName('the configuration of the chart'), () => {
  test.each(ownCases)('%s is one that the gateway takes', async (name) => {
    const manifests = await render({ files: [valuesFileOf(name)] });
    expect(faultsOf(loadInPod(manifests))).toEqual([]);
    const mounts = gatewayOf(manifests).volumeMounts.map(({ mountPath }) => mountPath);
    const named = [...configTextOf(manifests).matchAll(/\/run\/secrets\/[a-z0-9-]+/g)].map(String);
    expect(mounts).toEqual(expect.arrayContaining(named));
    expect(gatewayOf(manifests).env).toContainEqual({
      name: 'GRAPHPOST_CONFIG',
      value: configFile,
    });
  });

  test.each(ownCases)('%s listens where the ports of the pod and its probes are', async (name) => {
    const manifests = await render({ files: [valuesFileOf(name)] });
    const loading = loadInPod(manifests);
    if (loading.kind !== 'loaded') throw new Error('It is faulty');
    const { listeners, http } = loading.config;
    const ports = new Map(
      gatewayOf(manifests).ports.map((port) => [port.name, port.containerPort]),
    );
    expect(http.telemetry).toMatchObject({ port: ports.get('metrics') });
    ports.delete('metrics');
    expect(new Map(listeners.map((listener) => [listener.name, listener.port]))).toEqual(ports);
    const hosts = new Set(
      [...listeners, http.telemetry || undefined].map((endpoint) => endpoint?.host),
    );
    expect([...hosts]).toEqual([name === 'everything' ? '::' : '0.0.0.0']);
    expect(http.admin).toMatchObject({ host: '127.0.0.1', port: 8025 });
  });

  test('says more about the connection of graph where config names it', async () => {
    const loading = loadInPod(await render({ files: [valuesFileOf('certificate')] }));
    if (loading.kind !== 'loaded') throw new Error('It is faulty');
    expect(loading.config.connections.get('microsoft365')).toMatchObject({
      sendAs: { kind: 'mailbox' },
      requestLimitBytes: 4_000_000,
      credential: { kind: 'certificate', certFile: '/run/secrets/graph/tls.crt' },
    });
    expect(loading.config.hostname).toBe('relay.contoso.com');
  });

  test('takes the alerts\' key "on" with and without quotes, which Helm reads differently', async () => {
    const loading = loadInPod(await render({ files: [valuesFileOf('everything')] }));
    if (loading.kind !== 'loaded') throw new Error('It is faulty');
    expect(loading.config.alerts.map(({ on }) => on)).toEqual([
      ['failed', 'connectionDown'],
      ['diskLow'],
    ]);
  });

  test('sends by the connection of graph, where config names no other default', async () => {
    const values = { config: { connections: { play: { type: 'sandbox' } } } };
    const loading = loadInPod(await render({ files: [valuesFileOf('secret')], values }));
    if (loading.kind !== 'loaded') throw new Error('It is faulty');
    expect(loading.config.fallback).toMatchObject({ action: { via: 'microsoft365' } });
    const own = loadInPod(await render({ files: [valuesFileOf('smart-host')] }));
    if (own.kind !== 'loaded') throw new Error('It is faulty');
    expect(own.config.fallback).toMatchObject({ action: { backup: ['smarthost', 'other'] } });
  });

  test('mounts a configuration that is there already, and leads the gateway to it', async () => {
    const manifests = await render({ files: [valuesFileOf('existing-config')] });
    expect(manifests.map(({ kind }) => kind)).not.toContain('ConfigMap');
    expect(gatewayOf(manifests).env).toContainEqual({
      name: 'GRAPHPOST_CONFIG',
      value: '/etc/graphpost/relay.yaml',
    });
    expect(workloadOf(manifests).template.spec.volumes).toContainEqual({
      name: 'config',
      configMap: { name: 'relay-config', defaultMode: 0o440 },
    });
    const secret = await render({ files: [valuesFileOf('existing-secret-config')] });
    expect(workloadOf(secret).template.spec.volumes).toContainEqual({
      name: 'config',
      secret: { secretName: 'relay-config', defaultMode: 0o440 },
    });
  });
});

/** Values that change each key, by the key. */
const changes: Readonly<Record<string, object>> = {
  hostname: { config: { hostname: 'other.contoso.com' } },
  listeners: { listeners: { smtp: { proxyProtocol: ['10.1.0.0/24'] } } },
  direct: { config: { direct: { memory: '64MB' } } },
  'queue.store': { store: { key: 'other' } },
  'queue.keep.bodies': { config: { queue: { keep: { bodies: true } } } },
  http: { admin: { enabled: false, existingSecret: '' } },
  log: { config: { log: { level: 'debug' } } },
};

const reloaded: Readonly<Record<string, object>> = {
  routes: {
    config: { routes: [{ name: 'noise', drop: true, when: { subject: { contains: 'x' } } }] },
  },
  clients: { config: { clients: [{ name: 'all', networks: ['0.0.0.0/0'], senders: ['*'] }] } },
  'queue.keep.sent': { config: { queue: { keep: { sent: '1d' } } } },
  limits: { config: { limits: { messageSize: '20MB' } } },
  connections: {
    config: { connections: { microsoft365: { type: 'graph', saveToSentItems: false } } },
  },
};

describe.skipIf(whyNoHelm !== undefined)(suiteName('a changed configuration of the chart'), () => {
  async function renderPodAndConfig(values: object) {
    const manifests = await render({ files: [valuesFileOf('postgresql')], values });
    const { annotations } = workloadOf(manifests).template.metadata;
    return { pod: stringify(annotations), config: configTextOf(manifests) };
  }

  test('makes new pods for each key that takes a restart', async () => {
    expect(Object.keys(changes).toSorted()).toEqual(restartKeys.toSorted());
    const before = await renderPodAndConfig({});
    for (const values of Object.values(changes)) {
      const after = await renderPodAndConfig(values);
      expect(after.config).not.toBe(before.config);
      expect(after.pod).not.toBe(before.pod);
    }
  });

  test('leaves the pods alone for what a running gateway takes up by itself', async () => {
    const before = await renderPodAndConfig({});
    for (const values of Object.values(reloaded)) {
      const after = await renderPodAndConfig(values);
      expect(after.config).not.toBe(before.config);
      expect(after.pod).toBe(before.pod);
    }
  });
});
