// Measures what the simulator itself can do: no SMTP, nothing stored.
import { startSimulator, type Bench } from './bench.ts';
import type { PostPart } from './baselines/post.ts';
import { defined, type Run } from './figures.ts';
import type { Batch } from './load/message.ts';
import { startMeter } from './meter.ts';
import { waitForQuiet } from './neighbours.ts';
import type { MailWorkload } from './workloads.ts';

const patienceMs = 15_000;

export async function measurePoster(workload: MailWorkload, bench: Bench): Promise<Run> {
  const { sizeBytes, lanes, graphLatencyMs: latencyMs } = workload;
  await using stack = new AsyncDisposableStack();
  const simulator = stack.use(await startSimulator(bench, { latencyMs }));
  const entry = new URL('./baselines/post.ts', import.meta.url);
  const poster = stack.use(bench.children.fork<PostPart>(entry));
  const post = async (name: string, count: number) => {
    const batch: Batch = { name, count, sizeBytes, lanes, lanePrefix: 'lane' };
    await simulator.ask('mark', {});
    const stopMeter = await startMeter([simulator.pid, poster.pid]);
    const { startedAt } = await poster.ask('post', { simulator: simulator.endpoints, batch });
    await simulator.ask('sent', { count, patienceMs });
    const reading = await stopMeter();
    const audit = await simulator.ask('audit', { batch: name, count });
    return { audit, reading, tookMs: audit.lastAt - startedAt };
  };
  await post('warm-up', workload.warmUp);
  await waitForQuiet({ patienceMs: bench.quietMs });
  const { audit, reading, tookMs } = await post('measured', workload.count);
  return defined({
    deliveredPerS: (audit.delivered / tookMs) * 1000,
    wrong: audit.wrong,
    violations: audit.violations,
    maxInFlight: audit.maxInFlight,
    simulatorBusy: reading.cpuMs[0] && (reading.cpuMs[0] / tookMs) * 100,
    othersBusy: reading.othersPercent,
  });
}
