// The gateway's API as the queue command asks it, whether a gateway answers or the command itself.
import type { DeliveryState } from '../core/delivery.ts';
import type { DeliveryJson, MessageJson, RerouteJson } from '../http/message-json.ts';
import type { LaneView } from '../http/schema/lane.ts';
import type { FilterFields } from '../http/delivery-filter.ts';
import type { TestMailReportJson, TestMailRequestJson } from '../http/schema/test-mail.ts';
import type { QueueFigures } from '../relay/ports.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** From `/api/v1` on, without it. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Rejects where nobody answers. */
export type AskApi = (request: ApiRequest) => Promise<ApiAnswer>;

/** The API said no. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** Neither a gateway nor its queue could be reached: a sentence for the operator. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/** The file with the admin token is there, but cannot be read: a sentence for the operator. */
export class UnreadableToken extends Error {
  override readonly name = 'UnreadableToken';
}

/** Which deliveries an action is for. */
export type Meant =
  { readonly ids: readonly string[] } | { readonly filter: FilterFields } | { readonly all: true };

export type ManyAction = 'retry' | 'hold' | 'release' | 'remove';

export interface StatusJson {
  readonly summary: {
    readonly tone: 'good' | 'attention' | 'bad';
    readonly text: string;
    readonly remedy?: string;
  };
  readonly queue?: Pick<QueueFigures, 'deliveries' | 'bodyBytes'> & {
    readonly oldestReceivedAt?: string;
    readonly oldestByState?: Readonly<Partial<Record<DeliveryState, string>>>;
  };
}

const largestPage = 200;
/** What the API reads of a request has room for them. */
const idsPerRequest = 1_000;

/** Every method throws `ApiProblem` where the API says no, `Unreachable` where something else answers, and what `ask` throws. */
export class QueueApi {
  readonly #ask: AskApi;

  constructor(ask: AskApi) {
    this.#ask = ask;
  }

  /** Newest first, page after page as they are wanted. */
  async *list(fields: FilterFields): AsyncGenerator<DeliveryJson> {
    let before: string | undefined;
    do {
      const page = await this.#json<{ messages: readonly DeliveryJson[]; next?: string }>({
        method: 'GET',
        path: `/messages?${pageQuery({ ...fields, before })}`,
      });
      yield* page.messages;
      before = page.next;
    } while (before !== undefined);
  }

  async show(id: string): Promise<MessageJson> {
    return await this.#json({ method: 'GET', path: `/messages/${encodeURIComponent(id)}` });
  }

  /** The message as it is stored. */
  async raw(id: string): Promise<AsyncIterable<Uint8Array>> {
    const path = `/messages/${encodeURIComponent(id)}/raw`;
    return (await this.#good({ method: 'GET', path })).body;
  }

  /** Returns for how many deliveries it changed something. */
  async act(action: ManyAction, meant: Meant): Promise<number> {
    let changed = 0;
    for (const body of portionsOf(meant)) {
      const { deliveries } = await this.#json<{ deliveries: number }>({
        method: 'POST',
        path: `/messages/${action}`,
        body,
      });
      changed += deliveries;
    }
    return changed;
  }

  /** As `act`; throws with the reason where it would change nothing. */
  async actOnOne(action: ManyAction, id: string): Promise<number> {
    const path = `/messages/${encodeURIComponent(id)}`;
    const { deliveries } = await this.#json<{ deliveries: number }>(
      action === 'remove'
        ? { method: 'DELETE', path }
        : { method: 'POST', path: `${path}/${action}` },
    );
    return deliveries;
  }

  async reroute(
    meant: Meant,
    choices: { readonly dryRun: boolean; readonly force: boolean },
  ): Promise<RerouteJson> {
    const reports: RerouteJson[] = [];
    for (const portion of portionsOf(meant)) {
      const body = { ...portion, ...choices };
      reports.push(await this.#json({ method: 'POST', path: '/messages/reroute', body }));
    }
    return joinReports(reports);
  }

  async status(): Promise<StatusJson> {
    return await this.#json({ method: 'GET', path: '/status' });
  }

  /** Longest pause first; at most 1,000. */
  async lanes(): Promise<readonly LaneView[]> {
    const lanes: LaneView[] = [];
    let before: string | undefined;
    do {
      const page = await this.#json<{ lanes: readonly LaneView[]; next?: string }>({
        method: 'GET',
        path: `/lanes?${pageQuery({ before })}`,
      });
      lanes.push(...page.lanes);
      before = page.next;
    } while (before !== undefined);
    return lanes;
  }

  async backup(file: string): Promise<{ readonly file: string; readonly sizeBytes: number }> {
    return await this.#json({ method: 'POST', path: '/backup', body: { file } });
  }

  /** Sends a test e-mail. */
  async test(question: TestMailRequestJson): Promise<TestMailReportJson> {
    return await this.#json({ method: 'POST', path: '/test', body: question });
  }

  /** How far the test e-mail of that queue id is. */
  async testOf(id: string): Promise<TestMailReportJson> {
    return await this.#json({ method: 'GET', path: `/test/${encodeURIComponent(id)}` });
  }

  /** The other end is of the same program: what it answers has the form that it promises. */
  async #json<T>(request: ApiRequest): Promise<T> {
    const { body } = await this.#good(request);
    const value = parse(await textOf(body));
    if (typeof value === 'object' && value !== null) return value as T;
    throw new Unreachable(somethingElse);
  }

  async #good(request: ApiRequest): Promise<ApiAnswer> {
    const answer = await this.#ask(request);
    if (answer.status < 400) return answer;
    throw new ApiProblem(answer.status, detailOf(await textOf(answer.body)));
  }
}

/** The largest page that there is. */
function pageQuery({ before, ...fields }: FilterFields & { readonly before: string | undefined }) {
  const cursor = before === undefined ? {} : { before };
  return new URLSearchParams({ ...fields, limit: String(largestPage), ...cursor }).toString();
}

/** Each id once, and not more of them than a request may have. */
function portionsOf(meant: Meant): readonly Meant[] {
  if (!('ids' in meant)) return [meant];
  const ids = [...new Set(meant.ids)];
  return Array.from({ length: Math.ceil(ids.length / idsPerRequest) }, (_, index) => ({
    ids: ids.slice(index * idsPerRequest, (index + 1) * idsPerRequest),
  }));
}

function joinReports(reports: readonly RerouteJson[]): RerouteJson {
  const sum = (key: 'rerouted' | 'unchanged' | 'left') =>
    reports.reduce((total, report) => total + report[key], 0);
  return {
    ...{ rerouted: sum('rerouted'), unchanged: sum('unchanged'), left: sum('left') },
    reroutings: reports.flatMap(({ reroutings }) => reroutings),
  };
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

/** RFC 9457. */
function detailOf(text: string): string {
  const problem = parse(text);
  const isProblem = typeof problem === 'object' && problem !== null && 'detail' in problem;
  if (isProblem && typeof problem.detail === 'string') return problem.detail;
  throw new Unreachable(somethingElse);
}

const somethingElse =
  'What answers at the address of http.admin is no Graphpost: its answer cannot be read';

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
