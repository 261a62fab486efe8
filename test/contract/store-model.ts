// What a queue must do, told in the plainest way: an array of deliveries. The contract suite compares stores with it.
import type { DeliveryChange, DeliveryState } from '../../src/core/delivery.ts';
import type { LaneKey } from '../../src/core/lane.ts';
import type { Claim, DeliveryFilter, NewDelivery } from '../../src/relay/ports.ts';

export interface ModelDelivery {
  readonly id: string;
  lane: LaneKey;
  readonly priority: 'high' | 'normal';
  readonly receivedAt: number;
  state: DeliveryState;
  attempts: number;
  /** Epoch ms; for `sending` the end of the lease; Infinity when it is never due. */
  dueAt: number;
  endedAt: number;
  /** It may have been sent. */
  inDoubt: boolean;
  reportDue: boolean;
}

export class QueueModel {
  /** How many deliveries each lane may have in flight. */
  readonly concurrency: number;
  readonly #pausedUntil = new Map<string, number>();
  deliveries: ModelDelivery[] = [];

  constructor(concurrency: number) {
    this.concurrency = concurrency;
  }

  add(delivery: NewDelivery, receivedAt: number): void {
    this.deliveries.push(toModel(delivery, receivedAt));
  }

  /** The store says that the lease of a delivery has ended. */
  noticeEnd(id: string, now: number): void {
    const delivery = this.find(id);
    if (delivery.state !== 'sending' || delivery.dueAt > now) return;
    delivery.state = 'unsure';
    delivery.inDoubt = true;
  }

  /** How many it changed. */
  act(
    { kind, now }: { kind: 'retry' | 'hold' | 'release' | 'remove'; now: number },
    { ids, lane, state }: DeliveryFilter,
  ): number {
    const meant = this.deliveries.filter(
      (each) =>
        each.state !== 'sending' &&
        (ids?.includes(each.id) ?? true) &&
        (lane === undefined || each.lane === lane) &&
        (state === undefined || each.state === state),
    );
    if (kind === 'remove') {
      this.deliveries = this.deliveries.filter((each) => !meant.includes(each));
      return meant.length;
    }
    return meant.filter((each) => actOn(each, { kind, now })).length;
  }

  /** Whether it could be replaced. */
  replace(id: string, delivery: NewDelivery, { isStale }: { isStale: boolean }): boolean {
    const index = this.deliveries.findIndex((each) => each.id === id);
    const old = this.find(id);
    if (isStale || old.state === 'sending' || old.state === 'delivered') return false;
    this.deliveries.splice(index, 1, toModel(delivery, old.receivedAt));
    return true;
  }

  dueReports(): string[] {
    return this.deliveries.filter(({ reportDue }) => reportDue).map(({ id }) => id);
  }

  find(id: string): ModelDelivery {
    const delivery = this.deliveries.find((each) => each.id === id);
    if (delivery === undefined) throw new Error(`No delivery "${id}"`);
    return delivery;
  }

