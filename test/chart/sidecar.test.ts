// The named template graphpost.sidecar, in a chart of somebody else's that has this one as a dependency.
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  chart,
  onlyOne,
  readManifests,
  render,
  root,
  runHelm,
  suiteName,
  template,
  whyNoHelm,
} from './helm.ts';
import { podsOf } from './pods.ts';
import { faultsOf } from './strict-objects.ts';

const manifestText = readFileSync(join(root, 'packaging/kubernetes/sidecar.yaml'), 'utf8');
const manifest: unknown = parse(manifestText);
const withSidecars = z.object({
  spec: z.object({
    template: z.object({ spec: z.object({ initContainers: z.array(z.unknown()) }) }),
  }),
});

function sidecarsOf(object: unknown): readonly unknown[] {
  return withSidecars.parse(object).spec.template.spec.initContainers;
}

let parent: string;

/** A chart with one app; its values are the arguments of the sidecar. */
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'graphpost-parent-'));
  await mkdir(join(parent, 'templates'));
  await cp(chart, join(parent, 'charts/graphpost'), { recursive: true });
  await writeFile(join(parent, 'Chart.yaml'), chartText);
  await writeFile(join(parent, 'values.yaml'), 'graphpost: { enabled: false }\nsidecar: {}\n');
  await writeFile(join(parent, 'templates/app.yaml'), appTemplate);
});

afterAll(() => rm(parent, { recursive: true, force: true }));

const chartText = `
apiVersion: v2
name: app
version: 1.0.0
dependencies: [{ name: graphpost, version: '*', repository: 'file://../graphpost' }]
`;
const appTemplate = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: app }
spec:
  replicas: 1
  selector: { matchLabels: { app: app } }
  template:
    metadata: { labels: { app: app } }
    spec:
      automountServiceAccountToken: false
      initContainers:
        {{- include "graphpost.sidecar" .Values.sidecar | nindent 8 }}
      containers:
        - name: app
          image: registry.example.com/app:1.0.0
          resources: { requests: { memory: 64Mi }, limits: { memory: 64Mi } }
          securityContext: {}
`;

function renderApp(sidecar: object) {
  return render({ chart: parent, values: { sidecar } });
}

describe.skipIf(whyNoHelm !== undefined)(suiteName('graphpost.sidecar'), () => {
  test('renders what packaging/kubernetes/sidecar.yaml shows, and nothing else', async () => {
    const [image, volume] = ['REGISTRY/graphpost:VERSION', 'under-way'];
    const manifests = await renderApp({ image, secret: 'graphpost', volume });
    expect(manifests).toHaveLength(1);
    expect(sidecarsOf(onlyOne(manifests, 'Deployment'))).toEqual(sidecarsOf(manifest));
    expect(manifests.flatMap(faultsOf)).toEqual([]);
  });

  test('is a manifest that Kubernetes takes as it is', () => {
    expect(readManifests(manifestText).flatMap(faultsOf)).toEqual([]);
  });

  test('passes helm lint --strict in the chart that includes it', async () => {
    const { exitCode, stdout } = await runHelm([
      'lint',
      '--strict',
      parent,
      '--set',
      'sidecar.image=registry.example.com/graphpost:0.1.0',
    ]);
    expect(stdout).not.toMatch(/\[(ERROR|WARNING)\]/);
    expect(exitCode).toBe(0);
  });

  test('takes its arguments, and no Secret where a workload identity does without', async () => {
    const manifests = await renderApp({
      image: 'registry.example.com/graphpost:0.1.0',
      pullPolicy: 'Always',
      listen: '127.0.0.1:1025',
      telemetry: '0.0.0.0:9999',
      forceFrom: 'always',
      from: 'app@contoso.com',
      env: [{ name: 'GRAPHPOST_SEND_AS', value: 'relay@contoso.com' }],
      resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } },
    });
    expect(manifests.flatMap(faultsOf)).toEqual([]);
    const [pod] = podsOf(manifests);
    expect(pod?.initContainers).toMatchObject([
      {
        imagePullPolicy: 'Always',
        env: [
          { name: 'GRAPHPOST_LISTEN', value: '127.0.0.1:1025' },
          { name: 'GRAPHPOST_TELEMETRY', value: '0.0.0.0:9999' },
          { name: 'GRAPHPOST_FORCE_FROM', value: 'always' },
          { name: 'GRAPHPOST_FROM', value: 'app@contoso.com' },
          { name: 'MALLOC_MMAP_THRESHOLD_', value: '65536' },
          { name: 'GRAPHPOST_SEND_AS', value: 'relay@contoso.com' },
        ],
        ports: [{ containerPort: 9999 }],
        resources: { limits: { memory: '1Gi' } },
      },
    ]);
    expect(pod?.initContainers[0]).not.toHaveProperty('envFrom');
  });

  test('says which argument is missing', async () => {
    const { stderr } = await template({ chart: parent, values: { sidecar: {} } });
    expect(stderr).toContain(
      'graphpost.sidecar: image is missing; give one, such as registry.example.com/graphpost:1.2.3',
    );
  });
});
