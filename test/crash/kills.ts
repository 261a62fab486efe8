// The moments at which the gateway is killed, and which of them a run chooses.
import type { Random } from './random.ts';

/** Where a kill strikes, in the order of a message's way. */
export const killPoints = {
  starting: 'while it starts and takes over what the process before left',
  anywhere: 'at any time',
  inBody: 'when half of a message has come in',
  afterDot: 'when the client has written the dot',
  beforeCommit: 'before the COMMIT of a message',
  afterCommit: 'after the COMMIT of a message, before the 250',
  after250: 'when the client has read the 250',
  afterClaim: 'after the COMMIT of a claim, before the request',
  requestArrives: 'when the request is there, and nothing was carried out',
  before202: 'when the request was carried out, before its answer',
  beforeRecord: 'after the 202, before the COMMIT of its record',
  afterRecord: 'after the COMMIT of a record',
} as const;

export type KillPoint = keyof typeof killPoints;

export interface Kill {
  readonly point: KillPoint;
  /** `starting` and `anywhere`: after this time. */
  readonly afterMs: number;
  /** The others: this time that the point is reached, from 1. */
  readonly occurrence: number;
}

const points = Object.keys(killPoints) as [KillPoint, ...KillPoint[]];

/** Every point has its turn before any has another; order, times and counts are chance. */
export function planKills(count: number, random: Random): readonly Kill[] {
  const planned: Kill[] = [];
  let left: KillPoint[] = [];
  while (planned.length < count) {
    if (left.length === 0) left = [...points];
    const [point] = left.splice(random.between(0, left.length - 1), 1);
    planned.push(toKill(point ?? 'anywhere', random));
  }
  return planned;
}

function toKill(point: KillPoint, random: Random): Kill {
  const afterMs = random.between(0, point === 'starting' ? 800 : 600);
  return { point, afterMs, occurrence: random.between(1, 30) };
}
