// Names the licences of what is shipped with us, and fails for one that was not looked at: `npm run licences`.
import { readFileSync } from 'node:fs';
import { readLockedPackages, type LockedPackage } from './lock-file.ts';

/** All of them let a program be passed on with no more than their text and notices (SPDX identifiers). */
const allowed: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
]);

export interface LicenceReport {
  /** Packages by licence. */
  readonly counts: ReadonlyMap<string, number>;
  /** A line for each package that must not be shipped as it is. */
  readonly refused: readonly string[];
}

export function judgeLicences(packages: readonly LockedPackage[]): LicenceReport {
  const counts = new Map<string, number>();
  const refused: string[] = [];
  for (const { path, version = '', license = 'none', dev = false } of packages) {
    if (dev) continue;
    counts.set(license, (counts.get(license) ?? 0) + 1);
    if (!isAllowed(license)) refused.push(`${path} ${version}: ${license}`);
  }
  return { counts, refused };
}

/** Of an expression with OR, one is taken; with AND, all of them hold. Whatever else it says is not understood. */
function isAllowed(expression: string): boolean {
  const plain = expression.replaceAll(/^\(|\)$/g, '');
  const choices = plain.split(' OR ').map((choice) => choice.split(' AND '));
  return choices.some((all) => all.every((licence) => allowed.has(licence)));
}

if (import.meta.main) {
  const lockFile = new URL('../package-lock.json', import.meta.url);
  const { counts, refused } = judgeLicences(readLockedPackages(readFileSync(lockFile, 'utf8')));
  for (const [licence, count] of counts) process.stdout.write(`${count} × ${licence}\n`);
  for (const line of refused) process.stderr.write(`Not looked at: ${line}\n`);
  if (refused.length > 0) process.exitCode = 1;
}
