// How a kill at a COMMIT is ordered: by the environment of the process that is to die.

/** What a transaction does. */
export type Work = 'message' | 'claim' | 'record';

export interface SwitchSetting {
  readonly moment: 'before' | 'after';
  readonly work: Work;
  /** The how manyeth transaction with that work, from 1. */
  readonly occurrence: number;
}

const variable = 'GRAPHPOST_TEST_KILL';

/** The environment under which a gateway dies so. @param file the switch for its store, `file:` */
export function switchEnvironment({ moment, work, occurrence }: SwitchSetting, file: string) {
  return { NODE_OPTIONS: `--import ${file}`, [variable]: `${moment} ${work} ${occurrence}` };
}

/** Undefined: this process is to live. */
export function readSwitch(): SwitchSetting | undefined {
  const text = process.env[variable] ?? '';
  const [, moment, work, occurrence] =
    /^(before|after) (message|claim|record) (\d+)$/.exec(text) ?? [];
  if (!isMoment(moment) || !isWork(work)) return undefined;
  return { moment, work, occurrence: Number(occurrence) };
}

function isMoment(text: string | undefined): text is SwitchSetting['moment'] {
  return text === 'before' || text === 'after';
}

function isWork(text: string | undefined): text is Work {
  return text === 'message' || text === 'claim' || text === 'record';
}

/** Ends this process at once, as `kill -9` does. */
export function die(): void {
  process.kill(process.pid, 'SIGKILL');
  // The signal may take a moment: nothing more may happen meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
