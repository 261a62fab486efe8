// What an import says to whoever ran it.
import type { Finding, ImportedSecret } from '../setup/import-findings.ts';
import type { Written } from './import-files.ts';

export interface ImportReport {
  readonly findings: readonly Finding[];
  readonly secrets: readonly ImportedSecret[];
  /** Absent: it went to standard output. */
  readonly written: Written | undefined;
}

const titles = [
  ['toDo', 'To do before mail can leave:'],
  ['differs', 'Works otherwise than before:'],
  ['leftOut', 'Has no counterpart, and was left out:'],
] as const;

export function reportOf({ findings, secrets, written }: ImportReport): string {
  const sections = titles.flatMap(([kind, title]) => {
    const lines = findings
      .filter((finding) => finding.kind === kind)
      .map(({ setting, text }) => `  ${setting}: ${text}`.replaceAll(/\p{Cc}/gu, ' '));
    return lines.length === 0 ? [] : [title, ...lines, ''];
  });
  return `${[...sections, ...secretLines(secrets, written), ...writtenLines(written)].join('\n')}\n`;
}

function secretLines(
  secrets: readonly ImportedSecret[],
  written: Written | undefined,
): readonly string[] {
  if (secrets.length === 0) return [];
  const lines = secrets.map(({ path, value }) => {
    if (value === undefined) return `  ${path}: put the secret in`;
    return written ? `  ${path}` : `  ${path}: --output writes it`;
  });
  return [
    'Secrets stand in files of their own, which the user of the gateway must be able to read:',
    ...lines,
    '',
  ];
}

function writtenLines(written: Written | undefined): readonly string[] {
  return written
    ? [`Written: ${written.file}. Next: graphpost check --config ${written.file}`]
    : [];
}
