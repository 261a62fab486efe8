// What may stand in the values of the chart beside `config`: each with its type and one sentence.
import type { JsonSchema } from '../src/config/json-schema.ts';

/** What of JSON Schema the chart's part uses beside that of the configuration. */
export interface ValueSchema extends Omit<
  JsonSchema,
  'type' | 'properties' | 'items' | 'additionalProperties'
> {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly items?: ValueSchema;
  readonly additionalProperties?: ValueSchema | boolean;
}

type Blocks = Readonly<Record<string, ValueSchema>>;

function text(description: string, more: ValueSchema = {}): ValueSchema {
  return { description, type: 'string', ...more };
}

function choice(description: string, choices: readonly string[]): ValueSchema {
  return { description, enum: choices };
}

function flag(description: string): ValueSchema {
  return { description, type: 'boolean' };
}

function count(description: string, minimum = 0): ValueSchema {
  return { description, type: 'integer', minimum };
}

function port(description: string): ValueSchema {
  return { description, type: 'integer', minimum: 1, maximum: 65_535 };
}

function block(description: string, properties: Blocks): ValueSchema {
  return { description, type: 'object', properties, additionalProperties: false };
}

function texts(description: string): ValueSchema {
  return { description, type: 'object', additionalProperties: { type: 'string' } };
}

function list(description: string, items: ValueSchema = { type: 'object' }): ValueSchema {
  return { description, type: 'array', items };
}

/** Is passed on as it is: Kubernetes checks it. */
function manifest(description: string): ValueSchema {
  return { description, type: 'object' };
}

const probe = (what: string) => manifest(`Times of the probe: ${what}.`);

const image = block('Where the image comes from.', {
  repository: text('Where it lies, such as `registry.example.com/graphpost`. Needed.'),
  tag: text('Its version; that of the chart’s app if empty. Not `latest`.'),
  digest: text('`sha256:…`, in place of the tag.', { pattern: '^(sha256:[0-9a-f]{64})?$' }),
  pullPolicy: choice('When it is pulled.', ['Always', 'IfNotPresent', 'Never']),
  pullSecrets: list('Secrets of the registry: `[{ name: … }]`.'),
});

const store = block('Where accepted mail lies until it is gone.', {
  type: choice(
    '`sqlite`: a StatefulSet of one, with a volume · `postgresql`: a Deployment, whose replicas share the queue.',
    ['sqlite', 'postgresql'],
  ),
  existingSecret: text('Of `postgresql`: the Secret with its URL.'),
  key: text('The key of the URL in it.'),
});

const persistence = block('The volume of `sqlite`. It stays when the release goes.', {
  size: text('Its size.', { pattern: '^[0-9.]+([kMGTPE]i?)?$' }),
  storageClass: text('Its class; that of the cluster if empty. No network file system.'),
  accessModes: list('How it is mounted.', { type: 'string' }),
  annotations: texts('Its annotations.'),
  existingClaim: text('A claim that is there already, in place of one of the chart.'),
});

const graph = block('The usual way out: one app registration in Microsoft Entra.', {
  credential: choice(
    'How it proves itself; empty: the connections stand in `config` or `existingConfig`.',
    ['', 'secret', 'certificate', 'workloadIdentity'],
  ),
  connection: text('The name of the connection, under which `config.connections` may say more.', {
    pattern: '^[A-Za-z0-9_-]+$',
  }),
  cloud: choice('`global` (also GCC), `usgov` (GCC High), `dod` or `china`.', [
    'global',
    'usgov',
    'dod',
    'china',
  ]),
  tenant: text('Domain or id of the tenant.'),
  clientId: text('Application (client) id.'),
  existingSecret: text(
    'Of `secret`: the Secret with the key `client-secret` · of `certificate`: with `tls.crt` and `tls.key`.',
  ),
});

const workloadIdentity = block(
  'Workload identity of AKS for connections of `config` or `existingConfig` with `federatedToken`: labels the pods and annotates the service account. `graph.credential: workloadIdentity` needs none of it.',
  {
    enabled: flag('Whether it is used.'),
    clientId: text('Client id of the app or of the user-assigned identity.'),
    tenantId: text('Its tenant; that of the cluster’s webhook if empty.'),
  },
);

