// Renders docs/metrics.md from the data of metric-definitions.ts.
import {
  definitionOf,
  fullName,
  metricNames,
  type MetricName,
  type NameSet,
} from './metric-definitions.ts';

/** The page as Markdown. */
export function renderMetricsReference(): string {
  return [introduction, ...metricNames.map(renderMetric)].join('\n');
}

const introduction = `# Metrics

<!-- Generated from src/telemetry by \`npm run docs\`. -->

In the text format of Prometheus at \`/metrics\` of \`http.telemetry\`, beside the usual metrics of the process
(\`process_…\`, \`nodejs_…\`). Labels come from closed sets: the values below and names of the configuration,
at most 100 of each kind; anything else is counted as \`other\`. Addresses, subjects and IP addresses are no
labels. Where the store cannot be read, its gauges are NaN.
`;

function renderMetric(name: MetricName): string {
  const { type, help, labels, buckets } = definitionOf(name);
  const items = Object.entries(labels).map(
    ([label, values]) => `- \`${label}\`: ${renderValues(values)}`,
  );
  if (buckets !== undefined) items.push(`- Buckets: ${buckets.join(', ')}`);
  const list = items.length === 0 ? '' : `\n${items.join('\n')}\n`;
  return `## ${fullName(name)}\n\n${help}. Type: ${type}.\n${list}`;
}

function renderValues(values: NameSet | readonly string[]): string {
  if (typeof values === 'string') return nameSets[values];
  return values.map((value) => `\`${value}\``).join(', ');
}

const nameSets = {
  listeners: 'names of `listeners`',
  clients: 'names of `clients`',
  connections: 'names of `connections`',
  routes: 'names of `routes`, and `default`',
  version: 'version of Graphpost',
  node: 'version of Node',
} as const;
