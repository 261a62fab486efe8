// Keeps each lane within its limits: takes room for a send from the ledger that all processes share, a little ahead.
import type { LaneKey } from '../core/lane.ts';
import {
  addToSlot,
  countKey,
  emptyLedger,
  endTurn,
  roomLeft,
  slotOf,
  takeRoom,
  type LaneUse,
  type OverPace,
  type PaceLedger,
  type PaceLimit,
  type RequestUse,
  type TakeOptions,
  type Taking,
} from '../core/pace.ts';
import type { Events, KeptLedger, Store } from './ports.ts';

interface PaceParts {
  /** Where the ledgers are kept. */
  readonly store: Pick<Store, 'writeLedgers'>;
  readonly events: Pick<Events, 'fault'>;
}

/** Room that was written down as used, so that sends may take it without a word to the store. */
interface Ahead {
  readonly limit: PaceLimit;
  /** It is for this slot alone, in which it was counted. */
  readonly slot: number;
  left: number;
}

interface Settlement extends Pick<TakeOptions, 'limits' | 'now'> {
  readonly taken: LaneUse;
  /** Epoch ms, as `take` was given it. */
  readonly takenAt: number;
  readonly used: RequestUse;
}

interface Question extends Pick<TakeOptions, 'limits' | 'now'> {
  decide(ledger: PaceLedger): Taking;
  answer(over: OverPace | undefined): void;
}

interface Lane {
  /** As the store had it when it was written or read last. */
  kept: KeptLedger;
  ahead: Ahead[];
  questions: Question[];
}

/** What is to be written of a lane, and what comes of it once it is. */
interface Plan {
  readonly lane: Lane;
  /** Of the room that was taken ahead: it is given back. */
  readonly unused: readonly Ahead[];
  readonly questions: readonly Question[];
  readonly ledger: PaceLedger;
  readonly overs: readonly (OverPace | undefined)[];
  readonly ahead: Ahead[];
}

/** Lanes beyond this many: those that were used longest ago are forgotten here, and read again from the store. */
const maxLanes = 50_000;
/** Part of a limit that is taken ahead, and of what is left of it: near the limit nobody holds what others need. */
const partAhead = 0.01;
const partOfRoomAhead = 0.1;
/** Others may write the same ledger first: so often it is tried again at once. */
const maxTries = 8;
/** Where that was not enough, or the store does not answer, nothing is sent meanwhile. */
const againMs = 1_000;

/**
 * A send is made only after what it takes is written, so that neither another process nor the next start forgets it. Room is
 * taken ahead in small parts and questions that come together are written together: of many messages a few write.
 */
export class Pace {
  readonly #parts: PaceParts;
  readonly #lanes = new Map<LaneKey, Lane>();
  readonly #asking = new Set<Lane>();
  #isWriting = false;

  /** @param parts absent: the ledgers are this process's alone, and end with it */
  constructor(parts: PaceParts = ofThisProcess) {
    this.#parts = parts;
  }

  /** Counts a send that is about to be made. Returned: it must not be made now, and nothing was counted. Never rejects. */
  async take(key: LaneKey, use: LaneUse, options: TakeOptions): Promise<OverPace | undefined> {
    const counted = options.limits.filter(({ measure }) => use[measure] > 0);
    if (counted.length === 0) return undefined;
    const lane = this.#laneOf(key);
    if (takeAhead(lane, use, { ...options, limits: counted })) return undefined;
    return await this.#ask(lane, {
      ...options,
      decide: (ledger) => takeRoom(ledger, use, options),
    });
  }

  /** The send took more or less than was thought, and ended at `now`: until then what was taken stood for it. Never rejects. */
  async settle(key: LaneKey, settlement: Settlement): Promise<void> {
    const { limits, now } = settlement;
    const decide = (ledger: PaceLedger) => ({ ledger: settleUse(ledger, settlement) });
    await this.#ask(this.#laneOf(key), { limits, now, decide });
  }

  /** It waits no more: the room that was kept for its upload is free. Never rejects. */
  async giveUp(key: LaneKey, { id, now }: Pick<TakeOptions, 'id' | 'now'>): Promise<void> {
    const decide = (ledger: PaceLedger) => ({ ledger: endTurn(ledger, id) });
    await this.#ask(this.#laneOf(key), { limits: [], now, decide });
  }

  #laneOf(key: LaneKey): Lane {
    const unknown = { lane: key, version: 0, ledger: emptyLedger };
    const lane = this.#lanes.get(key) ?? { kept: unknown, ahead: [], questions: [] };
    this.#lanes.delete(key);
    this.#lanes.set(key, lane);
    if (this.#lanes.size > maxLanes) this.#forgetOldest();
    return lane;
  }

  /** Not one that is about to be written: it would be written twice at once. */
  #forgetOldest(): void {
    const [[key, lane] = []] = this.#lanes;
    if (key !== undefined && lane && !this.#asking.has(lane)) this.#lanes.delete(key);
  }

  async #ask(lane: Lane, question: Omit<Question, 'answer'>): Promise<OverPace | undefined> {
    const { promise, resolve } = Promise.withResolvers<OverPace | undefined>();
    lane.questions.push({ ...question, answer: resolve });
    this.#asking.add(lane);
    if (!this.#isWriting) void this.#write();
    return await promise;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#asking.size > 0) {
      const lanes = [...this.#asking];
      this.#asking.clear();
      await this.#answer(lanes.map((lane) => beginPlan(lane)));
    }
    this.#isWriting = false;
  }

  /** Others that wrote first are heard, and what was asked is decided anew. */
  async #answer(plans: readonly Plan[]): Promise<void> {
    let open = plans;
    try {
      for (let tries = 0; tries < maxTries && open.length > 0; tries++) {
        const changed = await this.#parts.store.writeLedgers(open.map(toWrite), {
          now: Math.max(...open.flatMap(({ questions }) => questions.map(({ now }) => now))),
        });
        const current = new Map(changed.map((kept) => [kept.lane, kept]));
        open = open.flatMap((plan) => {
          const kept = current.get(plan.lane.kept.lane);
          if (kept) return [planAgain(plan, kept)];
          carryOut(plan);
          return [];
        });
      }
    } catch (error) {
      this.#parts.events.fault({ where: 'pace', error });
    }
    for (const question of open.flatMap(({ questions }) => questions)) putOff(question);
  }
}

