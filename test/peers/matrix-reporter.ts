// Prints the client matrix when all is done: a row for each program, a column for each way to send.
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import { caseTitles } from './cases.ts';

const marks = { passed: 'yes', failed: 'NO', skipped: '-', pending: '?' } as const;

export class MatrixReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const suites = modules.flatMap(({ children }) => [...children.suites()]);
    const rows = suites.map(rowOf).sort(([one = ''], [other = '']) => one.localeCompare(other));
    if (rows.length > 0) process.stdout.write(`\n${formatTable([headings, ...rows])}\n`);
  }
}

const headings = ['client', ...caseTitles];

function rowOf({ name, children }: TestSuite): readonly string[] {
  const tests = [...children.tests()];
  return [name, ...caseTitles.map((title) => markOf(tests.find((test) => test.name === title)))];
}

/** What a program never does is no test. */
function markOf(test: TestCase | undefined): string {
  return test ? marks[test.result().state] : 'cannot';
}

function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = headings.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '),
  );
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
