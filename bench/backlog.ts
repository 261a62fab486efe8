// Measures mail beside a backlog: other mail that waits in lanes which Graph has paused.
import { startFreshGateway, startSimulator, type Bench } from './bench.ts';
import type { Row, Run } from './figures.ts';
import { measureBatch, startGenerator, warmUp, type Setup } from './mail.ts';
import type { BacklogWorkload } from './workloads.ts';

const pausedPrefix = 'paused';
const fillDeadlineMs = 1_800_000;

/** In one and the same gateway: first with nothing that waits, then with the backlog. */
export async function measureBacklog(workload: BacklogWorkload, bench: Bench): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const generator = stack.use(startGenerator(bench));
  const simulator = stack.use(await startSimulator(bench, { pausedPrefix }));
  const target = stack.use(await startFreshGateway(bench, simulator));
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
  const waiting = await fill(workload, setup);
  return [without, await measure(`gateway, ${waiting.toLocaleString('en')} wait`)];
}

/** Resolves with how many were accepted. */
async function fill(workload: BacklogWorkload, setup: Setup): Promise<number> {
  const { bench, generator, target } = setup;
  bench.report(`  ${bench.backlog.toLocaleString('en')} messages for paused lanes`);
  const { accepted } = await generator.ask('load', {
    target: target.endpoint,
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
