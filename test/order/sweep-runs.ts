// Which system calls of a message's way are struck, and in what order.
import { startSweepRig, type Strike, type StrikeResult } from './sweep.ts';

/** All of them that write, sync, or change what lies in a folder; those that a build of SQLite does not make are never hit. */
const calls = ['pwrite64', 'fdatasync', 'fsync', 'ftruncate', 'unlink', 'write', 'writev'] as const;
/** A disk fails at these. */
const diskCalls = ['pwrite64', 'fdatasync', 'fsync'] as const;

const kinds: readonly Pick<Strike, 'call' | 'what'>[] = [
  ...calls.map((call) => ({ call, what: 'KILL' }) as const),
  ...diskCalls.map((call) => ({ call, what: 'EIO' }) as const),
  ...diskCalls.map((call) => ({ call, what: 'ENOSPC' }) as const),
];

/** Strikes at the first call of each kind, at the second, and so on, until a message has gone its way unharmed. */
export async function sweepAll(
  onResult: (strike: Strike, result: StrikeResult) => void,
): Promise<void> {
  await using rig = await startSweepRig();
  for (const kind of kinds) {
    for (let occurrence = 1, isHit = true; isHit; occurrence++) {
      const strike = { ...kind, occurrence };
      const result = await rig.strike(strike);
      onResult(strike, result);
      isHit = result.isHit;
    }
  }
}