const existingConfig = block('A configuration that is there already, in place of `config`.', {
  configMap: text('The ConfigMap that has it.'),
  secret: text('Or the Secret that has it.'),
  key: text('The key of the file in it.', { pattern: '^[A-Za-z0-9._-]+$' }),
});

const secretName = { type: 'string', minLength: 1 } as const;

const secretFiles: ValueSchema = {
  description:
    'Existing Secrets as files: `wordpress: shop` makes `${file:/run/secrets/wordpress/<key>}` of its keys. A changed one is taken up while the gateway runs.',
  type: 'object',
  propertyNames: { pattern: '^[a-z0-9]([a-z0-9-]{0,40}[a-z0-9])?$' },
  additionalProperties: secretName,
};

const secretEnv: ValueSchema = {
  description:
    'Keys of existing Secrets as variables: `SHOP: { secret: shop, key: password }` makes `${SHOP}`.',
  type: 'object',
  propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
  additionalProperties: {
    type: 'object',
    properties: { secret: secretName, key: secretName },
    required: ['secret', 'key'],
    additionalProperties: false,
  },
};

const tls = block('The certificate of the listeners with TLS, which are open once there is one.', {
  existingSecret: text('A Secret with `tls.crt` and `tls.key`. It is read again when it changes.'),
  certManager: block('Or one that cert-manager makes.', {
    enabled: flag('Whether it does.'),
    issuerRef: block('Who issues it.', {
      name: text('The name of the issuer.'),
      kind: text('`ClusterIssuer` or `Issuer`.'),
      group: text('Its group.'),
    }),
    dnsNames: list('Its names, beside `config.hostname` and those of the Service.', {
      type: 'string',
    }),
    duration: text('How long it is good.'),
    renewBefore: text('How long before its end it is renewed.'),
  }),
});

