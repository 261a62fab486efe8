// Measures a gateway that has nothing to do: how soon it is there, and what it takes to be there.
import { setTimeout as delay } from 'node:timers/promises';
import { startFreshGateway, startSimulator, type Bench } from './bench.ts';
import type { Row, Run } from './figures.ts';
import { measureBatch, startGenerator } from './mail.ts';
import { readProcessFigures } from './process-figures.ts';
import { median } from './statistics.ts';
import { targetOf } from './target.ts';
import type { IdleWorkload, StartWorkload } from './workloads.ts';

const startsPerRun = 5;

export async function measureStart({ name }: StartWorkload, bench: Bench): Promise<Row[]> {
  await using simulator = await startSimulator(bench);
  const runs: Run[] = [];
  for (let run = 1; run <= bench.runs; run += 1) {
    bench.report(`  gateway: run ${run} of ${bench.runs}`);
    const startsMs: number[] = [];
    for (let start = 0; start < startsPerRun; start += 1) {
      await using gateway = await startFreshGateway({ bench, simulator });
      startsMs.push(gateway.startMs);
    }
    runs.push({ startMs: median(startsMs) });
  }
  return [{ workload: name, subject: 'gateway', runs }];
}

export async function measureIdle(workload: IdleWorkload, bench: Bench): Promise<Row[]> {
  const [without, having]: [Run[], Run[]] = [[], []];
  for (let run = 1; run <= bench.runs; run += 1) {
    bench.report(`  gateway: run ${run} of ${bench.runs}`);
    const figures = await measureIdleOnce(workload, bench);
    without.push(figures.without);
    having.push(figures.having);
  }
  const { name, connections } = workload;
  return [
    { workload: name, subject: 'gateway, 0 connections', runs: without },
    { workload: name, subject: `gateway, ${connections.toLocaleString('en')} idle`, runs: having },
  ];
}

async function measureIdleOnce(
  workload: IdleWorkload,
  bench: Bench,
): Promise<{ without: Run; having: Run }> {
  await using stack = new AsyncDisposableStack();
  const generator = stack.use(startGenerator(bench));
  const simulator = stack.use(await startSimulator(bench));
  const gateway = stack.use(await startFreshGateway({ bench, simulator }));
  const { pid, endpoint: target } = gateway;
  const without = await watch(pid, workload);
  const { opened } = await generator.ask('openIdle', { target, connections: workload.connections });
  const having = await watch(pid, workload);
  const setup = { bench, generator, simulator, target: targetOf([gateway]), name: 'beside' };
  const mail = workload.beside && (await measureBatch(workload.beside, setup));
  await generator.ask('closeIdle', {});
  const growthMB = (having.idleRssMB ?? NaN) - (without.idleRssMB ?? NaN);
  return { without, having: { ...having, ...mail, kBPerConnection: (growthMB * 1000) / opened } };
}

async function watch(pid: number, { settleMs, watchMs }: IdleWorkload): Promise<Run> {
  await delay(settleMs);
  const before = await readProcessFigures(pid);
  await delay(watchMs);
  const after = await readProcessFigures(pid);
  if (before === undefined || after === undefined) return {};
  return {
    idleRssMB: after.rssBytes / 1e6,
    idleCpuPercent: ((after.cpuMs - before.cpuMs) / watchMs) * 100,
  };
}
