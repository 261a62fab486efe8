// The gateway against the baselines of the same run: what can be compared between machines.
import { valuesOf, type Row } from './figures.ts';
import { median } from './statistics.ts';
import { discardName, gatewayName, listenerName } from './subjects.ts';

export interface Ratio {
  readonly what: string;
  readonly value: number;
}

export function ratiosOf(rows: readonly Row[]): readonly Ratio[] {
  const byWorkload = Map.groupBy(rows, ({ workload }) => workload);
  return [...byWorkload.values()].flatMap((group) => {
    const measured = group.filter(({ runs }) => runs.length > 0);
    const gateway = measured.find(({ subject }) => subject === gatewayName);
    if (gateway === undefined) return besideBacklog(measured);
    return [...toBaselines(gateway, measured), ...ofGreetings(measured)];
  });
}

function toBaselines(gateway: Row, measured: readonly Row[]): readonly Ratio[] {
  return measured
    .filter(({ subject }) => !subject.startsWith(gatewayName))
    .map((row) => {
      const name = throughputName(row);
      return {
        what: `${gateway.workload} delivered/s ÷ ${name === 'deliveredPerS' ? 'delivered' : 'accepted'}/s of "${row.subject}"`,
        value: median(valuesOf(gateway, 'deliveredPerS')) / median(valuesOf(row, name)),
      };
    });
}

/** What the greeting at once is worth to clients that come anew for each message. */
function ofGreetings(measured: readonly Row[]): readonly Ratio[] {
  const listener = measured.find(({ subject }) => subject === listenerName);
  const stock = measured.find(({ subject }) => subject === discardName);
  if (listener === undefined || stock === undefined) return [];
  const [ours, theirs] = [listener, stock].map((row) => median(valuesOf(row, 'acceptedPerS')));
  const what = `${listener.workload} accepted/s, "${listenerName}" ÷ "${discardName}"`;
  return [{ what, value: (ours ?? NaN) / (theirs ?? NaN) }];
}

function besideBacklog(measured: readonly Row[]): readonly Ratio[] {
  const [without, beside] = measured;
  if (without === undefined || beside === undefined || throughputOf(without) === undefined)
    return [];
  return [
    {
      what: `${beside.workload} delivered/s, "${beside.subject}" ÷ "${without.subject}"`,
      value: (throughputOf(beside) ?? NaN) / (throughputOf(without) ?? NaN),
    },
  ];
}

function throughputName(row: Row): 'deliveredPerS' | 'acceptedPerS' {
  return valuesOf(row, 'deliveredPerS').length > 0 ? 'deliveredPerS' : 'acceptedPerS';
}

function throughputOf(row: Row): number | undefined {
  const values = valuesOf(row, 'deliveredPerS');
  return values.length > 0 ? median(values) : undefined;
}
