// The thread's side of the store: carries out what is asked, many writes to one COMMIT.
import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../../relay/ports.ts';
import { prepareAct } from './act.ts';
import { prepareBreakers } from './breakers.ts';
import { Chunks } from './chunks.ts';
import { prepareClaim } from './claim.ts';
import { prepareCommit } from './commit.ts';
import { copyDatabase, type FirstStep } from './copy-database.ts';
import { prepareExamine } from './examine.ts';
import { Figures } from './figures.ts';
import { prepareBodyDigests, prepareGivenIds, prepareFind } from './find.ts';
import { prepareLaneSummaries } from './lane-summaries.ts';
import { Lanes } from './lanes.ts';
import { prepareLedgers } from './ledgers.ts';
import { prepareList } from './list.ts';
import type { Answer, AnswerTo, Ask, Call, Operation, Round, Trouble } from './operations.ts';
import type { QueueParts } from './queue-parts.ts';
import { prepareResults } from './record.ts';
import { nextBodyNumber, recover } from './recover.ts';
import { prepareReplace } from './replace.ts';
import { prepareReports } from './reports.ts';
import { integer } from './row.ts';
import { prepareSweep } from './sweep.ts';
import { Transactions } from './transactions.ts';
import { isIoError, toTrouble } from './trouble.ts';

/** Room that is kept in reserve beside the queue file. */
export interface Reserve {
  /**
   * Makes it when it is missing. False: there is no room for it, so there is none for new messages either.
   * Throws when the place is gone.
   */
  keep(): boolean;
  drop(): void;
}

export interface EngineOptions {
  readonly keepBodies: boolean;
  readonly reserve: Reserve;
}

/** What a round can carry out. */
type RoundOperation = Exclude<Operation, 'backup'>;
export type BackupCall = Extract<Call, { operation: 'backup' }>;
export type RoundCall = Exclude<Call, BackupCall>;
type Handlers = { readonly [K in RoundOperation]: (ask: Ask<K>) => AnswerTo<K> };

/** Answered outside of transactions: after the COMMIT of the round, or before it those that the backlog hands out as quick. */
const reads = new Set<Operation>([
  'readChunk',
  'nextDueAt',
  'figures',
  'list',
  'find',
  'lanes',
  'bodyDigestsOf',
  'givenIds',
  'dueReports',
  'breakers',
  'close',
]);
/** What brings more into the queue: refused while the reserve is gone. */
const intake = new Set<Operation>(['commit', 'writeChunk']);

/** Free pages that stay in the file for the next messages: 8 MiB. */
const freePagesKept = 2048;
/** Half a MiB: one or two milliseconds. */
const pagesPerStep = 128;
/** For one refusal: 16 MiB. */
const stepsForRoom = 32;

export class Engine {
  readonly #db: DatabaseSync;
  readonly #chunks: Chunks;
  readonly #transactions: Transactions;
  readonly #reserve: Reserve;
  readonly #handlers: Handlers;
  /** The first number that a new body may have. */
  readonly nextBody: number;
  #hasDropped = false;

