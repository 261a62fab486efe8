// What single values do: ports, kinds of workload, identities, policies, monitoring.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  isSelected,
  matchLabelsOf,
  onlyOne,
  render,
  root,
  suiteName,
  valuesFileOf,
  whyNoHelm,
  type Manifest,
} from './helm.ts';
import { gatewayOf, workloadOf } from './pods.ts';

const service = z.object({
  spec: z.looseObject({
    ports: z.array(z.looseObject({ name: z.string(), port: z.number(), targetPort: z.string() })),
  }),
});

function renderCase(name: string, values: object = {}): Promise<readonly Manifest[]> {
  return render({ files: [valuesFileOf(name)], values });
}

describe.skipIf(whyNoHelm !== undefined)(suiteName('values of the chart'), () => {
  test('opens 25 without TLS, and 587 and 465 with it once there is a certificate', async () => {
    const portsOf = async (name: string) => {
      const manifests = await renderCase(name);
      const { spec } = service.parse(onlyOne(manifests, 'Service', { name: 'gp-graphpost' }));
      return spec.ports.map(({ name: label, port, targetPort }) => [label, port, targetPort]);
    };
    expect(await portsOf('secret')).toEqual([['smtp', 25, 'smtp']]);
    expect(await portsOf('workload-identity')).toEqual([
      ['smtp', 25, 'smtp'],
      ['submission', 587, 'submission'],
      ['submissions', 465, 'submissions'],
    ]);
    const numbers = gatewayOf(await renderCase('workload-identity')).ports.map(
      ({ containerPort }) => containerPort,
    );
    expect(numbers).toEqual([2525, 2587, 2465, 9464]);
  });

  test('lets a load balancer keep the addresses of clients, and its source ranges', async () => {
    const manifests = await renderCase('certificate');
    expect(onlyOne(manifests, 'Service', { name: 'gp-graphpost' })).toMatchObject({
      spec: {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        loadBalancerSourceRanges: ['192.0.2.0/24'],
      },
    });
  });

  test('keeps the volume of a StatefulSet, whatever becomes of the release', async () => {
    expect(onlyOne(await renderCase('secret'), 'StatefulSet')).toMatchObject({
      spec: {
        replicas: 1,
        serviceName: 'gp-graphpost-headless',
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        volumeClaimTemplates: [
          { metadata: { name: 'queue' }, spec: { resources: { requests: { storage: '10Gi' } } } },
        ],
      },
    });
  });

  test('runs several gateways over PostgreSQL as a Deployment, spread over nodes', async () => {
    const manifests = await renderCase('postgresql');
    expect(onlyOne(manifests, 'Deployment')).toMatchObject({
      spec: { replicas: 3, strategy: { rollingUpdate: { maxUnavailable: 0 } } },
    });
    expect(workloadOf(manifests).template.spec).toMatchObject({
      topologySpreadConstraints: [
        { topologyKey: 'kubernetes.io/hostname' },
        { topologyKey: 'topology.kubernetes.io/zone' },
      ],
    });
  });

  test('labels the pod and annotates the account for the workload identity of AKS, and not the other way round', async () => {
    const manifests = await renderCase('workload-identity');
    const { labels, annotations } = onlyOne(manifests, 'ServiceAccount').metadata;
    expect(workloadOf(manifests).template.metadata.labels).toHaveProperty(
      ['azure.workload.identity/use'],
      'true',
    );
    expect(annotations).toEqual({
      'azure.workload.identity/client-id': '01234567-89ab-cdef-0123-456789abcdef',
      'azure.workload.identity/tenant-id': '89abcdef-0123-4567-89ab-cdef01234567',
    });
    expect(Object.keys(labels).join(' ')).not.toContain('azure');
    expect(workloadOf(await renderCase('secret')).template.metadata.labels).not.toHaveProperty([
      'azure.workload.identity/use',
    ]);
  });

  test.each([
    ['secret', [53, 443]],
    ['postgresql', [53, 443, 5432]],
    ['smart-host', [53, 443, 2525, 2587, 465]],
    ['everything', [53, 443, 6432, 587, 3128]],
  ])('%s lets the gateway connect to the ports %j alone', async (name, expected) => {
    const { spec } = z
      .object({
        spec: z.looseObject({
          egress: z.array(z.looseObject({ ports: z.array(z.object({ port: z.number() })) })),
        }),
      })
      .parse(onlyOne(await renderCase(name), 'NetworkPolicy'));
    const ports = spec.egress.flatMap(({ ports: all }) => all.map(({ port }) => port));
    expect(new Set(ports)).toEqual(new Set(expected));
  });

  test('lets those alone send and scrape whom the values name, and the pod of helm test', async () => {
    const own = {
      podSelector: {
        matchLabels: expect.objectContaining({ 'app.kubernetes.io/component': 'test' }),
      },
    };
    expect(onlyOne(await renderCase('everything'), 'NetworkPolicy')).toMatchObject({
      spec: {
        ingress: [
          { from: [{ namespaceSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8' } }, own] },
          {
            ports: [{ port: 'metrics' }],
            from: [{ namespaceSelector: { matchLabels: { name: 'observability' } } }, own],
          },
          { ports: [{ port: 8080 }] },
        ],
      },
    });
  });

  test.each([
    ['everything', {}, 'graphpost-gp-relay'],
    ['secret', { serviceMonitor: { enabled: true } }, 'gp-graphpost'],
  ])(
    'scrapes %s under a job with "graphpost" in its name, through the Service of metrics alone',
    async (name, values, job) => {
      const manifests = await renderCase(name, values);
      const monitor = onlyOne(manifests, 'ServiceMonitor');
      expect(monitor).toMatchObject({
        spec: {
          endpoints: [
            {
              port: 'metrics',
              relabelings: expect.arrayContaining([{ targetLabel: 'job', replacement: job }]),
            },
          ],
        },
      });
      const matchLabels = matchLabelsOf(monitor);
      const services = manifests.filter(
        ({ kind, metadata }) => kind === 'Service' && isSelected(metadata.labels, matchLabels),
      );
      expect(services.map(({ spec }) => spec)).toMatchObject([
        { clusterIP: 'None', ports: [{ name: 'metrics', port: 9464 }] },
      ]);
    },
  );

  test('has the rules of monitoring/, without those that are disabled', async () => {
    const groups = z.object({
      groups: z.array(
        z.object({ name: z.string(), rules: z.array(z.looseObject({ alert: z.string() })) }),
      ),
    });
    const given = groups.parse(
      parse(readFileSync(join(root, 'monitoring/prometheus-rules.yaml'), 'utf8')),
    );
    const left = given.groups.map(({ name, rules }) => ({
      name,
      rules: rules.filter(
        ({ alert }) => !['GraphpostSandbox', 'GraphpostMaybeTwice'].includes(alert),
      ),
    }));
    expect(onlyOne(await renderCase('everything'), 'PrometheusRule')['spec']).toEqual({
      groups: left,
    });
  });

  test('has the dashboard of monitoring/', async () => {
    const found = onlyOne(await renderCase('everything'), 'ConfigMap', {
      name: 'gp-relay-dashboard',
    });
    const { data } = z.object({ data: z.record(z.string(), z.string()) }).parse(found);
    expect(found.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
    expect(JSON.parse(data['graphpost.json'] ?? '')).toEqual(
      JSON.parse(readFileSync(join(root, 'monitoring/grafana-dashboard.json'), 'utf8')),
    );
  });

  test('renders nothing of its own when it is not enabled', async () => {
    expect(await render({ values: { enabled: false } })).toEqual([]);
  });
});
