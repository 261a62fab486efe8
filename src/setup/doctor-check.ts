// What the doctor looks at: checks that run side by side, each with a deadline, and what each has found.
import type { CheckFinding, FindingState } from '../core/finding.ts';

/** One that may be mended on the spot. */
export interface Finding extends CheckFinding {
  /** Carries out the fix, where that is safe; rejects when it cannot. */
  readonly repair?: () => Promise<void>;
}

export interface Check {
  readonly name: string;
  readonly of: string;
  /** It asks somebody beyond this machine. */
  readonly isRemote?: boolean;
  readonly run: (options: { readonly signal: AbortSignal }) => Promise<readonly Finding[]>;
}

export interface RunOptions {
  /** For each check. */
  readonly deadlineMs: number;
  /** Those that ask somebody beyond this machine are left out. */
  readonly isOffline: boolean;
  /** Called as checks end. */
  readonly onProgress: (done: number, all: number) => void;
}

/** All at once; the findings come in the order of the checks. */
export async function runChecks(
  checks: readonly Check[],
  { deadlineMs, isOffline, onProgress }: RunOptions,
): Promise<readonly Finding[]> {
  let done = 0;
  onProgress(done, checks.length);
  const found = await Promise.all(
    checks.map(async (check) => {
      const findings =
        isOffline && check.isRemote === true ? [skipped(check)] : await runOne(check, deadlineMs);
      done += 1;
      onProgress(done, checks.length);
      return findings;
    }),
  );
  return found.flat();
}

function skipped({ name, of }: Check): Finding {
  return { check: name, of, state: 'skipped', text: 'Not asked (--offline)' };
}

/** A check that does not end, or fails itself, is a finding as well. */
async function runOne({ name, of, run }: Check, deadlineMs: number): Promise<readonly Finding[]> {
  const signal = AbortSignal.timeout(deadlineMs);
  const late = Promise.withResolvers<readonly Finding[]>();
  const text = `No result within ${deadlineMs / 1_000} seconds`;
  const end = () => late.resolve([{ check: name, of, state: 'failure', text }]);
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([run({ signal }), late.promise]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [{ check: name, of, state: 'failure', text: `The check itself failed: ${reason}` }];
  } finally {
    signal.removeEventListener('abort', end);
  }
}

export type Say = (
  text: string,
  more?: Pick<Finding, 'fix' | 'code' | 'detail' | 'repair'>,
) => Finding;

/** Makes the findings of one check. */
export type Says = Readonly<Record<'ok' | 'warning' | 'failure', Say>>;

export function findingsOf(check: string, of: string): Says {
  const say =
    (state: FindingState): Say =>
    (text, more) => ({ check, of, state, text, ...more });
  return { ok: say('ok'), warning: say('warning'), failure: say('failure') };
}

/** In whole days, for people. @param until epoch ms */
export function daysUntil(until: number, now: number): number {
  return Math.floor((until - now) / 86_400_000);
}
