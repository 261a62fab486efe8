// Takes what processes use between two moments, and what the rest of the machine does beside them.
import { readMachineCpuMs } from './neighbours.ts';
import { readProcessFigures } from './process-figures.ts';

export interface Reading {
  /** CPU time of each process; undefined where that is not known. */
  readonly cpuMs: readonly (number | undefined)[];
  /** The most memory that each process has ever had. */
  readonly peakRssBytes: readonly (number | undefined)[];
  /** What others took, in % of one core; undefined unless every process is known. */
  readonly othersPercent: number | undefined;
}

/** @param pids of the processes of a measurement, beside this one; undefined for one that is not known */
export async function startMeter(
  pids: readonly (number | undefined)[],
): Promise<() => Promise<Reading>> {
  const before = await look(pids);
  return async () => {
    const after = await look(pids);
    const cpuMs = after.processes.map((process, at) =>
      difference(process?.cpuMs, before.processes[at]?.cpuMs),
    );
    const machine = difference(after.machineCpuMs, before.machineCpuMs);
    const ours = cpuMs.reduce(
      (sum, each) => sum && each && sum + each,
      after.ownCpuMs - before.ownCpuMs,
    );
    const others = difference(machine, ours);
    return {
      cpuMs,
      peakRssBytes: after.processes.map((process) => process?.peakRssBytes),
      othersPercent: others && Math.max(0, (others / (after.at - before.at)) * 100),
    };
  };
}

async function look(pids: readonly (number | undefined)[]) {
  const usage = process.cpuUsage();
  return {
    at: performance.now(),
    ownCpuMs: (usage.user + usage.system) / 1000,
    machineCpuMs: await readMachineCpuMs(),
    processes: await Promise.all(pids.map((pid) => pid && readProcessFigures(pid)).map(known)),
  };
}

async function known<T>(figures: Promise<T> | 0 | undefined): Promise<T | undefined> {
  return figures === 0 ? undefined : await figures;
}

function difference(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}
