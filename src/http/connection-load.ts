// What is in flight, waits and is paused over one connection: the sum of its lanes.
import { isLaneOf, type LaneIdentity } from '../core/lane.ts';
import type { LaneSummary } from '../relay/ports.ts';
import type { ConnectionMemory } from './connection-memory.ts';
import { mailboxOf } from './lanes-view.ts';
import type { ConnectionView, PausedLaneView } from './schema/connection.ts';
import { isoTime } from './time-text.ts';

/** What the relay knows of a connection. */
export interface LaneFacts {
  readonly laneIdentity: LaneIdentity;
  /** Deliveries of one lane in flight at once. */
  readonly laneConcurrency: number;
}

export interface LoadFacts {
  readonly lanes: readonly LaneSummary[];
  /** By name of the connection. */
  readonly laneFacts: ReadonlyMap<string, LaneFacts>;
  readonly memory: Pick<ConnectionMemory, 'pauseOf'>;
  /** Epoch ms. */
  readonly now: number;
  /** More paused lanes are only counted. */
  readonly mostShown: number;
}

type Load = Pick<
  ConnectionView,
  | 'inFlight'
  | 'limitPerLane'
  | 'waiting'
  | 'lanes'
  | 'pausedLanes'
  | 'pausedLanesCount'
  | 'sharesLanesWith'
>;

/** @param name of the connection */
export function viewLoad(name: string, { mostShown, ...facts }: LoadFacts): Load {
  const { lanes, laneFacts, memory, now } = facts;
  const own = laneFacts.get(name);
  const ownLanes = own ? lanes.filter(({ lane }) => isLaneOf(lane, own.laneIdentity)) : [];
  const paused = ownLanes.flatMap((lane) => viewPause(lane, { memory, now }));
  const others = [...laneFacts].filter(
    ([other, { laneIdentity }]) => other !== name && own && isSame(laneIdentity, own.laneIdentity),
  );
  return {
    inFlight: sum(ownLanes.map(({ sending }) => sending)),
    limitPerLane: own?.laneConcurrency ?? 0,
    waiting: sum(ownLanes.map(({ waiting }) => waiting)),
    lanes: ownLanes.length,
    pausedLanes: paused.slice(0, mostShown),
    pausedLanesCount: paused.length,
    sharesLanesWith: others.map(([other]) => other),
  };
}

function viewPause(
  { lane, pausedUntil }: LaneSummary,
  { memory, now }: Pick<LoadFacts, 'memory' | 'now'>,
): readonly PausedLaneView[] {
  if (pausedUntil === undefined || pausedUntil <= now) return [];
  const mailbox = mailboxOf(lane);
  const why = memory.pauseOf(lane)?.why;
  return [
    {
      lane,
      ...(mailbox !== undefined && { mailbox }),
      pausedUntil: isoTime(pausedUntil),
      ...(why !== undefined && { why }),
    },
  ];
}

function isSame(one: LaneIdentity, other: LaneIdentity): boolean {
  return JSON.stringify(one).toLowerCase() === JSON.stringify(other).toLowerCase();
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
