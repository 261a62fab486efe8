// What the tests look at in pods, in the form that the chart renders.
import { z } from 'zod';
import type { Manifest } from './helm.ts';

const probe = z.looseObject({ httpGet: z.object({ path: z.string(), port: z.string() }) });

const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  ports: z
    .array(z.object({ name: z.string(), containerPort: z.number(), protocol: z.string() }))
    .default([]),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  resources: z.object({
    requests: z.record(z.string(), z.string()),
    limits: z.record(z.string(), z.string()),
  }),
  securityContext: z.looseObject({}),
  volumeMounts: z
    .array(z.object({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() }))
    .default([]),
});

type Container = z.infer<typeof container>;

const podSpec = z.looseObject({
  automountServiceAccountToken: z.boolean().optional(),
  terminationGracePeriodSeconds: z.number().optional(),
  securityContext: z.looseObject({}).optional(),
  initContainers: z.array(container).default([]),
  containers: z.array(container),
  volumes: z.array(z.looseObject({ name: z.string() })).default([]),
});

type PodSpec = z.infer<typeof podSpec>;

const workload = z.object({
  spec: z.looseObject({
    replicas: z.number(),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()) }),
    template: z.object({
      metadata: z.object({
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()).default({}),
      }),
      spec: podSpec,
    }),
  }),
});

/** What runs the gateways. */
export function workloadOf(manifests: readonly Manifest[]): z.infer<typeof workload>['spec'] {
  const [found] = manifests.filter(isWorkload);
  return workload.parse(found).spec;
}

export function gatewayOf(manifests: readonly Manifest[]): Container {
  const found = workloadOf(manifests).template.spec.containers.find(
    ({ name }) => name === 'graphpost',
  );
  if (found === undefined) throw new Error('No container "graphpost"');
  return found;
}

/** Every pod that the objects make. */
export function podsOf(manifests: readonly Manifest[]): readonly PodSpec[] {
  const made = manifests
    .filter(isWorkload)
    .map((object) => workload.parse(object).spec.template.spec);
  const bare = manifests
    .filter(({ kind }) => kind === 'Pod')
    .map(({ spec }) => podSpec.parse(spec));
  return [...made, ...bare];
}

export function containersOf({ initContainers, containers }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers];
}

function isWorkload({ kind }: Manifest): boolean {
  return kind === 'StatefulSet' || kind === 'Deployment';
}
