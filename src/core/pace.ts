// The pace that a lane keeps before anybody has to say so: how much it may do in a time (docs/graph.md, "Limits").

/** What the requests of one send take of a lane. */
export interface RequestUse {
  readonly requests: number;
  readonly uploadBytes: number;
}

/** What one send takes of a lane. */
export interface LaneUse extends RequestUse {
  readonly messages: number;
}

export interface PaceLimit {
  readonly measure: keyof LaneUse;
  /** At most so much of it in any `windowMs`. */
  readonly amount: number;
  readonly windowMs: number;
  /** The key that sets it, for the operator. */
  readonly key: string;
}

/** Why a send must wait. */
export interface OverPace {
  /** Epoch ms at which there is room. */
  readonly roomAt: number;
  readonly limit: PaceLimit;
  /** It waits for more room than others of its lane need. */
  readonly isAlone: boolean;
}

/**
 * The next large upload of a lane: other large ones wait behind it, since each would take the room that it waits for. Small
 * ones go past, until it has waited for a whole window.
 */
interface UploadTurn {
  /** Of the delivery. */
  readonly id: string;
  /** Epoch ms since which it waits. */
  readonly since: number;
  /** Epoch ms at which there is room for it. */
  readonly roomAt: number;
  /** Of the limit that it waits for. */
  readonly key: string;
}

type SlotCount = readonly [slot: number, amount: number];

/** What a lane has used of its limits, or has given somebody to use; plain data, which the store keeps as JSON. */
export interface PaceLedger {
  /** By measure and window, in slots, so that it does not grow with what happened. */
  readonly counts: Readonly<Record<string, readonly SlotCount[]>>;
  readonly turn?: UploadTurn;
}

export const emptyLedger: PaceLedger = { counts: {} };

export interface TakeOptions {
  readonly limits: readonly PaceLimit[];
  /** Epoch ms. */
  readonly now: number;
  /** Of the delivery: the room for its upload is kept for it while it waits. */
  readonly id: string;
}

/** The ledger after it, with what was taken; or unchanged but for the turn, where there was no room. */
export interface Taking {
  readonly ledger: PaceLedger;
  readonly over?: OverPace;
}

/** A limit whose time is not over is found out within this part of its window, and never too early. */
const slotsPerWindow = 60;
/** Part of the limit of uploads up to which one is small. */
const smallPart = 0.01;
/** Room that is not taken so long after it came is anybody's: who waited for it may have been removed. */
const turnLastsMs = 60_000;
/** Others ask again a little after the one whose turn it is. */
const behindMs = 1_000;
/** Clocks of replicas differ by less. What counts later than this came from a clock that was set back. */
const aheadMs = 60_000;

/** Takes what a send needs of each limit, all or nothing. */
export function takeRoom(given: PaceLedger, use: LaneUse, options: TakeOptions): Taking {
  const { limits, now, id } = options;
  const ledger = withoutLapsedTurn(given, options);
  const behind = use.uploadBytes > 0 ? othersTurn(ledger, use, options) : undefined;
  if (behind) return { ledger, over: behind };
  const counted = limits.filter(({ measure }) => use[measure] > 0);
  const waits = counted
    .map((limit) => ({ limit, roomAt: roomAt(ledger, limit, { amount: use[limit.measure], now }) }))
    .filter((wait) => wait.roomAt > now);
  const over = waits.toSorted((one, other) => other.roomAt - one.roomAt)[0];
  if (over) {
    const upload = waits.findLast(({ limit }) => isLargeFor(limit, use));
    const isAlone = isLargeFor(over.limit, use);
    const next = upload ? waitForTurn(ledger, upload, options) : ledger;
    return { ledger: next, over: { ...over, isAlone } };
  }
  const taken = counted.reduce(
    (sum, limit) =>
      addToSlot(sum, limit, { slot: slotOf(limit, now), amount: use[limit.measure], now }),
    endTurn(ledger, id),
  );
  return { ledger: taken };
}

/** It waits no more: the room that was kept for its upload is free. */
export function endTurn(ledger: PaceLedger, id: string): PaceLedger {
  return ledger.turn?.id === id ? { counts: ledger.counts } : ledger;
}

