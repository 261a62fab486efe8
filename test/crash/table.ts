// What a crash run came to, for people.
import { killPoints, type KillPoint } from './kills.ts';
import type { CrashResult } from './run.ts';
import type { Verdict } from './verdict.ts';

/** Why the run has failed; empty: it has not. */
export function faultsOf(
  result: CrashResult,
  { lookUp }: { readonly lookUp: boolean },
): readonly string[] {
  return [
    ...faultsOfVerdict(result),
    ...(lookUp ? shown('sent twice', result.duplicated) : []),
    ...shown('objections of the service', result.violations),
    ...shown('left in the store', result.leftovers),
    ...(result.exitCode === 0 ? [] : [`The last gateway ended with ${result.exitCode}`]),
  ];
}

/** What is never right, whatever happened. */
export function faultsOfVerdict(verdict: Verdict): readonly string[] {
  return [
    ...shown('lost', verdict.lost),
    ...shown('sent although their client was told no', verdict.unwanted),
    ...shown('damaged', verdict.damaged),
    ...shown('sent twice without a word in the log', verdict.unexplained),
  ];
}

/** How many there are, and some of them; nothing where there are none. */
export function shown(what: string, some: readonly string[]): readonly string[] {
  return some.length === 0 ? [] : [`${some.length} ${what}: ${some.slice(0, 5).join(', ')}`];
}

export function formatResult({ reached, missed, ...verdict }: CrashResult): string {
  const points = (Object.keys(killPoints) as KillPoint[]).map(
    (point) => [`  ${killPoints[point]}`, reached.get(point) ?? 0] as const,
  );
  const kills = [...reached.values()].reduce((sum, count) => sum + count, missed.length);
  const rows = [
    ['Kills', kills] as const,
    ...points,
    ['  place not reached: killed all the same', missed.length] as const,
  ];
  return `${formatRows(rows)}\n${formatVerdict(verdict)}`;
}

/** @param verdict with the faults in the log, which are no part of it */
export function formatVerdict({
  transactions,
  faults,
  ...verdict
}: Verdict & { readonly faults: ReadonlyMap<string, number> }): string {
  const rows = [
    ['Messages with a 250', transactions.accepted],
    ['  with a 4yz or 5yz', transactions.refused],
    ['  broken off after the dot', transactions.unanswered],
    ['  broken off before', transactions.unfinished],
    ['Copies that arrived', verdict.copies],
    ['Lost', verdict.lost.length],
    ['Damaged', verdict.damaged.length],
    ['Sent although refused or unfinished', verdict.unwanted.length],
    ['Sent more than once', verdict.duplicated.length],
    ['  of these not logged as possible duplicates', verdict.unexplained.length],
    ['Possible duplicates in the log', verdict.possibleDuplicates],
  ] as const;
  const logged = [...faults].map(([text, count]) => `  ${count} × ${text}`);
  return [formatRows(rows), ...(logged.length > 0 ? ['Faults in the log', ...logged] : [])].join(
    '\n',
  );
}

function formatRows(rows: readonly (readonly [string, number])[]): string {
  return rows.map(([name, count]) => `${name.padEnd(62)}${String(count).padStart(8)}`).join('\n');
}
