// What the doctor has found, as lines for people and as JSON.
import { formatCount } from '../http/words.ts';
import type { FindingState } from '../core/finding.ts';
import type { Finding } from '../setup/doctor-check.ts';
import { printable } from '../trial/printable.ts';

const marks: Readonly<Record<FindingState, string>> = {
  ok: 'ok  ',
  warning: 'warn',
  failure: 'FAIL',
  skipped: 'skip',
};

const colours: Readonly<Record<FindingState, number>> = {
  ok: 32,
  warning: 33,
  failure: 31,
  skipped: 90,
};

/** One heading for what each group of findings is of, then its findings, then the sum. */
export function formatFindings(
  findings: readonly Finding[],
  { isColoured }: { readonly isColoured: boolean },
): string {
  const lines: string[] = [];
  let last = '';
  for (const finding of findings) {
    const heading = headingOf(finding);
    if (heading !== last) lines.push(...(lines.length === 0 ? [] : ['']), printable(heading));
    last = heading;
    lines.push(...linesOf(finding, isColoured));
  }
  return `${[...lines, '', sumOf(findings)].join('\n')}\n`;
}

const groups: Readonly<Record<string, string>> = {
  configuration: 'Configuration',
  files: 'Files',
  store: 'Queue',
  space: 'Queue',
  listener: 'Listener',
  certificate: 'Listener',
  tlsVersion: 'Listener',
  dns: 'Network',
  proxy: 'Network',
  tls: 'Network',
  clock: 'Network',
  network: 'Network',
  spf: 'Domain',
  dkim: 'Domain',
  dmarc: 'Domain',
  domain: 'Domain',
};

/** Files are many: they share a heading, and each is named in its line. */
function headingOf({ check, of }: Finding): string {
  const group = groups[check] ?? 'Connection';
  if (check === 'files') return group;
  const [owner = ''] = group === 'Connection' ? of.split(', ') : [of];
  return owner === '' ? group : `${group} ${owner}`;
}

function linesOf(finding: Finding, isColoured: boolean): readonly string[] {
  const { state, fix, detail, check } = finding;
  const mark = isColoured ? `\u{1b}[${colours[state]}m${marks[state]}\u{1b}[0m` : marks[state];
  const isGood = state === 'ok' || state === 'skipped';
  return [
    `  ${mark}  ${printable(`${check}: ${placeOf(finding)}${textOf(finding)}`)}`,
    ...(fix === undefined || isGood ? [] : [`        To do: ${printable(fix)}`]),
    ...(detail === undefined ? [] : [`        It says: ${printable(detail)}`]),
  ];
}

/** Of a file, or of a mailbox of the connection. */
function placeOf({ check, of }: Finding): string {
  if (check === 'files') return `${of}: `;
  const [, mailbox] = of.split(', ');
  return mailbox === undefined ? '' : `${mailbox}: `;
}

function textOf({ text, code }: Finding): string {
  return code === undefined ? text : `${text} (${code})`;
}

function sumOf(findings: readonly Finding[]): string {
  const count = (wanted: FindingState) => findings.filter(({ state }) => state === wanted).length;
  const [failures, warnings] = [count('failure'), count('warning')];
  if (failures + warnings === 0) return 'All is well';
  return `${formatCount(failures, 'failure')}, ${formatCount(warnings, 'warning')}`;
}

export function toFindingJson({ repair, ...finding }: Finding) {
  return { ...finding, ...(repair && { mendable: true }) };
}
