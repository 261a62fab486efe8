// One request and what came back, as a value: an answer, or how far the request had gone when none came.
import type { Readable } from 'node:stream';
import { request, type Dispatcher } from 'undici';
import type { GraphAgent } from './agent.ts';
import { parseJson, readAnswerText } from './answer-text.ts';
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

/** Never throws. */
export async function exchange(
  order: Order,
  { agent, deadline }: ExchangeOptions,
): Promise<Answer | NoAnswer> {
  using lease = agent.lease();
  const body = order.body && new GivenBody(order.body, deadline);
  const sent = send(order, { body, dispatcher: lease.dispatcher, signal: deadline.signal });
  try {
    const response = await Promise.race([sent, deadline.ended]);
    if (typeof response === 'string') throw new Error(`No answer in time: ${response}`);
    // Judged at the first byte of the answer: what is given after it does not make it true.
    const given = givenOf(order, body);
    return { kind: 'answer', ...given, ...(await readAnswer(response, { order, deadline })) };
  } catch (error) {
    void discard(sent);
    if (!deadline.signal.aborted) return noAnswer(order, { ...troubleOf(error, body), body });
    const cause = await deadline.ended;
    if (cause === 'timeout') lease.abandon();
    return noAnswer(order, { cause, code: 'DEADLINE', errorText: '', body });
  }
}

interface SendOptions {
  readonly body: GivenBody | undefined;
  readonly dispatcher: Dispatcher;
  readonly signal: AbortSignal;
}

async function send(order: Order, { body, dispatcher, signal }: SendOptions) {
  const length = order.body && { 'content-length': String(order.body.contentLength) };
  const response = await request(order.url, {
    method: order.method,
    headers: { ...order.headers, ...length },
    // undici takes any async iterable, which its type does not say. A Readable would be read ahead of the connection.
    body: (body ?? null) as Readable | null,
    dispatcher,
    signal,
  });
  response.body.on('error', () => {});
  return response;
}

async function readAnswer(
  response: Dispatcher.ResponseData,
  { order, deadline }: { readonly order: Order; readonly deadline: Deadline },
) {
  const text = await readAnswerText(response.body, { deadline, maxBytes: order.maxAnswerBytes });
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    headers[name] = [value].flat()[0] ?? '';
  }
  return { status: response.statusCode, headers, text, json: parseJson(text) };
}

/** An answer that comes after the deadline is of no use, and must not keep its connection. */
async function discard(sent: Promise<Dispatcher.ResponseData>): Promise<void> {
  try {
    (await sent).body.destroy();
  } catch {
    // The request ended without an answer, as was said already.
  }
}

function givenOf(order: Order, body: GivenBody | undefined): Given {
  return { givenBytes: body?.givenBytes ?? 0, contentLength: order.body?.contentLength ?? 0 };
}

interface Trouble {
  readonly cause: NoAnswer['cause'];
  readonly code: string;
  readonly errorText: string;
}

function noAnswer(order: Order, { body, ...trouble }: Trouble & Pick<SendOptions, 'body'>) {
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
