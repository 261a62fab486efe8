// Finds the deliveries that a filter means: newest first, because ids are in the order of time, some rows at once.
import {
  StoreError,
  troubledStates,
  type DeliveryFilter,
  type DeliveryPage,
  type DeliverySummary,
  type Events,
  type ListOptions,
  type QueueAction,
} from '../../relay/ports.ts';
import { createMatch, type Candidate } from '../delivery-match.ts';
import { toMessage, toRoute, toSummary } from '../documents.ts';
import type { Database, Question } from './database.ts';
import { integer, text, textOrNull, toDeliveryRow, type Row } from './row.ts';

/** Sorts after any id. */
const beyondAnyId = '\u{10ffff}';
/** Rows in one answer, and rows that one question of an operator looks at. */
const rowsPerAnswer = 200;
const maxExamined = 5_000;
/** Deliveries that one transaction changes. */
const changedAtOnce = 100;

export interface SearchOptions {
  readonly database: Database;
  readonly keepBodies: boolean;
  readonly events: Pick<Events, 'fault'>;
}

interface Examined {
  readonly rows: readonly Row[];
  /** Where to go on; absent when no row is left. */
  readonly next?: string;
}

export class Search {
  readonly #options: SearchOptions;

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  async list({ limit, before, ...filter }: ListOptions): Promise<DeliveryPage> {
    const { rows, next } = await this.#examine(filter, { before, maxFound: limit });
    const deliveries = rows.flatMap((row) => this.#toSummary(row));
    return { deliveries, ...(next !== undefined && { next }) };
  }

  async act(action: QueueAction, filter: DeliveryFilter): Promise<number> {
    const now = 'now' in action ? action.now : 0;
    const narrowed = narrow(filter, action);
    let changed = 0;
    let before: string | undefined;
    do {
      const { rows, next } = await this.#examine(narrowed, { before, maxFound: changedAtOnce });
      const ids = rows.map((row) => text(row, 'id'));
      if (ids.length > 0) changed += await this.#actOn(ids, { kind: action.kind, now });
      before = next;
    } while (before !== undefined);
    return changed;
  }

  async #actOn(
    ids: readonly string[],
    { kind, now }: { readonly kind: QueueAction['kind']; readonly now: number },
  ): Promise<number> {
    const { database, keepBodies } = this.#options;
    const [row] = await database.ask({
      name: 'act',
      text: 'SELECT graphpost.act($1, $2::text[], $3, $4) AS changed',
      values: [kind, ids, now, keepBodies],
    });
    return integer(row ?? {}, 'changed');
  }

  async #examine(
    filter: DeliveryFilter,
    options: { readonly before: string | undefined; readonly maxFound: number },
  ): Promise<Examined> {
    const matches = createMatch(filter);
    const rows: Row[] = [];
    let next = options.before ?? beyondAnyId;
    let examined = 0;
    for (;;) {
      const candidates = await this.#options.database.ask(candidatesBefore(next, filter));
      for (const row of candidates) {
        const isMeant = this.#isMeant(row, matches);
        const isEnough = isMeant && rows.length === options.maxFound;
        if (isEnough || examined === maxExamined) return { rows, next };
        if (isMeant) rows.push(row);
        examined += 1;
        next = text(row, 'id');
      }
      if (candidates.length < rowsPerAnswer) return { rows };
    }
  }

  /** One that cannot be read can be meant by its id alone. */
  #isMeant(row: Row, matches: (candidate: Candidate) => boolean): boolean {
    try {
      return matches(toCandidate(row));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#options.events.fault({ where: 'store', error, id: text(row, 'id') });
      return false;
    }
  }

  #toSummary(row: Row): DeliverySummary[] {
    const id = text(row, 'id');
    try {
      return [toSummary(toDeliveryRow(row), toMessage(text(row, 'document'), id))];
    } catch (error) {
      this.#options.events.fault({ where: 'store', error, id });
      return [];
    }
  }
}

/** Held ones have an index, all others together have none. */
function narrow(filter: DeliveryFilter, { kind }: QueueAction): DeliveryFilter {
  return kind === 'release' && filter.state === undefined ? { ...filter, state: 'held' } : filter;
}

function candidatesBefore(before: string, { ids, state }: DeliveryFilter): Question {
  const end = `ORDER BY id DESC LIMIT ${rowsPerAnswer}`;
  if (ids !== undefined) {
    const text = `SELECT * FROM graphpost.delivery_row WHERE id < $1 AND (id = ANY ($2::text[]) OR message IN
      (SELECT number FROM graphpost.message WHERE id = ANY ($2::text[]))) ${end}`;
    return { name: 'search_ids', text, values: [before, ids] };
  }
  // The state is part of the text, because a generic plan for a parameter cannot use the partial index.
  const rare = troubledStates.find((each) => each === state);
  const ofState = rare === undefined ? '' : `AND state = '${rare}'`;
  const text = `SELECT * FROM graphpost.delivery_row WHERE id < $1 ${ofState} ${end}`;
  return { name: `search_${rare ?? 'all'}`, text, values: [before] };
}

function toCandidate(row: Row): Candidate {
  const id = text(row, 'id');
  return {
    state: text(row, 'state'),
    connection: text(row, 'connection'),
    lane: textOrNull(row, 'lane_key') ?? '',
    receivedAt: integer(row, 'received_at'),
    message: () => toMessage(text(row, 'document'), id),
    route: () => toRoute(text(row, 'route'), id),
  };
}
