// The figures to reach, and whether a run has reached them: bounds that hold on any machine or, as ratios, within one run.
import { restartedName } from './backlog.ts';
import { valuesOf, type FigureName, type Row } from './figures.ts';
import { median } from './statistics.ts';
import {
  discardName,
  fileAndPostName,
  gatewayName,
  postfixName,
  threeReplicasName,
} from './subjects.ts';

export interface Goal extends Bounds {
  readonly workload: string;
  readonly what: string;
}

/** A value, and one bound of it. */
export interface Bounds {
  readonly value: number;
  readonly atLeast?: number | undefined;
  readonly atMost?: number | undefined;
}

/** The median of a figure in the row whose subject is, or begins so; undefined where it was not measured. */
type Look = (figure: FigureName, subject?: string) => number | undefined;

interface Wanted extends Omit<Goal, 'value'> {
  readonly value: (look: Look) => number | undefined;
}

const wanted: readonly Wanted[] = [
  {
    workload: 'W1',
    what: `delivered/s ÷ accepted/s of "${discardName}"`,
    value: (look) => quotient(look('deliveredPerS'), look('acceptedPerS', discardName)),
    atLeast: 0.5,
  },
  {
    workload: 'W1',
    what: `delivered/s ÷ that of "${postfixName}"`,
    value: (look) => quotient(look('deliveredPerS'), look('deliveredPerS', postfixName)),
    atLeast: 3,
  },
  plain('W1', 'cpuMsPerMessage', { what: 'CPU ms for each message', atMost: 0.35 }),
  plain('W1', 'p99Ms', { what: 'p99 ms from DATA to 250', atMost: 15 }),
  {
    workload: 'W1L',
    what: 'delivered/s ÷ what the limits allow (50 lanes × 4 / 50 ms)',
    value: (look) => quotient(look('deliveredPerS'), 4_000),
    atLeast: 0.75,
  },
  {
    workload: 'W2',
    what: `delivered/s ÷ that of "${fileAndPostName}"`,
    value: (look) => quotient(look('deliveredPerS'), look('deliveredPerS', fileAndPostName)),
    atLeast: 1,
  },
  ...complete('W4'),
  plain('W4', 'deliveredPerS', { what: 'delivered/s', atLeast: 4 }),
  {
    workload: 'W4',
    what: 'MB of memory above idle',
    value: (look) => difference(look('peakRssMB'), look('idleRssMB')),
    atMost: 160,
  },
  plain('W5', 'deliveredPerS', { what: 'delivered/s', atLeast: 2_000 }),
  ...(['acceptedPerS', 'deliveredPerS'] as const).map(besideBacklog),
  {
    workload: 'W6',
    what: 'ms to its greeting with the backlog',
    value: (look) => look('startMs', restartedName),
    atMost: 2_000,
  },
  {
    workload: 'W7',
    what: 'MB without connections',
    value: (look) => look('idleRssMB', 'gateway, 0'),
    atMost: 90,
  },
  {
    workload: 'W7',
    what: 'kB for each idle connection',
    value: (look) => look('kBPerConnection', 'gateway, 5'),
    atMost: 20,
  },
  plain('W8', 'startMs', { what: 'ms from start to greeting', atMost: 400 }),
  {
    workload: 'W9',
    what: 'delivered/s of three replicas ÷ that of one',
    value: (look) => quotient(look('deliveredPerS', threeReplicasName), look('deliveredPerS')),
    atLeast: 1,
  },
  {
    workload: 'W9L',
    what: 'in flight for one mailbox, over three replicas',
    value: (look) => look('maxInFlight', threeReplicasName),
    atMost: 4,
  },
  ...complete('W10L'),
];

function plain(
  workload: string,
  figure: FigureName,
  rest: Omit<Wanted, 'workload' | 'value'>,
): Wanted {
  return { workload, value: (look) => look(figure), ...rest };
}

/** Everything was taken, and everything arrived. */
function complete(workload: string): readonly Wanted[] {
  const value = (look: Look) => sum(look('refused'), look('lost'));
  return [{ workload, what: 'messages refused or lost', value, atMost: 0 }];
}

function besideBacklog(figure: 'acceptedPerS' | 'deliveredPerS'): Wanted {
  return {
    workload: 'W6',
    what: `${figure === 'acceptedPerS' ? 'accepted' : 'delivered'}/s with the backlog ÷ without`,
    value: (look) => quotient(look(figure, 'gateway, with'), look(figure, 'gateway, nothing')),
    atLeast: 0.7,
  };
}

/** Those whose workloads were measured. */
export function goalsOf(rows: readonly Row[]): readonly Goal[] {
  return wanted.flatMap(({ value, ...goal }) => {
    const found = value(lookIn(rows.filter(({ workload }) => workload === goal.workload)));
    return found === undefined ? [] : [{ ...goal, value: found }];
  });
}

export function isReached({ value, atLeast = -Infinity, atMost = Infinity }: Bounds): boolean {
  return value >= atLeast && value <= atMost;
}

function lookIn(rows: readonly Row[]): Look {
  return (figure, subject) => {
    const row = rows.find((each) =>
      subject === undefined ? each.subject === gatewayName : each.subject.startsWith(subject),
    );
    const values = row ? valuesOf(row, figure) : [];
    return values.length > 0 ? median(values) : undefined;
  };
}

function quotient(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a / b;
}

function difference(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
