// The metrics of one gateway, in a registry of their own.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import {
  definitionOf,
  fullName,
  metricNames,
  type LabelsOf,
  type MetricName,
  type MetricOf,
} from './metric-definitions.ts';
import { createLabelSets, type LabelNames } from './metric-labels.ts';
import { createQueueGauges, type QueueSource } from './queue-gauges.ts';

/** What of the configuration the metrics show. */
export interface ConfiguredNames {
  readonly listeners: readonly string[];
  readonly clients: readonly string[];
  readonly connections: readonly string[];
  /** `default` included. */
  readonly routes: readonly string[];
  /** How many of the connections are the simulator. */
  readonly sandboxConnections: number;
}

export interface MetricsOptions extends QueueSource {
  readonly names: ConfiguredNames;
  /** The gateway's own version. */
  readonly version: string;
}

export interface Metrics {
  /** Media type of what `render` gives. */
  readonly contentType: string;
  /** All metrics in the text format of Prometheus. */
  render(): Promise<string>;
  /** Adds one to a counter. */
  count<N extends MetricOf<'counter'>>(name: N, labels: LabelsOf<N>): void;
  observe<N extends MetricOf<'histogram'>>(name: N, labels: LabelsOf<N>, value: number): void;
  set<N extends MetricOf<'gauge'>>(name: N, labels: LabelsOf<N>, value: number): void;
  /** Adds `by` to a gauge. */
  shift<N extends MetricOf<'gauge'>>(name: N, labels: LabelsOf<N>, by: number): void;
  /** The configuration was read again. `names` is absent when it was refused and the old one runs on. */
  reloaded(names?: ConfiguredNames): void;
}

/** Gauges of prom-client whose names end in `_total`: `promtool check metrics` refuses them. */
const misnamed = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

export function createMetrics(options: MetricsOptions): Metrics {
  const registry = new Registry();
  const sets = createLabelSets(toLabelNames(options));
  const { counters, gauges, histograms } = createInstruments(registry, options);
  collectDefaultMetrics({ register: registry });
  for (const name of misnamed) registry.removeSingleMetric(name);

  const started = new Set<string>();
  /** Gives every combination of labels its first value; a series that is there keeps the one it has. */
  function startSeries(): void {
    for (const name of metricNames) {
      for (const labels of sets.startingLabels(name)) {
        const series = `${name} ${JSON.stringify(labels)}`;
        if (started.has(series)) continue;
        started.add(series);
        counters.get(name)?.inc(labels, 0);
        gauges.get(name)?.set(labels, startingValue(name));
        histograms.get(name)?.zero(labels);
      }
    }
  }

  const metrics: Metrics = {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    count: (name, labels) => counters.get(name)?.inc(sets.bound(name, labels)),
    observe: (name, labels, value) =>
      histograms.get(name)?.observe(sets.bound(name, labels), value),
    set: (name, labels, value) => gauges.get(name)?.set(sets.bound(name, labels), value),
    shift: (name, labels, by) => gauges.get(name)?.inc(sets.bound(name, labels), by),
    reloaded(names) {
      metrics.set('config_last_reload_successful', {}, names === undefined ? 0 : 1);
      if (names === undefined) return;
      sets.rename(toLabelNames({ ...options, names }));
      startSeries();
      metrics.set('sandbox_connections', {}, names.sandboxConnections);
      metrics.set('config_last_reload_success_timestamp_seconds', {}, options.clock.now() / 1000);
    },
  };
  startSeries();
  metrics.reloaded(options.names);
  return metrics;
}

interface Instruments {
  readonly counters: ReadonlyMap<MetricName, Counter>;
  readonly gauges: ReadonlyMap<MetricName, Gauge>;
  readonly histograms: ReadonlyMap<MetricName, Histogram>;
}

function createInstruments(registry: Registry, source: QueueSource): Instruments {
  const counters = new Map<MetricName, Counter>();
  const gauges = new Map<MetricName, Gauge>();
  const histograms = new Map<MetricName, Histogram>();
  const collectors = new Map<string, (gauge: Gauge) => Promise<void>>(createQueueGauges(source));
  for (const name of metricNames) {
    const { type, help, labels, buckets = [] } = definitionOf(name);
    const base = { name: fullName(name), help, registers: [registry] };
    const labelNames = Object.keys(labels);
    switch (type) {
      case 'counter':
        counters.set(name, new Counter({ ...base, labelNames }));
        break;
      case 'gauge':
        gauges.set(name, createGauge({ ...base, labelNames }, collectors.get(name)));
        break;
      case 'histogram':
        histograms.set(name, new Histogram({ ...base, labelNames, buckets: [...buckets] }));
    }
  }
  return { counters, gauges, histograms };
}

function createGauge(
  configuration: ConstructorParameters<typeof Gauge>[0],
  collect?: (gauge: Gauge) => Promise<void>,
): Gauge {
  if (collect === undefined) return new Gauge(configuration);
  const gauge: Gauge = new Gauge({ ...configuration, collect: () => collect(gauge) });
  return gauge;
}

function startingValue(name: MetricName): number {
  const { startsAt } = definitionOf(name);
  return typeof startsAt === 'number' ? startsAt : 0;
}

function toLabelNames({ names, version }: Pick<MetricsOptions, 'names' | 'version'>): LabelNames {
  return { ...names, version: [version], node: [process.version] };
}
