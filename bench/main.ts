// The benchmark: measures the gateway beside baselines on this machine. `npm run bench -- --help`
import { mkdirSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createCertificate } from '../test/support/https-server.ts';
import { readArguments, usage, type Arguments } from './arguments.ts';
import type { Bench } from './bench.ts';
import { Children } from './children.ts';
import { formatEnvironment, readEnvironment, type Environment } from './environment.ts';
import type { Row } from './figures.ts';
import { buildGateway, sourceFile } from './gateway.ts';
import { formatHotSpots } from './hot-spots.ts';
import { goalsOf, type Goal } from './goals.ts';
import { ratiosOf, type Ratio } from './ratios.ts';
import { runSuite } from './suite.ts';
import { formatChanges, formatGoals, formatRatios, formatTable } from './table.ts';

/** What `--json` writes and `--compare` reads. */
interface Result {
  readonly version: 1;
  readonly startedAt: string;
  readonly environment: Environment;
  readonly rows: readonly Row[];
  readonly ratios: readonly Ratio[];
  readonly goals: readonly Goal[];
}

const children = new Children();

const options = understand(process.argv.slice(2));
if (options?.help) print(usage);
else if (options) {
  try {
    await run(options);
  } catch (error) {
    report(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  }
}

function understand(args: readonly string[]): Arguments | undefined {
  try {
    return readArguments(args);
  } catch (error) {
    report(error instanceof Error ? error.message : String(error));
    process.exitCode = 2;
    return undefined;
  }
}

async function run(options: Arguments): Promise<void> {
  const before =
    options.compareFile === undefined ? undefined : await readResult(options.compareFile);
  const folder = await mkdtemp(join(resolve(options.folder ?? tmpdir()), 'graphpost-bench-'));
  // Programs that give up their rights, such as Postfix, must reach what lies in it.
  await chmod(folder, 0o755);
  leaveNothing(folder);
  const profileFolder = options.profileFolder && resolve(options.profileFolder);
  if (profileFolder) mkdirSync(profileFolder, { recursive: true });
  const startedAt = new Date().toISOString();
  const environment = await readEnvironment(folder);
  report(formatEnvironment(environment));
  const mainFile = profileFolder ? sourceFile : await buildGateway(join(folder, 'build'), children);
  const { runs, backlog, quietMs } = options;
  const bench: Bench = {
    children,
    folder,
    mainFile,
    profileFolder,
    certificate: await createCertificate('ec'),
    runs,
    backlog,
    quietMs,
    report,
  };
  const rows = await runSuite(options, bench);
  const [ratios, goals] = [ratiosOf(rows), goalsOf(rows)];
  const result = { version: 1, startedAt, environment, rows, ratios, goals } as const;
  if (options.jsonFile)
    await writeFile(options.jsonFile, `${JSON.stringify(result, undefined, 2)}\n`);
  show(result, before);
  if (profileFolder) print(await formatHotSpots(profileFolder));
}

function show(result: Result, before: Result | undefined): void {
  print(formatEnvironment(result.environment));
  const groups = Map.groupBy(result.rows, groupOf);
  for (const rows of groups.values()) print(formatTable(rows));
  if (result.ratios.length > 0) print(formatRatios(result.ratios));
  if (result.goals.length > 0) print(formatGoals(result.goals));
  if (before === undefined) return;
  print(`Against ${before.startedAt}\n${formatEnvironment(before.environment)}`);
  print(formatChanges(before.rows, result.rows));
}

/** Rows with like figures stand in one table. */
function groupOf({ runs }: Row): string {
  const [first = {}] = runs;
  if ('startMs' in first) return 'start';
  return 'idleCpuPercent' in first ? 'idle' : 'mail';
}

async function readResult(file: string): Promise<Result> {
  // Written by this program, as the version says.
  const result = JSON.parse(await readFile(file, 'utf8')) as Result;
  if (result.version !== 1) throw new Error(`"${file}" is no result of this benchmark`);
  return result;
}

/** However it ends: no process, and no file. */
function leaveNothing(folder: string): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(130));
  process.once('exit', () => {
    children.killAll();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  });
}

function print(text: string): void {
  process.stdout.write(`${text}\n\n`);
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
