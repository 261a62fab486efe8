// The result as text: a table for each group of workloads with the same figures, ratios, and changes.
import {
  figureNames,
  figures,
  formatFigure,
  valuesOf,
  type Figure,
  type FigureName,
  type Row,
} from './figures.ts';
import { isReached, type Goal } from './goals.ts';
import type { Ratio } from './ratios.ts';
import { spreadOf } from './statistics.ts';

/** Columns that nothing was measured for are left out. */
export function formatTable(rows: readonly Row[]): string {
  const columns = figureNames.filter((name) => rows.some((row) => valuesOf(row, name).length > 0));
  const lines = rows.map((row) => [row.workload, row.subject, ...formatRow(row, columns)]);
  const headings = ['', '', ...columns.map((name) => figures[name].heading)];
  return formatLines([headings, ...lines]);
}

function formatRow(row: Row, columns: readonly FigureName[]): readonly string[] {
  if (row.notMeasured !== undefined) return [row.notMeasured];
  return columns.map((name) => formatValues(valuesOf(row, name), name));
}

/** The median; for throughput with the lowest and the highest. */
function formatValues(values: readonly number[], name: FigureName): string {
  if (values.length === 0) return '';
  const { median, lowest, highest } = spreadOf(values);
  const text = formatFigure(median, name);
  if (!name.endsWith('PerS') || values.length === 1) return text;
  return `${text} (${formatFigure(lowest, name)}–${formatFigure(highest, name)})`;
}

/** Words to the left, figures to the right. A line with fewer cells ends with a text. */
function formatLines(lines: readonly (readonly string[])[]): string {
  const full = lines[0]?.length ?? 0;
  const isWhole = (line: readonly string[]) => line.length === full;
  const widths = Array.from({ length: full }, (_, at) =>
    Math.max(
      ...lines.filter((line) => at < 2 || isWhole(line)).map((line) => line[at]?.length ?? 0),
    ),
  );
  return lines
    .map((line) =>
      line
        .map((cell, at) =>
          at < 2 || !isWhole(line) ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function formatRatios(ratios: readonly Ratio[]): string {
  return ratios.map(({ what, value }) => `${value.toFixed(2).padStart(6)}  ${what}`).join('\n');
}

export function formatGoals(goals: readonly Goal[]): string {
  const lines = goals.map(({ workload, what, value, atLeast, atMost }) => [
    workload,
    what,
    toShort(value),
    atLeast === undefined ? `at most ${toShort(atMost)}` : `at least ${toShort(atLeast)}`,
    isReached({ value, atLeast, atMost }) ? 'reached' : 'NOT REACHED',
  ]);
  return formatLines([['', 'figures to reach', 'is', 'to be', ''], ...lines]);
}

function toShort(value = NaN): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}

/** What has changed against an earlier result. A change within the spread of both is no change. */
export function formatChanges(before: readonly Row[], now: readonly Row[]): string {
  const lines = now.flatMap((row) => {
    const earlier = before.find(
      ({ workload, subject }) => workload === row.workload && subject === row.subject,
    );
    return earlier ? figureNames.flatMap((name) => formatChange(name, { earlier, row })) : [];
  });
  return lines.length > 0
    ? formatLines([['', '', '', 'before', 'now', 'change'], ...lines])
    : 'Nothing to compare';
}

function formatChange(
  name: FigureName,
  { earlier, row }: { readonly earlier: Row; readonly row: Row },
): readonly (readonly string[])[] {
  const [old, fresh] = [valuesOf(earlier, name), valuesOf(row, name)];
  if (old.length === 0 || fresh.length === 0) return [];
  const [from, to] = [spreadOf(old), spreadOf(fresh)];
  if (to.lowest <= from.highest && from.lowest <= to.highest) return [];
  const percent = ((to.median - from.median) / from.median) * 100;
  const change = Number.isFinite(percent) ? `${percent > 0 ? '+' : ''}${percent.toFixed(0)} %` : '';
  const { heading } = figures[name];
  return [
    [
      row.workload,
      row.subject,
      heading,
      formatFigure(from.median, name),
      formatFigure(to.median, name),
      `${change}${verdict(name, to.median - from.median)}`,
    ],
  ];
}

function verdict(name: FigureName, change: number): string {
  const figure: Figure = figures[name];
  if (figure.better === undefined) return '';
  return change > 0 === (figure.better === 'higher') ? ' better' : ' WORSE';
}
