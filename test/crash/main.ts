// Crash runs by hand, as long as wanted. `npm run test:crash -- --help`
import { whyNoStrace } from '../order/strace.ts';
import { sweepAll } from '../order/sweep-runs.ts';
import { readArguments, usage, type Arguments } from './arguments.ts';
import { runCrashes, type Progress } from './run.ts';
import { runReplicas } from './replicas.ts';
import { faultsOf, faultsOfVerdict, formatResult, formatVerdict, shown } from './table.ts';

const options = understand(process.argv.slice(2));
if (options?.help) print(usage);
else if (options?.sweep) await sweep();
else if (options?.replicas) await disturbReplicas(options);
else if (options) await run(options);

function understand(args: readonly string[]): Arguments | undefined {
  try {
    return readArguments(args);
  } catch (error) {
    print(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
    return undefined;
  }
}

async function run({ kills, seed, engine, lookUp }: Arguments): Promise<void> {
  print(`Seed ${seed}: ${kills} kills, ${engine}, look-up ${lookUp ? 'permitted' : 'forbidden'}\n`);
  const onProgress = (progress: Progress) => showProgress(progress, kills);
  const result = await runCrashes({ kills, seed, engine, lookUp, onProgress });
  print(`${process.stdout.isTTY ? '\r\x1b[K' : ''}${formatResult(result)}\n`);
  const faults = faultsOf(result, { lookUp });
  conclude(faults, seed);
}

function conclude(faults: readonly string[], seed: number): void {
  for (const fault of faults) print(`FAILED: ${fault}\n`);
  print(faults.length === 0 ? 'Passed\n' : `Repeat with --seed ${seed}\n`);
  if (faults.length > 0) process.exitCode = 1;
}

async function disturbReplicas({ seed }: Arguments): Promise<void> {
  print(`Seed ${seed}: three replicas\n`);
  const { violations, ...result } = await runReplicas({ seed, waitForLeases: true });
  print(`${formatVerdict(result)}\n`);
  conclude([...faultsOfVerdict(result), ...shown('objections of the service', violations)], seed);
}

async function sweep(): Promise<void> {
  const reason = whyNoStrace();
  if (reason !== undefined) throw new Error(reason);
  let strikes = 0;
  let failures = 0;
  await sweepAll(({ what, call, occurrence }, { isHit, reply = 'no reply', copies, broken }) => {
    strikes += isHit ? 1 : 0;
    failures += broken.length > 0 ? 1 : 0;
    const result = broken.length > 0 ? `FAILED: ${broken.join('; ')}` : 'ok';
    const hit = isHit ? `${reply.slice(0, 9)}, ${copies} copies: ${result}` : 'not reached';
    print(`${what.padEnd(6)} at ${call} ${occurrence}: ${hit}\n`);
  });
  print(`${strikes} strikes, ${failures} failures\n`);
  if (failures > 0) process.exitCode = 1;
}

function showProgress({ kills, accepted, arrived }: Progress, all: number): void {
  if (!process.stdout.isTTY) return;
  print(`\r\x1b[K${kills} of ${all} kills, ${accepted} messages accepted, ${arrived} arrived`);
}

function print(text: string): void {
  process.stdout.write(text);
}
