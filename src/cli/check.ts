// `graphpost check`: is the configuration file valid, and if not, everything that is wrong with it.
import { formatFault, formatFaults, type ConfigFault } from '../config/fault.ts';
import { findConfigFile, formatMissing } from '../config/find-config.ts';
import { loadConfig } from '../config/load.ts';

export interface CheckIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

interface Findings {
  readonly ok: boolean;
  /** Null where there is no file. */
  readonly file: string | null;
  readonly faults: readonly ConfigFault[];
  readonly warnings: readonly ConfigFault[];
}

/** Returns the exit code: 0 for a valid file, 2 otherwise. */
export function runCheck(
  { config, json }: { readonly config?: string | undefined; readonly json: boolean },
  io: CheckIo,
): Promise<number> {
  const found = findConfigFile({ flag: config, env: io.env, cwd: io.cwd });
  if (found.kind === 'missing') return Promise.resolve(reportMissing(found.places, { json, io }));
  const findings = checkFile(found.file, io);
  if (json) io.stdout.write(toJson(findings));
  else printText(findings, io);
  return Promise.resolve(findings.ok ? 0 : 2);
}

function checkFile(file: string, { env }: CheckIo): Findings {
  const loading = loadConfig(file, { env });
  if (loading.kind === 'faulty') return { ok: false, file, faults: loading.faults, warnings: [] };
  return { ok: true, file, faults: [], warnings: loading.warnings };
}

function printText({ ok, file, faults, warnings }: Findings, { stdout, stderr }: CheckIo): void {
  stderr.write(formatFaults(faults));
  for (const warning of warnings) stderr.write(`warning: ${formatFault(warning)}\n`);
  if (ok) stdout.write(`${file} is valid\n`);
}

function reportMissing(
  places: readonly string[],
  { json, io }: { readonly json: boolean; readonly io: CheckIo },
): number {
  const message = formatMissing(places);
  if (json) {
    const fault = { file: '', line: 0, column: 0, key: '', message };
    io.stdout.write(toJson({ ok: false, file: null, faults: [fault], warnings: [] }));
  } else io.stderr.write(`${message}\n`);
  return 2;
}

function toJson({ ok, file, faults, warnings }: Findings): string {
  const findings = { ok, file, faults: faults.map(toPosition), warnings: warnings.map(toPosition) };
  return `${JSON.stringify(findings, null, 2)}\n`;
}

/** Without the line of the file: whoever reads JSON has the file. */
function toPosition(fault: ConfigFault): Omit<ConfigFault, 'excerpt'> {
  const { file, line, column, key, message, hint } = fault;
  return { file, line, column, key, message, ...(hint !== undefined && { hint }) };
}