  /** Why these claims at `now` are wrong; empty when they are right. Then they are taken over. */
  claim(
    claims: readonly Claim[],
    options: { limit: number; now: number; leaseMs: number },
  ): string[] {
    const { limit, now, leaseMs } = options;
    const wrong = claims.flatMap((claim) => this.#check(claim, now));
    for (const { delivery } of claims) {
      const claimed = this.find(delivery.id);
      claimed.state = 'sending';
      claimed.attempts += 1;
      claimed.dueAt = now + leaseMs;
    }
    for (const lane of this.lanes()) {
      const live = this.#live(lane, now).length;
      const left = this.#claimable(lane, now);
      const tookNormal = claims.some(({ delivery }) => this.#isNormalIn(lane, delivery.id));
      if (live > this.concurrency) wrong.push(`${live} in flight in "${lane}"`);
      if (claims.length < limit && live < this.concurrency && left.length > 0) {
        wrong.push(`"${left[0]?.id}" was left behind`);
      }
      if (tookNormal && left.some(({ priority }) => priority === 'high')) {
        wrong.push(`urgent mail was passed over in "${lane}"`);
      }
    }
    if (claims.length > limit) wrong.push('more claims than were asked for');
    return wrong;
  }

  record(id: string, { change, now }: { change: DeliveryChange; now: number }): void {
    const delivery = this.find(id);
    const isOver = ['delivered', 'failed', 'held'].includes(change.state);
    delivery.state = change.state;
    delivery.attempts = change.attempts;
    delivery.dueAt = isOver ? Infinity : (change.dueAt ?? now);
    delivery.endedAt = now;
    delivery.inDoubt = change.mayHaveBeenSent ?? change.state === 'unsure';
    delivery.reportDue = change.reportDue ?? false;
    const until = change.pauseLaneUntil ?? 0;
    this.#pausedUntil.set(delivery.lane, Math.max(until, this.#pause(delivery.lane)));
    delivery.lane = change.move?.lane ?? delivery.lane;
  }

  restart(): void {
    for (const delivery of this.deliveries.filter(({ state }) => state === 'sending')) {
      delivery.state = 'unsure';
      delivery.inDoubt = true;
      delivery.dueAt = delivery.receivedAt;
    }
  }

  /** How many went. */
  sweep(before: number): number {
    const isGone = ({ state, endedAt, reportDue }: ModelDelivery) =>
      (state === 'delivered' || state === 'failed') && endedAt < before && !reportDue;
    const gone = this.deliveries.filter(isGone).length;
    this.deliveries = this.deliveries.filter((delivery) => !isGone(delivery));
    return gone;
  }

  /** When something may be claimed at the earliest, seen at `now`; Infinity for never. */
  earliest(now: number): number {
    const times = this.lanes().map((lane) => {
      const live = this.#live(lane, now);
      const awaited = live.length < this.concurrency ? this.#in(lane) : live;
      return Math.max(Math.min(...awaited.map(({ dueAt }) => dueAt)), this.#pause(lane));
    });
    return Math.min(...times);
  }

  lanes(): string[] {
    return [...new Set(this.deliveries.map(({ lane }) => lane))];
  }

  #check({ delivery, mayHaveBeenSent }: Claim, now: number): string[] {
    const { id, lane, state, inDoubt } = this.find(delivery.id);
    const isClaimable = this.#claimable(lane, now).some((each) => each.id === id);
    const mayBeSent = inDoubt || state === 'sending';
    return [
      ...(isClaimable ? [] : [`"${id}" in state ${state} cannot be claimed`]),
      ...(mayHaveBeenSent === mayBeSent ? [] : [`"${id}" in state ${state}: mayHaveBeenSent`]),
    ];
  }

  #in(lane: string): ModelDelivery[] {
    return this.deliveries.filter((delivery) => delivery.lane === lane);
  }

  #live(lane: string, now: number): ModelDelivery[] {
    return this.#in(lane).filter(({ state, dueAt }) => state === 'sending' && dueAt > now);
  }

  #claimable(lane: string, now: number): ModelDelivery[] {
    if (this.#pause(lane) > now) return [];
    return this.#in(lane).filter(({ dueAt }) => dueAt <= now);
  }

  #isNormalIn(lane: string, id: string): boolean {
    const delivery = this.find(id);
    return delivery.lane === lane && delivery.priority === 'normal';
  }

  #pause(lane: string): number {
    return this.#pausedUntil.get(lane) ?? 0;
  }
}

function toModel(delivery: NewDelivery, receivedAt: number): ModelDelivery {
  const { id, lane, priority, state } = delivery;
  const dueAt = state === 'held' ? Infinity : (delivery.dueAt ?? receivedAt);
  const plain = { id, lane, priority, receivedAt, state, dueAt };
  const inDoubt = delivery.mayHaveBeenSent ?? state === 'unsure';
  return { ...plain, attempts: 0, endedAt: 0, inDoubt, reportDue: false };
}

/** Whether there was something to change. */
function actOn(
  delivery: ModelDelivery,
  { kind, now }: { kind: 'retry' | 'hold' | 'release'; now: number },
): boolean {
  const { state, dueAt, inDoubt } = delivery;
  const waits = state === 'ready' || state === 'deferred' || state === 'unsure';
  if (kind === 'hold' && waits) {
    delivery.state = 'held';
    delivery.dueAt = Infinity;
    return true;
  }
  const isRetried = kind === 'retry' && (waits || state === 'failed');
  const isReleased = kind === 'release' && state === 'held';
  if (!isRetried && !isReleased) return false;
  if (state !== 'deferred' && dueAt <= now) return false;
  delivery.attempts = state === 'failed' ? 0 : delivery.attempts;
  delivery.state = inDoubt ? 'unsure' : 'ready';
  delivery.dueAt = now;
  delivery.reportDue = false;
  return true;
}
