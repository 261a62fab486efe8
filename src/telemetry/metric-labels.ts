// Keeps label values inside closed sets, so that nobody outside can make the number of series grow.
import {
  definitionOf,
  type LabelsOf,
  type MetricName,
  type NameSet,
} from './metric-definitions.ts';

/** Stands for every value outside the set. */
const otherValue = 'other';

/** Names of one kind beyond this many share `other`. */
const maxNames = 100;

export type LabelNames = Readonly<Record<NameSet, readonly string[]>>;

export interface LabelSets {
  /** Takes up the names of a changed configuration. */
  rename(names: LabelNames): void;
  /** The labels with every value that is not in its set as `other`. */
  bound<N extends MetricName>(metric: N, labels: LabelsOf<N>): Record<string, string>;
  /** Every combination of labels that the metric has a series for from the start. */
  startingLabels(metric: MetricName): readonly Record<string, string>[];
}

export function createLabelSets(initialNames: LabelNames): LabelSets {
  let names = cut(initialNames);
  const valuesOf = (metric: MetricName, label: string): readonly string[] => {
    const values = definitionOf(metric).labels[label] ?? [];
    return typeof values === 'string' ? names[values] : values;
  };
  return {
    rename(changed) {
      names = cut(changed);
    },
    bound(metric, labels) {
      const bounded: Record<string, string> = {};
      for (const [label, value] of Object.entries<string>(labels)) {
        bounded[label] = valuesOf(metric, label).includes(value) ? value : otherValue;
      }
      return bounded;
    },
    startingLabels(metric) {
      const { labels, startsAt, startsWith } = definitionOf(metric);
      if (startsAt === 'unset') return [];
      return Object.keys(labels).reduce<readonly Record<string, string>[]>(
        (combinations, label) =>
          combinations.flatMap((combination) =>
            (startsWith?.[label] ?? valuesOf(metric, label)).map((value) => ({
              ...combination,
              [label]: value,
            })),
          ),
        [{}],
      );
    },
  };
}

function cut(names: LabelNames): LabelNames {
  const first = (values: readonly string[]): readonly string[] => values.slice(0, maxNames);
  return {
    listeners: first(names.listeners),
    clients: first(names.clients),
    connections: first(names.connections),
    routes: first(names.routes),
    version: first(names.version),
    node: first(names.node),
  };
}
