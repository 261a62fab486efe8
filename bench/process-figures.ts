// What a process has used so far, as Linux counts it; other systems are not asked.
import { readFile } from 'node:fs/promises';

export interface ProcessFigures {
  /** User and system time of all its threads. */
  readonly cpuMs: number;
  readonly rssBytes: number;
  /** The most that it has had at once. */
  readonly peakRssBytes: number;
}

/** USER_HZ, which is 100 on every platform that Node runs on (proc(5), time(7)). */
const msPerTick = 10;

/** Undefined where there is no /proc, or no such process. */
export async function readProcessFigures(pid: number): Promise<ProcessFigures | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'latin1'),
      readFile(`/proc/${pid}/status`, 'latin1'),
    ]);
    return {
      cpuMs: cpuTicks(stat) * msPerTick,
      rssBytes: kilobytesOf('VmRSS', status) * 1024,
      peakRssBytes: kilobytesOf('VmHWM', status) * 1024,
    };
  } catch {
    return undefined;
  }
}

/** utime and stime: fields 14 and 15, counted behind the name of the program, which may hold anything. */
function cpuTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function kilobytesOf(name: string, status: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? NaN);
}
