// Gives memory back to the system once a busy time is over: V8 keeps the garbage of it until there is more to do.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface RestOptions {
  /** What the process has used so far, of all its threads. */
  readonly cpuMs: () => number;
  /** Collects all garbage. */
  readonly clear: () => void;
}

const lookEveryMs = 2_000;
/** In that time: a tenth of a core. A message now and then takes less. */
const busyFromMs = 200;
/** In that time: a fiftieth of a core. */
const quietBelowMs = 40;

/** Returns what is to be called every two seconds. The start is a busy time, too. */
export function createRestWatch({ cpuMs, clear }: RestOptions): () => void {
  let wasBusy = true;
  let before = cpuMs();
  return () => {
    const usedMs = cpuMs() - before;
    if (usedMs >= busyFromMs) wasBusy = true;
    if (wasBusy && usedMs < quietBelowMs) {
      clear();
      wasBusy = false;
    }
    // To clear takes time of its own, which makes no busy time.
    before = cpuMs();
  };
}

/** Until the signal. */
export function clearAtRest(signal: AbortSignal): void {
  const look = createRestWatch({
    cpuMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    clear: collectGarbage,
  });
  const looking = setInterval(look, lookEveryMs).unref();
  signal.addEventListener('abort', () => clearInterval(looking));
}

/**
 * Takes a tenth of a second, in which nothing else is done: a collection of the last-resort kind, as it alone makes the young
 * generation small again. Where Node was started with `--expose-gc` it would reject the compiled code of its own modules,
 * and start later: so V8 has the flag only for the moment in which a new context looks at it.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const gc: NodeJS.GCFunction | undefined = runInNewContext('globalThis.gc');
  setFlagsFromString('--no-expose-gc');
  gc?.({ type: 'major', flavor: 'last-resort' });
}
