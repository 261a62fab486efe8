// One request and what came back, as a value: an answer, or how far the request had gone when none came.
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { GraphAgent } from './agent.ts';
import { AnswerReader, parseJson } from './answer-reader.ts';
import type { Deadline } from './deadline.ts';
import { GivenBody, type RequestBody } from './request-body.ts';

export interface Order {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** What is read of the answer at most. Default: 64 KiB. */
  readonly maxAnswerBytes?: number;
}

/** How much of the body of a request went out. */
interface Given {
  readonly givenBytes: number;
  readonly contentLength: number;
}

export interface Answer extends Given {
  readonly kind: 'answer';
  readonly status: number;
  /** By lower-case name; the first of several. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most `maxAnswerBytes`, and no more than came before the connection broke. */
  readonly text: string;
  /** The text, parsed; undefined when it is no JSON. */
  readonly json: unknown;
}

export interface NoAnswer extends Given {
  readonly kind: 'noAnswer';
  /** `source`: the body could not be read on this side. */
  readonly cause: 'network' | 'timeout' | 'cancelled' | 'source';
  /** Such as `ECONNRESET`, `UND_ERR_HEADERS_TIMEOUT` or `PROXY_407`; `DEADLINE` when our own patience ended. */
  readonly code: string;
  /** '' when there is none. */
  readonly errorText: string;
  /** The server may have the whole request. */
  readonly whole: boolean;
}

export interface ExchangeOptions {
  readonly agent: GraphAgent;
  readonly deadline: Deadline;
}

/** Never throws for a URL that can be parsed. */
export async function exchange(
  order: Order,
  { agent, deadline }: ExchangeOptions,
): Promise<Answer | NoAnswer> {
  using lease = agent.lease();
  const body = order.body && new GivenBody(order.body, deadline);
  // Judged at the first byte of the answer: what is given after it does not make it true.
  let given = givenOf(order, undefined);
  const reader = new AnswerReader({
    maxBytes: order.maxAnswerBytes,
    onStatus: () => (given = givenOf(order, body)),
  });
  dispatch(order, { body, dispatcher: lease.dispatcher, reader });
  const end = await Promise.race([reader.ended, deadline.ended]);
  // An answer that comes too late is of no use, and must not keep its connection.
  if (typeof end === 'string') reader.abort(tooLate);
  const { status } = reader;
  if (status !== undefined) {
    const text = reader.text();
    const headers = reader.headers();
    return { kind: 'answer', ...given, status, headers, text, json: parseJson(text) };
  }
  if (typeof end === 'object' && !deadline.signal.aborted) {
    return noAnswer(order, { ...troubleOf(end, body), body });
  }
  const cause = await deadline.ended;
  if (cause === 'timeout') lease.abandon();
  return noAnswer(order, { cause, code: 'DEADLINE', errorText: '', body });
}

interface DispatchOptions {
  readonly body: GivenBody | undefined;
  readonly dispatcher: Dispatcher;
  readonly reader: AnswerReader;
}

/** One for all: nobody reads it. */
const tooLate = new Error('The request is over');

function dispatch(order: Order, { body, dispatcher, reader }: DispatchOptions): void {
  const length = order.body && { 'content-length': String(order.body.contentLength) };
  const { origin, pathname, search } = new URL(order.url);
  const options = {
    origin,
    path: `${pathname}${search}`,
    method: order.method,
    headers: { ...order.headers, ...length },
    // undici takes any async iterable, which its type does not say. A Readable would be read ahead of the connection.
    body: (body ?? null) as Readable | null,
  };
  dispatcher.dispatch(options, reader);
}

function givenOf(order: Order, body: GivenBody | undefined): Given {
  return { givenBytes: body?.givenBytes ?? 0, contentLength: order.body?.contentLength ?? 0 };
}

interface Trouble {
  readonly cause: NoAnswer['cause'];
  readonly code: string;
  readonly errorText: string;
}

function noAnswer(order: Order, { body, ...trouble }: Trouble & Pick<DispatchOptions, 'body'>) {
  const given = givenOf(order, body);
  const whole = order.body
    ? given.givenBytes >= given.contentLength
    : !notConnected.has(trouble.code);
  return { kind: 'noAnswer', ...given, ...trouble, whole } as const;
}

/** For requests without a body, which leave nothing to count. */
const notConnected: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENOTFOUND',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function troubleOf(error: unknown, body: GivenBody | undefined): Trouble {
  const origin = body?.sourceError ?? error;
  const code = codeOf(origin);
  const network = /TIMEOUT|ETIMEDOUT/.test(code) ? 'timeout' : 'network';
  return {
    cause: body?.sourceError === undefined ? network : 'source',
    code,
    errorText: origin instanceof Error ? origin.message : String(origin),
  };
}

/** The code of the error, else its name: undici's parser errors have none. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  const proxyStatus = /^Proxy response \((\d+)\)/.exec(error.message)?.[1];
  if (proxyStatus !== undefined) return `PROXY_${proxyStatus}`;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
