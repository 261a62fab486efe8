// Measures mail on its way through one subject: a warm-up, then the batch that counts, then the books are compared.
import { setTimeout as delay } from 'node:timers/promises';
import { startSimulator, type Bench, type RunningSimulator } from './bench.ts';
import type { Child } from './children.ts';
import { defined, type Run } from './figures.ts';
import type { Generator, LoadResult } from './load/generator.ts';
import { startMeter } from './meter.ts';
import { readProcessFigures } from './process-figures.ts';
import { waitForQuiet } from './neighbours.ts';
import type { Audit } from './simulator/protocol.ts';
import type { Subject } from './subjects.ts';
import type { Target } from './target.ts';
import type { MailWorkload } from './workloads.ts';

/** A load that takes longer is cut short, and what it did until then is what counts. */
const deadlineMs = 180_000;
/** What is not sent on although nothing has moved for this long is lost. */
const patienceMs = 15_000;
/** For copies that come after everything has come. */
const afterwardsMs = 500;
/** Between the greeting of a server and the look at its memory. */
const settleMs = 1_000;
const shownTroubles = 5;

/** The processes that take part. */
export interface Setup {
  readonly bench: Bench;
  readonly generator: Child<Generator>;
  readonly simulator: RunningSimulator | undefined;
  readonly target: Target;
}

export async function measureMail(
  workload: MailWorkload,
  subject: Subject,
  bench: Bench,
): Promise<Run> {
  await using stack = new AsyncDisposableStack();
  const generator = stack.use(startGenerator(bench));
  const { attached, startTls, graphLatencyMs: latencyMs } = workload;
  const simulator =
    subject.sendsTo === 'simulator'
      ? stack.use(await startSimulator(bench, { latencyMs, uploads: attached }))
      : undefined;
  const target = stack.use(await subject.start({ bench, simulator, startTls }));
  const idleRssMB = await readIdleRssMB(target);
  const setup = { bench, generator, simulator, target };
  await warmUp(workload, setup);
  const run = await measureBatch(workload, { ...setup, name: 'measured' });
  return { ...run, ...defined({ idleRssMB }) };
}

/** Of all its processes, before the first message. */
async function readIdleRssMB({ pids }: Target): Promise<number | undefined> {
  await delay(settleMs);
  const known = pids.filter((pid) => pid !== undefined);
  const figures = await Promise.all(known.map(readProcessFigures));
  const rssBytes = sumOfKnown(figures.map((each) => each?.rssBytes));
  return rssBytes && rssBytes / 1e6;
}

/** Undefined when none is known. */
function sumOfKnown(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : undefined;
}

export function startGenerator({ children }: Bench): Child<Generator> {
  return children.fork<Generator>(new URL('./load/generator.ts', import.meta.url));
}

export async function warmUp(workload: MailWorkload, setup: Setup): Promise<void> {
  await handOver({ ...workload, count: workload.warmUp }, { ...setup, name: 'warm-up' });
}

/** @param options.name of the batch, unlike that of any other that went through this setup */
export async function measureBatch(
  workload: MailWorkload,
  options: Setup & { readonly name: string },
): Promise<Run> {
  const { bench, simulator, target, name } = options;
  await waitForQuiet({ patienceMs: bench.quietMs });
  const handover = await handOver(workload, options);
  await delay(afterwardsMs);
  const audit = await simulator?.ask('audit', { batch: name, count: workload.count });
  await tellTroubles(options, [...handover.loaded.refusals, ...(audit?.examples ?? [])]);
  return toRun(workload, { ...handover, audit, isSentOn: target.sentOn !== undefined });
}

interface Handover {
  readonly loaded: LoadResult;
  /** Epoch ms at which the last one had been sent on, where that is not the simulator's to know. */
  readonly sinkEndedAt: number | undefined;
  readonly targetCpuMs: number | undefined;
  readonly targetPeakBytes: number | undefined;
  readonly simulatorCpuMs: number | undefined;
  readonly othersPercent: number | undefined;
}

