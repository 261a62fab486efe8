// `graphpost rules test`: tries messages against the routes, and says where something else comes of them than expected.
import type { Config } from '../config/config.ts';
import { createReport } from '../trial/report.ts';
import { loadOrReport, type ConfigIo } from './loaded-config.ts';
import { readCases, type RuleCase } from './rule-cases.ts';
import { compareReport, type Difference } from './rule-differences.ts';
import { printableLine } from '../trial/printable.ts';
import { sessionFault } from '../trial/session-fault.ts';
import { Trial, withCrlf } from '../trial/trial.ts';

export interface RulesTestOptions {
  readonly files: readonly string[];
  readonly config?: string | undefined;
  readonly json: boolean;
}

export interface RulesTestIo extends ConfigIo {
  readonly stdout: { write(text: string): unknown };
}

interface CaseResult {
  /** `file:line`. */
  readonly place: string;
  readonly name: string;
  readonly differences: readonly Difference[];
}

/** Returns the exit code: 0 all as expected, 1 something differs, 2 usage, configuration or a faulty file of cases. */
export async function runRulesTest(options: RulesTestOptions, io: RulesTestIo): Promise<number> {
  const loaded = loadOrReport(options.config, io);
  if (!loaded) return 2;
  await using trial = new Trial(loaded.config);
  const read = options.files.map((file) => readCases(file, io));
  const cases = read.flatMap((one) => one.cases);
  const faults = [
    ...read.flatMap((one) => one.faults),
    ...sessionFaults(cases, { trial, config: loaded.config }),
  ];
  for (const fault of faults) io.stderr.write(`${fault}\n`);
  if (faults.length > 0) return 2;
  const results: CaseResult[] = [];
  for (const one of cases) results.push(await runCase(one, trial));
  const differ = results.filter(({ differences }) => differences.length > 0);
  const ok = differ.length === 0;
  const { stdout } = io;
  if (options.json) stdout.write(`${JSON.stringify({ ok, results }, null, 2)}\n`);
  else stdout.write(formatResults(results));
  return ok ? 0 : 1;
}

function sessionFaults(
  cases: readonly RuleCase[],
  { trial, config }: { readonly trial: Trial; readonly config: Config },
): readonly string[] {
  return cases.flatMap((one) => {
    const client = trial.checkClient(one.client);
    if (client !== undefined) return [`${one.place}: client: ${client}`];
    const fault = sessionFault(one, config);
    return fault === undefined ? [] : [`${one.place}: ${fault}`];
  });
}

async function runCase(ruleCase: RuleCase, trial: Trial): Promise<CaseResult> {
  const { expect, place, name = '' } = ruleCase;
  const raw = withCrlf(ruleCase.raw);
  const report = await createReport(await trial.run(ruleCase, raw), raw);
  return { place, name, differences: compareReport(expect, report) };
}

function formatResults(results: readonly CaseResult[]): string {
  const differ = results.filter(({ differences }) => differences.length > 0);
  const count = results.length === 1 ? '1 case' : `${results.length} cases`;
  const summary = differ.length === 0 ? 'all as expected' : `${differ.length} differ`;
  return [...differ.map(formatResult), `${count}, ${summary}\n`].join('\n');
}

function formatResult({ place, name, differences }: CaseResult): string {
  const lines = differences.flatMap(({ key, expected, got }) => [
    `  ${key}`,
    `    expected ${expected}`,
    `    got      ${got}`,
  ]);
  return `${[`${place}: ${name}`.trimEnd(), ...lines].map(printableLine).join('\n')}\n`;
}
