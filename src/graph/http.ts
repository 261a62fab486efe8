// Requests to Microsoft Graph: with a token, an id and a deadline, and one more try where the token was refused.
import type {
  Clock,
  Events,
  GraphOperation,
  Token,
  TokenFailure,
  TokenSource,
} from '../relay/ports.ts';
import type { GraphAgent } from './agent.ts';
import { startDeadline, type Deadline } from './deadline.ts';
import { exchange, type Answer, type NoAnswer, type Order } from './exchange.ts';

export interface GraphHttpOptions {
  /** Origin, such as `https://graph.microsoft.com`. */
  readonly graph: string;
  readonly agent: GraphAgent;
  readonly tokenSource: TokenSource;
  readonly events: Pick<Events, 'graphRequestStarted' | 'graphRequestEnded'>;
  /** Name of the connection, for the events. */
  readonly connection: string;
  readonly clock: Clock;
  /** A GUID for `client-request-id`, a new one each time. */
  readonly createRequestId: () => string;
}

export interface GraphRequest extends Omit<Order, 'url' | 'headers'> {
  /** From the root of the origin on, such as `/v1.0/users/…`; each part encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly operation: GraphOperation;
  /** For all tries together, the wait for a token included. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** There was no token, so no request was made. */
export interface NoToken {
  readonly kind: 'tokenFailure';
  readonly failure: TokenFailure;
}

export type GraphResult = Answer | NoAnswer | NoToken;

/** A request to a URL that Graph has given, and that is its own authorization: as secret as a token. */
export interface UploadRequest extends Omit<Order, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

export interface GraphHttp {
  /** Never throws. */
  request(request: GraphRequest): Promise<GraphResult>;
  /** The same without a token, which the host of upload URLs must not see. */
  upload(request: UploadRequest): Promise<Answer | NoAnswer>;
}

export function createGraphHttp(options: GraphHttpOptions): GraphHttp {
  return {
    async request(request) {
      using deadline = startDeadline({ ...request, clock: options.clock });
      const first = await tryOnce(request, { ...options, deadline });
      // 401 says that the request was not carried out, so it may go again; the body is read anew.
      const refused = first.kind === 'answer' && first.status === 401;
      return refused ? await tryOnce(request, { ...options, deadline }) : first;
    },
    async upload({ headers, ...request }) {
      using deadline = startDeadline({ ...request, clock: options.clock });
      const order = { ...request, headers: { ...headers, ...ownHeaders(options) } };
      return await observed(order, { operation: 'upload_chunk' }, { ...options, deadline });
    },
  };
}

interface TryOptions extends GraphHttpOptions {
  readonly deadline: Deadline;
}

async function tryOnce(request: GraphRequest, options: TryOptions): Promise<GraphResult> {
  const token = await Promise.race([options.tokenSource.token(), options.deadline.ended]);
  if (typeof token === 'string') return neverBegun(request, token);
  if (token.kind === 'failure') return { kind: 'tokenFailure', failure: token };
  const result = await observed(toOrder(request, { ...options, token }), request, options);
  if (result.kind === 'answer' && result.status === 401) options.tokenSource.reject(token);
  return result;
}

function toOrder(
  { method, path, headers, body, maxAnswerBytes }: GraphRequest,
  options: GraphHttpOptions & { readonly token: Token },
): Order {
  const authorization = `Bearer ${options.token.accessToken}`;
  return {
    method,
    url: `${options.graph}${path}`,
    headers: { ...headers, authorization, ...ownHeaders(options) },
    ...(body && { body }),
    ...(maxAnswerBytes !== undefined && { maxAnswerBytes }),
  };
}

function ownHeaders({ createRequestId }: GraphHttpOptions) {
  return { 'client-request-id': createRequestId(), 'user-agent': 'Graphpost' };
}

async function observed(
  order: Order,
  { operation }: Pick<GraphRequest, 'operation'>,
  options: TryOptions,
) {
  const { clock, connection, events } = options;
  const startedAt = clock.now();
  events.graphRequestStarted({ connection });
  const result = await exchange(order, options);
  const requestId = result.kind === 'answer' ? result.headers['request-id'] : undefined;
  events.graphRequestEnded({
    connection,
    operation,
    code: codeOf(result),
    durationMs: clock.now() - startedAt,
    ...(requestId !== undefined && { requestId }),
  });
  return result;
}

function codeOf(result: Answer | NoAnswer): string {
  if (result.kind === 'answer') return String(result.status);
  return result.cause === 'timeout' ? 'timeout' : 'network';
}

function neverBegun({ body }: GraphRequest, cause: 'timeout' | 'cancelled'): NoAnswer {
  return {
    kind: 'noAnswer',
    cause,
    code: 'DEADLINE',
    errorText: '',
    givenBytes: 0,
    contentLength: body?.contentLength ?? 0,
    whole: false,
  };
}
