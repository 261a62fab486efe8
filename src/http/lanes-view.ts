// The lanes with something in flight or waiting: for the page and the API.
import { isLaneOf, type LaneIdentity, type LaneKey } from '../core/lane.ts';
import type { LaneSummary } from '../relay/ports.ts';
import type { ConnectionMemory } from './connection-memory.ts';
import type { LaneView } from './schema/lane.ts';
import { isoTime } from './time-text.ts';

export interface LanesSource {
  /** Those in force, by name. */
  readonly laneIdentities: () => ReadonlyMap<string, LaneIdentity>;
  readonly memory: Pick<ConnectionMemory, 'pauseOf'>;
}

/** @param now epoch ms: pauses that are over are not told */
export function viewLanes(
  lanes: readonly LaneSummary[],
  source: LanesSource,
  now: number,
): readonly LaneView[] {
  const identities = [...source.laneIdentities()];
  return lanes.map((lane) => viewLane(lane, { identities, memory: source.memory, now }));
}

function viewLane(
  { lane, concurrency, sending, waiting, pausedUntil }: LaneSummary,
  options: {
    readonly identities: readonly (readonly [string, LaneIdentity])[];
    readonly memory: LanesSource['memory'];
    readonly now: number;
  },
): LaneView {
  const { identities, memory, now } = options;
  const owners = identities.filter(([, identity]) => isLaneOf(lane, identity));
  const isPaused = pausedUntil !== undefined && pausedUntil > now;
  const why = isPaused ? memory.pauseOf(lane)?.why : undefined;
  const mailbox = mailboxOf(lane);
  return {
    lane,
    ...(mailbox !== undefined && { mailbox }),
    connections: owners.map(([name]) => name),
    ...{ concurrency, sending, waiting },
    ...(isPaused && { pausedUntil: isoTime(pausedUntil) }),
    ...(why !== undefined && { why }),
  };
}

/** The mailbox that it sends as; undefined for another mail server. */
export function mailboxOf(lane: LaneKey): string | undefined {
  const last = lane.split(' ').at(-1) ?? '';
  return last.includes('@') ? last : undefined;
}