const ofThisProcess: PaceParts = {
  store: { writeLedgers: async () => [] },
  events: { fault: () => undefined },
};

/** Without a word to the store. */
function takeAhead(lane: Lane, use: LaneUse, { limits, now }: TakeOptions): boolean {
  const parts = limits.map((limit) =>
    lane.ahead.find(
      (ahead) =>
        countKey(ahead.limit) === countKey(limit) &&
        ahead.slot === slotOf(limit, now) &&
        ahead.left >= use[limit.measure],
    ),
  );
  if (!parts.every((part) => part !== undefined)) return false;
  for (const part of parts) part.left -= use[part.limit.measure];
  return true;
}

function settleUse(
  ledger: PaceLedger,
  { limits, now, taken, takenAt, used }: Settlement,
): PaceLedger {
  let settled = ledger;
  for (const limit of limits) {
    if (limit.measure === 'messages') continue;
    const { [limit.measure]: amount } = taken;
    settled = addToSlot(settled, limit, { slot: slotOf(limit, takenAt), amount: -amount, now });
    const made = { slot: slotOf(limit, now), amount: used[limit.measure], now };
    settled = addToSlot(settled, limit, made);
  }
  return settled;
}

/** Takes the questions, and the room ahead: nobody may take of it what is being given back. */
function beginPlan(lane: Lane): Plan {
  const { questions, ahead } = lane;
  Object.assign(lane, { questions: [], ahead: [] });
  return plan({ lane, questions, unused: ahead });
}

/** The store may have lost what it had: what this process knows is then as good as anything. */
function planAgain({ lane, questions, unused }: Plan, kept: KeptLedger): Plan {
  lane.kept = kept.version === 0 ? { ...lane.kept, version: 0 } : kept;
  return plan({ lane, questions, unused });
}

function plan({ lane, questions, unused }: Pick<Plan, 'lane' | 'questions' | 'unused'>): Plan {
  const now = Math.max(...questions.map((question) => question.now));
  let ledger = unused.reduce(
    (sum, { limit, slot, left }) => addToSlot(sum, limit, { slot, amount: -left, now }),
    lane.kept.ledger,
  );
  const overs = questions.map((question) => {
    const taking = question.decide(ledger);
    ({ ledger } = taking);
    return taking.over;
  });
  const ahead: Ahead[] = [];
  for (const limit of questions.at(-1)?.limits ?? []) {
    const left = amountAhead(ledger, limit, now);
    if (left === 0) continue;
    const slot = slotOf(limit, now);
    ledger = addToSlot(ledger, limit, { slot, amount: left, now });
    ahead.push({ limit, slot, left });
  }
  return { lane, questions, unused, ledger, overs, ahead };
}

/** While a large upload waits for its turn, each that would go past it asks. */
function amountAhead(ledger: PaceLedger, limit: PaceLimit, now: number): number {
  if (limit.measure === 'uploadBytes' && ledger.turn) return 0;
  const room = roomLeft(ledger, limit, now);
  return Math.max(Math.floor(Math.min(limit.amount * partAhead, room * partOfRoomAhead)), 0);
}

function toWrite({ lane, ledger }: Plan): KeptLedger {
  return { ...lane.kept, ledger };
}

function carryOut({ lane, ledger, ahead, overs, questions }: Plan): void {
  lane.kept = { ...lane.kept, ledger, version: lane.kept.version + 1 };
  lane.ahead = ahead;
  questions.forEach((question, index) => question.answer(overs[index]));
}

function putOff(question: Question): void {
  const { now, limits } = question;
  const [limit] = limits;
  question.answer(limit && { roomAt: now + againMs, limit, isAlone: false });
}
