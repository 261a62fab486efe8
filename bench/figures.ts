// The figures that a run has, and how they are shown.

export interface Figure {
  readonly heading: string;
  readonly digits: number;
  /** Which way is good; undefined where neither is. */
  readonly better?: 'higher' | 'lower';
}

/** Order matters: it is that of the columns. */
export const figures = {
  acceptedPerS: { heading: 'accepted/s', digits: 0, better: 'higher' },
  deliveredPerS: { heading: 'delivered/s', digits: 0, better: 'higher' },
  p50Ms: { heading: 'p50 ms', digits: 1, better: 'lower' },
  p99Ms: { heading: 'p99 ms', digits: 1, better: 'lower' },
  cpuMsPerMessage: { heading: 'CPU ms/msg', digits: 3, better: 'lower' },
  idleRssMB: { heading: 'idle MB', digits: 0, better: 'lower' },
  peakRssMB: { heading: 'peak MB', digits: 0, better: 'lower' },
  refused: { heading: 'refused', digits: 0, better: 'lower' },
  lost: { heading: 'lost', digits: 0, better: 'lower' },
  duplicates: { heading: 'duplicate', digits: 0, better: 'lower' },
  wrong: { heading: 'wrong', digits: 0, better: 'lower' },
  violations: { heading: 'violations', digits: 0, better: 'lower' },
  maxInFlight: { heading: 'in flight', digits: 0 },
  generatorBusy: { heading: 'load CPU %', digits: 0 },
  simulatorBusy: { heading: 'Graph CPU %', digits: 0 },
  othersBusy: { heading: 'others CPU %', digits: 0 },
  startMs: { heading: 'start ms', digits: 0, better: 'lower' },
  idleCpuPercent: { heading: 'idle CPU %', digits: 2, better: 'lower' },
  kBPerConnection: { heading: 'kB/connection', digits: 1, better: 'lower' },
} as const satisfies Record<string, Figure>;

export type FigureName = keyof typeof figures;

/** What one run came to. What does not apply, or cannot be measured on this system, is absent. */
export type Run = Partial<Record<FigureName, number>>;

/** One line of the table. */
export interface Row {
  readonly workload: string;
  /** What was measured: the gateway, or a baseline. */
  readonly subject: string;
  readonly runs: readonly Run[];
  /** Why there are no runs. */
  readonly notMeasured?: string;
}

export const figureNames = Object.keys(figures) as readonly FigureName[];

/** The values of one figure in all runs of a row that have it. */
export function valuesOf(row: Row, name: FigureName): readonly number[] {
  return row.runs.flatMap((run) => run[name] ?? []);
}

export function formatFigure(value: number, name: FigureName): string {
  const { digits } = figures[name];
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** A run without the figures that could not be taken. */
export function defined(run: { readonly [Name in keyof Run]: Run[Name] | undefined }): Run {
  return Object.fromEntries(Object.entries(run).filter(([, value]) => value !== undefined));
}
