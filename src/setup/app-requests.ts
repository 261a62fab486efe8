// Requests to Graph's directory as an administrator, or as the app itself: what is answered, and what was refused.
import { request, type Dispatcher } from 'undici';
import type { Clock } from '../relay/ports.ts';

export interface AppRequestsOptions {
  /** Origin, such as `https://graph.microsoft.com`. */
  readonly graph: string;
  readonly accessToken: string;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Why a request came to nothing. Its message is for people. */
export class DirectoryError extends Error {
  override readonly name = 'DirectoryError';
  /** 0 when no answer came. */
  readonly status: number;
  /** Graph's own, such as `Request_ResourceNotFound`; '' without one. */
  readonly code: string;

  constructor(
    message: string,
    { status, code, cause }: { readonly status: number; readonly code: string; cause?: unknown },
  ) {
    super(message, { cause });
    this.status = status;
    this.code = code;
  }

  /** Whether it may have been carried out nevertheless. */
  get isUnsure(): boolean {
    return this.status === 0 || this.status >= 500;
  }

  /** Whether what was asked about may only not be known everywhere yet. */
  get isMissing(): boolean {
    const late = /does not reference a valid application|valid reference update|does not exist/;
    return this.status === 404 || (this.status === 400 && late.test(this.message));
  }
}

const deadlineMs = 30_000;
const mostAttempts = 4;
const longestWaitMs = 30_000;
const maxAnswerBytes = 4_194_304;

export class AppRequests {
  readonly #options: AppRequestsOptions;

  constructor(options: AppRequestsOptions) {
    this.#options = options;
  }

  /**
   * The parsed body, undefined for an empty one. What was not carried out for sure (429, 503), or may be carried out
   * twice, is tried again a few times. Throws `DirectoryError`.
   * @param path below `/v1.0/`, encoded
   */
  async send(method: Method, path: string, body?: unknown): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      const { error, value, retryAfterMs } = await this.#attempt({ method, path, body });
      if (!error) return value;
      const isRepeatable = method !== 'POST' && error.isUnsure;
      if (attempt === mostAttempts || !(isRepeatable || [429, 503].includes(error.status))) {
        throw error;
      }
      const { clock } = this.#options;
      const waitMs = Math.min(retryAfterMs ?? 1_000 * 2 ** (attempt - 1), longestWaitMs);
      await clock.wait(waitMs, { signal: new AbortController().signal });
    }
  }

  async #attempt({ method, path, body }: Attempt): Promise<AttemptResult> {
    const { graph, accessToken, dispatcher } = this.#options;
    try {
      const answer = await request(`${graph}/v1.0/${path}`, {
        method,
        headers: {
          authorization: `Bearer ${accessToken}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        dispatcher,
        signal: AbortSignal.timeout(deadlineMs),
      });
      return readAnswer(answer.statusCode, {
        text: await readText(answer.body),
        retryAfter: [answer.headers['retry-after']].flat()[0],
      });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `No answer from Graph: ${reason}`;
      return { error: new DirectoryError(message, { status: 0, code: '', cause }) };
    }
  }
}

interface Attempt {
  readonly method: Method;
  readonly path: string;
  readonly body: unknown;
}

interface AttemptResult {
  readonly error?: DirectoryError;
  readonly value?: unknown;
  readonly retryAfterMs?: number;
}

function readAnswer(
  status: number,
  { text, retryAfter }: { readonly text: string; readonly retryAfter: string | undefined },
): AttemptResult {
  const value = parseJson(text);
  if (status < 300) return { value };
  const { code, message } = errorOf(value);
  const sentence = message || `Graph answered with HTTP status ${status}`;
  const seconds = Number(retryAfter);
  return {
    error: new DirectoryError(toOneLine(sentence), { status, code }),
    ...(retryAfter !== undefined && seconds >= 0 && { retryAfterMs: seconds * 1_000 }),
  };
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > maxAnswerBytes) throw new Error('The answer is too long');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function errorOf(value: unknown): { readonly code: string; readonly message: string } {
  const error = memberOf(value, 'error');
  return {
    code: textOf(memberOf(error, 'code')),
    message: textOf(memberOf(error, 'message')),
  };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? new Map(Object.entries(value)).get(name)
    : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function toOneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replace(/\.$/, '')
    .slice(0, 400);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