/** Resolves when everything that was accepted has been sent on, or nothing moves any more. */
async function handOver(
  { count, sizeBytes, lanes, connections, reconnect, attached }: MailWorkload,
  { generator, simulator, target, name }: Setup & { readonly name: string },
): Promise<Handover> {
  const sentBefore = target.sentOn?.() ?? 0;
  await simulator?.ask('mark', {});
  const others = simulator ? [simulator.pid] : [];
  const stopMeter = await startMeter([generator.pid, ...others, ...target.pids]);
  const loaded = await generator.ask('load', {
    targets: target.endpoints,
    batch: { name, count, sizeBytes, lanes, lanePrefix: 'lane', attached },
    ...{ connections, reconnect, deadlineMs },
  });
  const accepted = acceptedIn(loaded);
  await simulator?.ask('sent', { count: accepted, patienceMs });
  const sinkEndedAt = target.sentOn && (await waitForSink(target.sentOn, sentBefore + accepted));
  const reading = await stopMeter();
  const ofTarget = 1 + others.length;
  return {
    loaded,
    sinkEndedAt,
    targetCpuMs: sumOfKnown(reading.cpuMs.slice(ofTarget)),
    targetPeakBytes: sumOfKnown(reading.peakRssBytes.slice(ofTarget)),
    simulatorCpuMs: simulator && reading.cpuMs[1],
    othersPercent: reading.othersPercent,
  };
}

function toRun(
  { count }: MailWorkload,
  measured: Handover & { readonly audit: Audit | undefined; readonly isSentOn: boolean },
): Run {
  const { loaded, sinkEndedAt, audit, isSentOn } = measured;
  const { targetCpuMs, targetPeakBytes, simulatorCpuMs, othersPercent } = measured;
  const loadMs = loaded.endedAt - loaded.startedAt;
  const tookMs = (audit?.lastAt ?? sinkEndedAt ?? loaded.endedAt) - loaded.startedAt;
  const accepted = acceptedIn(loaded);
  const delivered = audit?.delivered ?? (isSentOn ? accepted : undefined);
  return defined({
    acceptedPerS: (accepted / loadMs) * 1000,
    deliveredPerS: delivered && (delivered / tookMs) * 1000,
    p50Ms: loaded.p50Ms,
    p99Ms: loaded.p99Ms,
    cpuMsPerMessage: targetCpuMs && targetCpuMs / count,
    peakRssMB: targetPeakBytes && targetPeakBytes / 1e6,
    refused: count - accepted,
    ...(audit && booksOf(loaded, audit)),
    generatorBusy: (loaded.cpuMs / loadMs) * 100,
    simulatorBusy: simulatorCpuMs && (simulatorCpuMs / tookMs) * 100,
    othersBusy: othersPercent,
  });
}

/** What was accepted against what was sent. */
function booksOf({ accepted }: LoadResult, audit: Audit): Run {
  return {
    lost: accepted.filter((each, number) => each === 1 && audit.times[number] === 0).length,
    duplicates: audit.duplicates,
    wrong: audit.wrong + audit.strays,
    violations: audit.violations,
    maxInFlight: audit.maxInFlight,
  };
}

function acceptedIn({ accepted }: LoadResult): number {
  return accepted.reduce((sum, each) => sum + each, 0);
}

async function waitForSink(sentOn: () => number, count: number): Promise<number> {
  const giveUpAt = performance.now() + deadlineMs;
  while (sentOn() < count && performance.now() < giveUpAt) await delay(5);
  return performance.timeOrigin + performance.now();
}

async function tellTroubles({ bench, target }: Setup, found: readonly string[]): Promise<void> {
  const troubles = [...found, ...((await target.troubles?.()) ?? [])];
  for (const trouble of troubles.slice(0, shownTroubles))
    bench.report(`    ${trouble.slice(0, 500)}`);
  const more = troubles.length - shownTroubles;
  if (more > 0) bench.report(`    … and ${more} more`);
}