const listener: ValueSchema = {
  type: 'object',
  properties: {
    enabled: flag('Whether it is open; one with TLS takes a certificate, too.'),
    port: port('Of the Service.'),
    containerPort: port('Of the pod.'),
    nodePort: port('Of the nodes, where the Service has such.'),
    tls: choice('As in `config.listeners`.', ['none', 'optional', 'required', 'implicit']),
    mode: choice('As in `config.listeners`.', ['queued', 'direct']),
    minTls: choice('As in `config.listeners`.', ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3']),
    loginWithoutTls: flag('As in `config.listeners`.'),
    proxyProtocol: list('As in `config.listeners`.', { type: 'string' }),
  },
  required: ['enabled', 'port', 'containerPort', 'tls'],
  additionalProperties: false,
};

const listeners: ValueSchema = {
  description:
    'Where clients connect, by name: `smtp` (25), `submission` (587, STARTTLS) and `submissions` (465, TLS); more may be added. Each has `enabled`, `port`, `containerPort`, `nodePort`, `tls`, and from `config.listeners` `mode`, `minTls`, `loginWithoutTls` and `proxyProtocol`.',
  type: 'object',
  propertyNames: { pattern: '^[a-z]([a-z0-9-]{0,13}[a-z0-9])?$' },
  additionalProperties: listener,
};

const service = block('What apps are pointed at.', {
  type: choice('Who reaches it.', ['ClusterIP', 'NodePort', 'LoadBalancer']),
  annotations: texts('Its annotations.'),
  labels: texts('Its labels.'),
  externalTrafficPolicy: choice(
    'Of `NodePort` and `LoadBalancer`: with `Local` the gateway sees the addresses of clients, which `config.clients` may name.',
    ['Local', 'Cluster'],
  ),
  loadBalancerSourceRanges: list('Of `LoadBalancer`: networks that may connect; empty: all.', {
    type: 'string',
  }),
  loadBalancerClass: text('Of `LoadBalancer`: which kind.'),
  ipFamilyPolicy: choice('IPv4 and IPv6.', [
    '',
    'SingleStack',
    'PreferDualStack',
    'RequireDualStack',
  ]),
});

const admin = block('The page and the API, at 127.0.0.1:8025 of the pod.', {
  enabled: flag('Whether they are there.'),
  existingSecret: text('The Secret with their token; if empty, one is made on the volume.'),
  key: text('The key of the token in it.'),
});

const serviceAccount = block(
  'The pods’ account. It needs no rights, and its token is not mounted.',
  {
    create: flag('Whether the chart makes it.'),
    name: text('Its name; that of the release if empty.'),
    annotations: texts('Its annotations.'),
  },
);

const podDisruptionBudget = block('How many pods a drain of nodes may take at once.', {
  enabled: flag('Whether there is one.'),
  maxUnavailable: { description: 'Pods, or a share of them.', type: ['integer', 'string'] },
});

const networkPolicy = block('Who reaches the pods, and whom they reach: DNS, 443, and as below.', {
  enabled: flag('Whether there is one.'),
  smtpFrom: list('Peers that may send mail; empty: all, and `config.clients` decides.'),
  metricsFrom: list('Peers that may ask for metrics and health.'),
  smartHostPorts: list('Ports of smart hosts, beside those that stand in `config.connections`.', {
    type: 'integer',
  }),
  postgresqlPort: port('Of the database.'),
  extraIngress: list('Further rules.'),
  extraEgress: list('Further rules, such as for a proxy.'),
});

const serviceMonitor = block('Scraping by the operator of Prometheus.', {
  enabled: flag('Whether there is one.'),
  labels: texts('What the operator looks for.'),
  interval: text('How often.'),
  scrapeTimeout: text('How long it may take.'),
  relabelings: list(
    'Further relabelings; the job has "graphpost" in its name, as the alerts want.',
  ),
  metricRelabelings: list('Relabelings of metrics.'),
});

const prometheusRule = block('The alerting rules of docs/monitoring.md.', {
  enabled: flag('Whether they are there.'),
  labels: texts('What the operator looks for.'),
  disabled: list('Names of alerts to leave out, such as `GraphpostSandbox`.', { type: 'string' }),
});

const grafanaDashboard = block('The dashboard, as a ConfigMap.', {
  enabled: flag('Whether it is there.'),
  labels: texts('What the sidecar of Grafana looks for.'),
  annotations: texts('Such as the folder.'),
});

const placement: Blocks = {
  nodeSelector: texts('Which nodes.'),
  tolerations: list('Taints that are borne.'),
  affinity: manifest('Near and far.'),
  topologySpreadConstraints: list('Spread; by default over nodes and zones, where they can.'),
  priorityClassName: text('Which pods go first.'),
};

const extras: Blocks = {
  podLabels: texts('Labels of the pods.'),
  podAnnotations: texts('Annotations of the pods.'),
  extraEnv: list('Variables, such as `HTTPS_PROXY`, `NO_PROXY`, `NODE_EXTRA_CA_CERTS`.'),
  extraEnvFrom: list('Sources of variables.'),
  extraVolumes: list('Volumes.'),
  extraVolumeMounts: list('Mounts of the gateway.'),
  extraContainers: list('Containers beside the gateway.'),
  initContainers: list('Containers before it, or native sidecars.'),
  extraObjects: list('Whole manifests; templates in them are expanded.'),
};

/** All but `config`, in the order of values.yaml. */
export const chartValues: Blocks = {
  enabled: flag(
    '`false`: nothing but the named template `graphpost.sidecar`, for a chart that depends on this one.',
  ),
  nameOverride: text('In place of the chart’s name.'),
  fullnameOverride: text('In place of the names of all objects.'),
  commonLabels: texts('Labels of all objects.'),
  image,
  replicaCount: count('How many gateways; more than one takes `store.type: postgresql`.'),
  store,
  persistence,
  graph,
  workloadIdentity,
  existingConfig,
  secretFiles,
  secretEnv,
  tls,
  listeners,
  bindAddress: choice('Where the pod listens: `[::]` where pods have IPv6 addresses.', [
    '0.0.0.0',
    '[::]',
  ]),
  service,
  admin,
  serviceAccount,
  resources: manifest('Requests and limits of the gateway.'),
  podSecurityContext: manifest('Of the pod: user 65532.'),
  securityContext: manifest('Of the container: no privilege, a read-only root.'),
  preStopSeconds: count('The wait before SIGTERM, in which clients learn to go elsewhere.'),
  terminationGracePeriodSeconds: count('`preStopSeconds` and 15, or more.'),
  startupProbe: probe('`/healthz`, until it first answers'),
  livenessProbe: probe('`/healthz`'),
  readinessProbe: probe('`/readyz`, which does not fail because Microsoft 365 is away'),
  podDisruptionBudget,
  networkPolicy,
  serviceMonitor,
  prometheusRule,
  grafanaDashboard,
  ...placement,
  ...extras,
};
