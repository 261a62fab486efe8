// How busy the machine is with other things than the benchmark: what they take is missing in the figures.
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** USER_HZ, as in process-figures.ts. */
const msPerTick = 10;
/** Of one core: as little as this is always there. */
const quietPercent = 15;
const lookMs = 500;

/** CPU time that all processes have used since the machine started; undefined where Linux does not tell. */
export async function readMachineCpuMs(): Promise<number | undefined> {
  const text = await readFile('/proc/stat', 'latin1').catch(() => undefined);
  if (text === undefined) return undefined;
  // user nice system idle iowait irq softirq steal: proc_stat(5)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = text
    .slice(0, text.indexOf('\n'))
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * msPerTick;
}

/** Resolves when nobody else is at work, or after `patienceMs`. The benchmark itself must be idle. */
export async function waitForQuiet({ patienceMs }: { readonly patienceMs: number }): Promise<void> {
  const giveUpAt = performance.now() + patienceMs;
  while (performance.now() < giveUpAt) {
    const [before, startedAt] = [await readMachineCpuMs(), performance.now()];
    await delay(lookMs);
    const after = await readMachineCpuMs();
    if (before === undefined || after === undefined) return;
    if (((after - before) / (performance.now() - startedAt)) * 100 < quietPercent) return;
  }
}