/** How much of a limit is left in the window that ends at `now`. */
export function roomLeft(ledger: PaceLedger, limit: PaceLimit, now: number): number {
  return limit.amount - total(countingSlots(ledger, limit, now));
}

/** Adds to a slot what is used, or takes away (`amount` below 0) what was given and not used. */
export function addToSlot(
  ledger: PaceLedger,
  limit: PaceLimit,
  { slot, amount, now }: { readonly slot: number; readonly amount: number; readonly now: number },
): PaceLedger {
  const slots = new Map(countingSlots(ledger, limit, now));
  const sum = (slots.get(slot) ?? 0) + amount;
  if (sum > 0) slots.set(slot, sum);
  else slots.delete(slot);
  return { ...ledger, counts: { ...ledger.counts, [countKey(limit)]: [...slots] } };
}

/** The part of a limit's window that a moment lies in: what is taken in it counts until the window after its end is over. */
export function slotOf(limit: Pick<PaceLimit, 'windowMs'>, now: number): number {
  return Math.floor(now / slotMsOf(limit));
}

/** A limit that is changed by a reload keeps its count; one with another window begins anew. */
export function countKey({ measure, windowMs }: PaceLimit): string {
  return `${measure} ${windowMs}`;
}

/** Of all measures, uploads alone differ so much in size that some wait for long. */
function isLargeFor({ measure, amount }: PaceLimit, use: LaneUse): boolean {
  return measure === 'uploadBytes' && use.uploadBytes > amount * smallPart;
}

function waitForTurn(
  ledger: PaceLedger,
  { roomAt: at, limit: { key } }: Pick<OverPace, 'roomAt' | 'limit'>,
  { id, now }: TakeOptions,
): PaceLedger {
  const since = ledger.turn?.id === id ? ledger.turn.since : now;
  return { ...ledger, turn: { id, since, roomAt: at, key } };
}

/** Of a clock that was ahead and was set back, none is left. */
function withoutLapsedTurn(ledger: PaceLedger, { limits, now }: TakeOptions): PaceLedger {
  const { turn, counts } = ledger;
  const limit = limits.find(({ key }) => key === turn?.key);
  if (!turn || !limit) return ledger;
  const isLapsed = now >= turn.roomAt + turnLastsMs || turn.roomAt > now + 2 * limit.windowMs;
  return isLapsed ? { counts } : ledger;
}

/** Why an upload must wait for another one. */
function othersTurn(
  { turn }: PaceLedger,
  use: LaneUse,
  { limits, now, id }: TakeOptions,
): OverPace | undefined {
  const limit = limits.find(({ key }) => key === turn?.key);
  if (!turn || !limit || turn.id === id) return undefined;
  const mayPass = !isLargeFor(limit, use) && now < turn.since + limit.windowMs;
  if (mayPass) return undefined;
  return { roomAt: Math.max(turn.roomAt, now) + behindMs, limit, isAlone: true };
}

/** Epoch ms at which `amount` more fits; `now` where it does already, or where nothing is counted. */
function roomAt(
  ledger: PaceLedger,
  limit: PaceLimit,
  { amount, now }: { readonly amount: number; readonly now: number },
): number {
  const slots = countingSlots(ledger, limit, now).toSorted(([one], [other]) => one - other);
  let left = total(slots);
  let at = now;
  for (const [slot, used] of slots) {
    if (left + amount <= limit.amount) break;
    left -= used;
    at = endOf(slot, limit);
  }
  return at;
}

function countingSlots(
  { counts }: PaceLedger,
  limit: PaceLimit,
  now: number,
): readonly SlotCount[] {
  const newest = slotOf(limit, now + aheadMs);
  return (counts[countKey(limit)] ?? []).filter(
    ([slot]) => slot <= newest && endOf(slot, limit) > now,
  );
}

function total(slots: readonly SlotCount[]): number {
  return slots.reduce((sum, [, amount]) => sum + amount, 0);
}

/** Of its last moment the window must be over. */
function endOf(slot: number, limit: Pick<PaceLimit, 'windowMs'>): number {
  return (slot + 1) * slotMsOf(limit) + limit.windowMs;
}

function slotMsOf({ windowMs }: Pick<PaceLimit, 'windowMs'>): number {
  return Math.max(Math.floor(windowMs / slotsPerWindow), 1);
}
