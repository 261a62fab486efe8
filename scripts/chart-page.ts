// Renders helm/graphpost/README.md: what the chart is, and a table of its values.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { formatTable } from '../src/telemetry/markdown-table.ts';
import { chartValues, type ValueSchema } from './chart-values.ts';

const valuesFile = new URL('../helm/graphpost/values.yaml', import.meta.url);

const introduction = `# Chart of Graphpost

<!-- Generated from scripts/chart-values.ts and values.yaml by \`npm run docs\`. -->

SMTP in, Microsoft Graph out: apps that only speak SMTP send through Microsoft 365. For Kubernetes 1.27 and Helm 3.6, or newer.

\`\`\`sh
kubectl create secret generic graph --from-file=client-secret
helm install graphpost helm/graphpost -f my-values.yaml
\`\`\`

\`\`\`yaml
# my-values.yaml
image: { repository: registry.example.com/graphpost }
graph:
  credential: secret
  tenant: contoso.onmicrosoft.com
  clientId: 01234567-89ab-cdef-0123-456789abcdef
  existingSecret: graph
config:
  clients: [{ name: cluster, networks: [10.0.0.0/8], senders: ['*@contoso.com'] }]
\`\`\`

How things are done (several replicas, TLS, workload identity, sidecars, monitoring) is in
[docs/kubernetes.md](../../docs/kubernetes.md). \`ci/\` has values for each case, with which the chart is tested.

## Values

`;

export function renderChartPage(): string {
  const defaults: unknown = parse(readFileSync(valuesFile, 'utf8'));
  const config = ['`config`', '`{}`', 'The configuration of the gateway: docs/configuration.md.'];
  const rows = Object.entries(chartValues).flatMap(([key, schema]) => [
    // Where values.yaml has it.
    ...(key === 'existingConfig' ? [config] : []),
    ...rowsOf([key], { schema, value: childOf(defaults, key) }),
  ]);
  return introduction + formatTable(['Value', 'Default', 'Meaning'], rows);
}

interface Value {
  readonly schema: ValueSchema;
  readonly value: unknown;
}

/** Of a value, and below it those of the values in it. */
function rowsOf(path: readonly string[], { schema, value }: Value): string[][] {
  const row = [`\`${path.join('.')}\``, defaultOf({ schema, value }), schema.description ?? ''];
  const children = Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
    rowsOf([...path, key], { schema: child, value: childOf(value, key) }),
  );
  return [row, ...children];
}

function defaultOf({ schema, value }: Value): string {
  const isBlock = schema.properties !== undefined || JSON.stringify(value).length > 60;
  return isBlock ? '' : `\`${JSON.stringify(value)}\``;
}

function childOf(value: unknown, key: string): unknown {
  return z.record(z.string(), z.unknown()).parse(value)[key];
}