  /** Takes over what the process before left. Throws what SQLite throws. */
  constructor(db: DatabaseSync, { keepBodies, reserve }: EngineOptions) {
    this.#db = db;
    this.#reserve = reserve;
    const figures = new Figures(db);
    const parts: QueueParts = {
      figures,
      keepBodies,
      lanes: new Lanes(db),
      chunks: new Chunks(db, figures),
    };
    this.#chunks = parts.chunks;
    this.#transactions = new Transactions(db, parts);
    this.#handlers = this.#prepareHandlers(parts);
    this.#runWithReserve(() => recover(db, parts));
    while (this.#runWithReserve(() => this.#chunks.deleteDropped()));
    this.nextBody = nextBodyNumber(db);
  }

  /** There is work left that nobody waits for: `run` does a step of it each time. */
  get hasLeftovers(): boolean {
    return this.#hasDropped;
  }

  /** Carries out all of `calls`, the writes in one transaction where that is possible. Never throws. */
  run(calls: readonly RoundCall[]): Round {
    const startedAt = performance.now();
    const [admitted, refused] = this.#admit(calls.filter((call) => !reads.has(call.operation)));
    const writes = admitted.toSorted((a, b) => Number(isClaim(a)) - Number(isClaim(b)));
    const { answers: written, troubles } = this.#write(writes);
    const messages = writes.filter((call, index) => isCommitted(call, written[index])).length;
    const durationMs = performance.now() - startedAt;
    const read = this.answer(calls.filter((call) => reads.has(call.operation)));
    return {
      answers: [...written, ...refused, ...read.answers],
      troubles,
      ...(messages > 0 && { committed: { messages, durationMs } }),
    };
  }

  /** Answers questions, and writes nothing. Never throws. */
  answer(questions: readonly RoundCall[]): Round {
    return { answers: questions.map((call) => this.#read(call)), troubles: [] };
  }

  /** Copies the queue while rounds go on. Never throws. */
  async backup({ number, ask: { file } }: BackupCall, firstStep: FirstStep): Promise<Round> {
    try {
      await copyDatabase(this.#db, { file, firstStep });
      return { answers: [{ number, value: undefined }], troubles: [] };
    } catch (error) {
      return { answers: [{ number, trouble: toTrouble(error) }], troubles: [] };
    }
  }

  /** Gives some free pages back to the disk. False when there are few. */
  shrink(): boolean {
    const free = integer(this.#db.prepare('PRAGMA freelist_count').get() ?? {}, 'freelist_count');
    if (free <= freePagesKept) return false;
    this.#db.exec(`PRAGMA incremental_vacuum(${pagesPerStep})`);
    return true;
  }

  /** Refuses new messages where there is no room for the results of those that are here. */
  #admit(
    writes: readonly RoundCall[],
  ): [admitted: readonly RoundCall[], refused: readonly Answer[]] {
    const isIntake = ({ operation }: RoundCall) => intake.has(operation);
    const trouble = writes.some(isIntake) ? this.#forbidsIntake() : undefined;
    if (trouble === undefined) return [writes, []];
    const refused = writes.filter(isIntake).map(({ number }) => ({ number, trouble }));
    return [writes.filter((call) => !isIntake(call)), refused];
  }

  #forbidsIntake(): Trouble | undefined {
    try {
      if (this.#reserve.keep() || this.#makeRoom()) return undefined;
      const left = 'The disk of the queue is full: what is left is for the results of mail';
      return toTrouble(new StoreError('full', left));
    } catch (error) {
      return toTrouble(error);
    }
  }

  /** Gives free pages back to the disk without waiting for an idle moment; a few each time, so that nobody waits long. */
  #makeRoom(): boolean {
    let steps = 0;
    while (steps < stepsForRoom && this.shrink()) steps += 1;
    if (steps === 0) return false;
    this.#emptyLog();
    return this.#reserve.keep();
  }

  #write(writes: readonly RoundCall[]): {
    answers: readonly Answer[];
    troubles: readonly Trouble[];
  } {
    if (writes.length === 0 && !this.#hasDropped) return { answers: [], troubles: [] };
    try {
      return { answers: this.#transactions.run(() => this.#writeTogether(writes)), troubles: [] };
    } catch (error) {
      this.#hasDropped = false;
      const answers = writes.map((call) => this.#writeAfter(error, call));
      const isExplained = answers.some((answer) => 'trouble' in answer);
      return { answers, troubles: isExplained ? [] : [toTrouble(error)] };
    }
  }

  #writeTogether(writes: readonly RoundCall[]): Answer[] {
    const answers = writes.map((call) => this.#carryOut(call));
    this.#hasDropped = this.#chunks.deleteDropped();
    return answers;
  }

  /**
   * One bad row, or a disk with room for some of them, must not fail the others: each is tried alone. A disk that fails
   * is not asked again for each of them.
   */
  #writeAfter(failure: unknown, call: RoundCall): Answer {
    if (isIoError(failure)) return { number: call.number, trouble: toTrouble(failure) };
    const work = () => this.#carryOut(call);
    try {
      return intake.has(call.operation) ? this.#transactions.run(work) : this.#runWithReserve(work);
    } catch (error) {
      return { number: call.number, trouble: toTrouble(error) };
    }
  }

  /** What must be written even on a full disk: the reserve makes room, and the emptied log makes more. */
  #runWithReserve<T>(work: () => T): T {
    try {
      return this.#transactions.run(work);
    } catch (error) {
      if (toTrouble(error).fault !== 'full') throw error;
      this.#reserve.drop();
      this.#emptyLog();
      return this.#transactions.run(work);
    }
  }

  #read(call: RoundCall): Answer {
    try {
      return this.#carryOut(call);
    } catch (error) {
      return { number: call.number, trouble: toTrouble(error) };
    }
  }

  #carryOut(call: RoundCall): Answer {
    return { number: call.number, value: ask(this.#handlers, call) };
  }

  #prepareHandlers(parts: QueueParts): Handlers {
    const { chunks, figures, lanes } = parts;
    const examine = prepareExamine(this.#db);
    const reports = prepareReports(this.#db);
    const breakers = prepareBreakers(this.#db);
    return {
      ...prepareResults(this.#db, parts),
      commit: prepareCommit(this.#db, { ...parts, reports }),
      claim: prepareClaim(this.#db, parts),
      list: prepareList(examine),
      find: prepareFind(this.#db),
      act: prepareAct(this.#db, { ...parts, examine }),
      replace: prepareReplace(this.#db, parts),
      lanes: prepareLaneSummaries(this.#db),
      bodyDigestsOf: prepareBodyDigests(this.#db),
      givenIds: prepareGivenIds(this.#db),
      dueReports: (limit) => reports.due(limit),
      dismissReport: ({ id }) => void reports.dismiss(id),
      writeLedgers: prepareLedgers(this.#db),
      breakers: () => breakers.read(),
      saveBreaker: (breaker) => breakers.save(breaker),
      sweep: prepareSweep(this.#db, parts),
      writeChunk: (chunk) => chunks.writeIncoming(chunk),
      readChunk: (place) => chunks.readWhole(place),
      discard: ({ body }) => chunks.discard(body),
      nextDueAt: () => lanes.nextDueAt(),
      figures: () => figures.read(),
      close: () => this.#close(),
    };
  }

  #close(): undefined {
    this.#emptyLog();
    this.#db.close();
    return undefined;
  }

  /** A log that cannot be emptied is read at the next start. */
  #emptyLog(): void {
    try {
      this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      return;
    }
  }
}

function ask<K extends RoundOperation>(
  handlers: Handlers,
  call: { readonly operation: K; readonly ask: Ask<K> },
): AnswerTo<K> {
  return handlers[call.operation](call.ask);
}

/** Claims go last: they get what the same round commits, and the room that its results make. */
function isClaim({ operation }: RoundCall): boolean {
  return operation === 'claim';
}

function isCommitted(call: Call, answer: Answer | undefined): boolean {
  return (
    call.operation === 'commit' &&
    answer !== undefined &&
    'value' in answer &&
    answer.value === true
  );
}
