// Holds objects against Kubernetes' own schemas, strictly: unknown fields, wrong types, what is required, patterns.
import * as models from '@kubernetes/client-node/dist/gen/models/all.js';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Pod } from 'kubernetes-models/v1/Pod';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import { z } from 'zod';
import type { Manifest } from './helm.ts';

/** What is wrong with the object, each in one line; empty when nothing is. */
export function faultsOf(object: Manifest): readonly string[] {
  const own = ownSchemas.get(object.kind);
  const shape =
    own === undefined ? unknownFields(object, `V1${object.kind}`) : misfits(object, own);
  return [...shape, ...invalidValues(object)].map(
    (fault) => `${object.kind} ${object.metadata.name}: ${fault}`,
  );
}

function misfits(object: Manifest, schema: z.ZodType): readonly string[] {
  const { error } = schema.safeParse(object);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

/** Their validators know required fields, types, choices and patterns, but let unknown fields pass. */
const validators = new Map<string, (object: Manifest) => void>([
  ['ConfigMap', (object) => new ConfigMap(parse(object)).validate()],
  ['Deployment', (object) => new Deployment(parse(object)).validate()],
  ['NetworkPolicy', (object) => new NetworkPolicy(parse(object)).validate()],
  ['Pod', (object) => new Pod(parse(object)).validate()],
  ['PodDisruptionBudget', (object) => new PodDisruptionBudget(parse(object)).validate()],
  ['PrometheusRule', (object) => new PrometheusRule(parse(object)).validate()],
  ['Service', (object) => new Service(parse(object)).validate()],
  ['ServiceAccount', (object) => new ServiceAccount(parse(object)).validate()],
  ['ServiceMonitor', (object) => new ServiceMonitor(parse(object)).validate()],
  ['StatefulSet', (object) => new StatefulSet(parse(object)).validate()],
  // A small check of our own, below.
  ['Certificate', () => undefined],
]);

/** The validators find out what it is: until then its type is anybody's guess. */
function parse(object: Manifest): never {
  return object as never;
}

function invalidValues(object: Manifest): readonly string[] {
  const validate = validators.get(object.kind);
  if (validate === undefined) return ['no validator is known for this kind'];
  try {
    validate(object);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

const metadata = z.strictObject({
  name: z.string(),
  namespace: z.string(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
});
const relabeling = z.strictObject({
  sourceLabels: z.array(z.string()).optional(),
  regex: z.string().optional(),
  targetLabel: z.string().optional(),
  replacement: z.string().optional(),
  action: z.string().optional(),
});

/** Custom resources: the fields that the chart uses, and no others. */
const ownSchemas = new Map<string, z.ZodType>([
  [
    'Certificate',
    z.strictObject({
      apiVersion: z.literal('cert-manager.io/v1'),
      kind: z.literal('Certificate'),
      metadata,
      spec: z.strictObject({
        secretName: z.string().min(1),
        issuerRef: z.strictObject({
          name: z.string().min(1),
          kind: z.enum(['Issuer', 'ClusterIssuer']),
          group: z.literal('cert-manager.io'),
        }),
        dnsNames: z.array(z.string().regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/)).min(1),
        duration: z.string().regex(/^\d+h$/),
        renewBefore: z.string().regex(/^\d+h$/),
        privateKey: z.strictObject({
          algorithm: z.enum(['RSA', 'ECDSA', 'Ed25519']),
          size: z.number().int(),
          rotationPolicy: z.enum(['Never', 'Always']),
        }),
        usages: z.array(z.enum(['digital signature', 'key encipherment', 'server auth'])),
      }),
    }),
  ],
  [
    'ServiceMonitor',
    z.strictObject({
      apiVersion: z.literal('monitoring.coreos.com/v1'),
      kind: z.literal('ServiceMonitor'),
      metadata,
      spec: z.strictObject({
        selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
        namespaceSelector: z.strictObject({ matchNames: z.array(z.string()) }),
        endpoints: z.array(
          z.strictObject({
            port: z.string(),
            path: z.string(),
            interval: z.string(),
            scrapeTimeout: z.string(),
            relabelings: z.array(relabeling),
            metricRelabelings: z.array(relabeling).optional(),
          }),
        ),
      }),
    }),
  ],
  [
    'PrometheusRule',
    z.strictObject({
      apiVersion: z.literal('monitoring.coreos.com/v1'),
      kind: z.literal('PrometheusRule'),
      metadata,
      spec: z.strictObject({
        groups: z.array(
          z.strictObject({
            name: z.string(),
            rules: z.array(
              z.strictObject({
                alert: z.string(),
                expr: z.string(),
                for: z.string().optional(),
                labels: z.record(z.string(), z.string()),
                annotations: z.record(z.string(), z.string()),
              }),
            ),
          }),
        ),
      }),
    }),
  ],
]);

interface Model {
  getAttributeTypeMap(): readonly { readonly baseName: string; readonly type: string }[];
}

const modelsByName = new Map(Object.entries(models));

function modelOf(type: string): Model | undefined {
  const found = modelsByName.get(type);
  return found !== undefined && 'getAttributeTypeMap' in found ? found : undefined;
}

/** Walks along the types of the official client: fields that they do not have, and values of another type. */
function unknownFields(value: unknown, type: string, path = ''): readonly string[] {
  const list = /^Array<(.+)>$/.exec(type)?.[1];
  if (list !== undefined) {
    if (!Array.isArray(value)) return [`${path}: expected a list`];
    return value.flatMap((item, index) => unknownFields(item, list, `${path}[${index}]`));
  }
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  const model = modelOf(type);
  if (map === undefined && model === undefined)
    return isScalar(value, type) ? [] : [`${path}: expected ${type}`];
  if (!isRecord(value)) return [`${path}: expected ${type}`];
  return Object.entries(value).flatMap(([key, child]) => {
    const childType =
      map ?? model?.getAttributeTypeMap().find(({ baseName }) => baseName === key)?.type;
    return childType === undefined
      ? [`${path}.${key}: unknown field of ${type}`]
      : unknownFields(child, childType, `${path}.${key}`);
  });
}

function isScalar(value: unknown, type: string): boolean {
  if (type === 'any') return true;
  if (type === 'IntOrString') return typeof value === 'string' || Number.isInteger(value);
  return typeof value === type;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
