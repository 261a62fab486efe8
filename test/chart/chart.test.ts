// What the chart renders for every file of values in its ci folder is valid, safe, and fits together.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import {
  cases,
  chart,
  isSelected,
  matchLabelsOf,
  onlyOne,
  render,
  root,
  runHelm,
  suiteName,
  valuesFileOf,
  whyNoHelm,
  type Manifest,
} from './helm.ts';
import { containersOf, gatewayOf, podsOf, workloadOf } from './pods.ts';
import { faultsOf } from './strict-objects.ts';

const rendered = new Map<string, readonly Manifest[]>();

beforeAll(async () => {
  if (whyNoHelm !== undefined) return;
  const all = cases.map(
    async (name) => [name, await render({ files: [valuesFileOf(name)] })] as const,
  );
  for (const [name, manifests] of await Promise.all(all)) rendered.set(name, manifests);
});

function manifestsOf(name: string): readonly Manifest[] {
  const found = rendered.get(name);
  if (found === undefined) throw new Error(`"${name}" was not rendered`);
  return found;
}

const service = z.object({
  spec: z.looseObject({
    selector: z.record(z.string(), z.string()),
    ports: z.array(z.looseObject({ name: z.string(), port: z.number(), targetPort: z.string() })),
  }),
});
const claiming = z.object({
  spec: z.looseObject({
    volumeClaimTemplates: z
      .array(z.object({ metadata: z.looseObject({ name: z.string() }) }))
      .default([]),
  }),
});

/** Volumes that come from the claims of a StatefulSet. */
function claimsOf(manifests: readonly Manifest[]): readonly string[] {
  const [found] = manifests.filter(({ kind }) => kind === 'StatefulSet');
  if (found === undefined) return [];
  return claiming.parse(found).spec.volumeClaimTemplates.map(({ metadata }) => metadata.name);
}

describe.skipIf(whyNoHelm !== undefined)(suiteName('the chart'), () => {
  test('is of the version of the package', () => {
    const text = (file: string) => readFileSync(join(root, file), 'utf8');
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(text('package.json')));
    expect(parse(text('helm/graphpost/Chart.yaml'))).toMatchObject({
      version,
      appVersion: version,
    });
  });

  test('passes helm lint --strict without any values', async () => {
    const { exitCode, stderr } = await runHelm(['lint', '--strict', chart]);
    expect(stderr).toContain('[INFO] Missing required value: image.repository: is missing');
    expect(exitCode).toBe(0);
  });

  test.concurrent.each(cases)('%s passes helm lint --strict', async (name) => {
    const { exitCode, stdout } = await runHelm([
      'lint',
      '--strict',
      chart,
      '-f',
      valuesFileOf(name),
    ]);
    expect(stdout).not.toMatch(/\[(ERROR|WARNING)\]/);
    expect(exitCode).toBe(0);
  });

  test.each(cases)('%s renders objects that Kubernetes takes as they are', (name) => {
    expect(manifestsOf(name).flatMap(faultsOf)).toEqual([]);
  });

  test.each(cases)(
    '%s renders names and labels that Kubernetes allows, each object once',
    (name) => {
      const manifests = manifestsOf(name);
      const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(new Set(names).size).toBe(names.length);
      for (const { metadata } of manifests) {
        expect(metadata.name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
        for (const value of Object.values(metadata.labels)) expect(value).toMatch(/^[\w.-]{0,63}$/);
      }
    },
  );

  test.each(cases)('%s gives no container a privilege', (name) => {
    const pods = podsOf(manifestsOf(name));
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      expect(pod.automountServiceAccountToken).toBe(false);
      for (const container of containersOf(pod)) {
        expect({ ...pod.securityContext, ...container.securityContext }).toMatchObject({
          runAsNonRoot: true,
          runAsUser: 65532,
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        });
        expect(container.image).toMatch(/(:\d+\.\d+\.\d+|@sha256:[0-9a-f]{64})$/);
        expect(container.resources).toMatchObject({
          requests: { cpu: expect.any(String), memory: expect.any(String) },
          limits: { memory: expect.any(String) },
        });
      }
    }
  });

  test.each(cases)('%s asks the gateway how it is, and lets it drain', (name) => {
    const gateway = gatewayOf(manifestsOf(name));
    expect(gateway).toMatchObject({
      startupProbe: { httpGet: { path: '/healthz', port: 'metrics' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 'metrics' } },
      readinessProbe: { httpGet: { path: '/readyz', port: 'metrics' } },
      lifecycle: { preStop: { exec: { command: ['node', '-e', expect.any(String)] } } },
    });
    const { preStop } = z
      .object({ preStop: z.object({ exec: z.object({ command: z.array(z.string()) }) }) })
      .parse(gateway['lifecycle']);
    const waitMs = Number(/, (\d+)\)/.exec(preStop.exec.command[2] ?? '')?.[1]);
    const graceMs =
      1000 * (workloadOf(manifestsOf(name)).template.spec.terminationGracePeriodSeconds ?? 30);
    expect(graceMs).toBeGreaterThanOrEqual(waitMs + 15_000);
  });

  test.each(cases)('%s mounts each volume, and no folder that is none', (name) => {
    const manifests = manifestsOf(name);
    const claims = claimsOf(manifests);
    for (const pod of podsOf(manifests)) {
      const isGateway = pod.containers.some((container) => container.name === 'graphpost');
      const volumes = pod.volumes.map((volume) => volume.name);
      const mounts = containersOf(pod).flatMap(({ volumeMounts }) =>
        volumeMounts.map((mount) => mount.name),
      );
      const expected = isGateway ? [...volumes, ...claims] : volumes;
      expect([...new Set(mounts)].toSorted()).toEqual(expected.toSorted());
    }
  });

  test.each(cases)(
    '%s leads each port of the Service to one of the pod, and to gateways alone',
    (name) => {
      const manifests = manifestsOf(name);
      const { template } = workloadOf(manifests);
      const ports = gatewayOf(manifests).ports.map((port) => port.name);
      for (const object of manifests.filter(({ kind }) => kind === 'Service')) {
        const { spec } = service.parse(object);
        expect(ports).toEqual(
          expect.arrayContaining(spec.ports.map(({ targetPort }) => targetPort)),
        );
        expect(isSelected(template.metadata.labels, spec.selector)).toBe(true);
        expect(isSelected(onlyOne(manifests, 'Pod').metadata.labels, spec.selector)).toBe(false);
      }
      for (const object of manifests.filter(({ kind }) => kind === 'PodDisruptionBudget')) {
        expect(isSelected(template.metadata.labels, matchLabelsOf(object))).toBe(true);
      }
    },
  );

  test.each(cases)('%s renders no Secret and no autoscaler', (name) => {
    const kinds = manifestsOf(name).map(({ kind }) => kind);
    expect(kinds).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(Secret|HorizontalPodAutoscaler)$/)]),
    );
  });
});
