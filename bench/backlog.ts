// Measures mail beside a backlog: other mail that waits in lanes which Graph has paused.
import {
  freshFolder,
  startGatewayIn,
  startSimulator,
  type Bench,
  type RunningSimulator,
} from './bench.ts';
import type { Row, Run } from './figures.ts';
import { targetOf } from './target.ts';
import { measureBatch, startGenerator, warmUp, type Setup } from './mail.ts';
import type { BacklogWorkload } from './workloads.ts';

/** What the row of its starts begins with. */
export const restartedName = 'gateway, started again';
const pausedPrefix = 'paused';
const fillDeadlineMs = 1_800_000;

/** In one and the same gateway: first with nothing that waits, then with the backlog; then it starts again with it. */
export async function measureBacklog(workload: BacklogWorkload, bench: Bench): Promise<Row[]> {
  await using simulator = await startSimulator(bench, { pausedPrefix });
  const folder = await freshFolder(bench);
  const { rows, waiting } = await measureBeside(workload, { bench, simulator, folder });
  const runs: Run[] = [];
  for (let run = 1; run <= bench.runs; run += 1) {
    bench.report(`  gateway starts again: run ${run} of ${bench.runs}`);
    await using gateway = await startGatewayIn(folder, { bench, simulator });
    runs.push({ startMs: gateway.startMs });
  }
  const subject = `${restartedName}, ${waiting} waiting`;
  return [...rows, { workload: workload.name, subject, runs }];
}

interface Place {
  readonly bench: Bench;
  readonly simulator: RunningSimulator;
  /** Of the gateway. */
  readonly folder: string;
}

async function measureBeside(
  workload: BacklogWorkload,
  { bench, simulator, folder }: Place,
): Promise<{ readonly rows: readonly Row[]; readonly waiting: string }> {
  await using stack = new AsyncDisposableStack();
  const generator = stack.use(startGenerator(bench));
  const target = stack.use(targetOf([await startGatewayIn(folder, { bench, simulator })]));
  const setup = { bench, generator, simulator, target };
  const measure = async (label: string): Promise<Row> => {
    const runs: Run[] = [];
    for (let run = 1; run <= bench.runs; run += 1) {
      bench.report(`  ${label}: run ${run} of ${bench.runs}`);
      const name = `${label.replaceAll(/\W/g, '-')}-${run}`;
      runs.push(await measureBatch(workload.beside, { ...setup, name }));
    }
    return { workload: workload.name, subject: label, runs };
  };
  await warmUp(workload.beside, setup);
  const without = await measure('gateway, nothing waits');
  const waiting = (await fill(workload, setup)).toLocaleString('en');
  return { rows: [without, await measure(`gateway, with ${waiting} waiting`)], waiting };
}

/** Resolves with how many were accepted. */
async function fill(workload: BacklogWorkload, setup: Setup): Promise<number> {
  const { bench, generator, target } = setup;
  bench.report(`  ${bench.backlog.toLocaleString('en')} messages for paused lanes`);
  const { accepted } = await generator.ask('load', {
    targets: target.endpoints,
    batch: {
      name: 'backlog',
      count: bench.backlog,
      sizeBytes: workload.backlogBytes,
      lanes: workload.backlogLanes,
      lanePrefix: pausedPrefix,
    },
    connections: 64,
    reconnect: false,
    deadlineMs: fillDeadlineMs,
  });
  return accepted.filter((each) => each === 1).length;
}
