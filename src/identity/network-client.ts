// MSAL's way to Entra, over the gateway's own agent: proxy, CA and deadline are ours, and the last failure is kept.
import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node';
import type { Dispatcher } from 'undici';
import request from 'undici/lib/api/api-request.js';
import type { Clock, TokenFailure } from '../relay/ports.ts';
import { failureOfAnswer, failureOfNetwork } from './token-failure.ts';

export interface NetworkClientOptions {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  /** Called when a request got no answer in time: the agent may be stuck, and is best replaced. */
  readonly onDeadline?: () => void;
}

const deadlineMs = 15_000;
const maxAnswerBytes = 65_536;

/**
 * Throws for 429 and 5xx where MSAL expects a value: MSAL would remember such an answer, and throw for a minute
 * without asking again. It loses the cause of what is thrown here, which is why `lastFailure` keeps it.
 */
export class NetworkClient implements INetworkModule {
  readonly #options: NetworkClientOptions;
  #lastFailure: TokenFailure | undefined;

  constructor(options: NetworkClientOptions) {
    this.#options = options;
  }

  /** Why the last request brought no token or metadata; undefined when it did. */
  get lastFailure(): TokenFailure | undefined {
    return this.#lastFailure;
  }

  /** Forgets the failure of earlier requests. */
  reset(): void {
    this.#lastFailure = undefined;
  }

  sendGetRequestAsync<T>(
    url: string,
    options?: NetworkRequestOptions,
  ): Promise<NetworkResponse<T>> {
    return this.#send(url, { ...options, method: 'GET' });
  }

  sendPostRequestAsync<T>(
    url: string,
    options?: NetworkRequestOptions,
  ): Promise<NetworkResponse<T>> {
    return this.#send(url, { ...options, method: 'POST' });
  }

  async #send<T>(
    url: string,
    options: NetworkRequestOptions & { readonly method: 'GET' | 'POST' },
  ): Promise<NetworkResponse<T>> {
    const answer = await this.#exchange(url, options);
    const body = parseJson(answer.text);
    // MSAL heeds Retry-After of any refusal by throwing without a request; the token holder has its own rests.
    const { 'retry-after': retryAfter, ...headers } = answer.headers;
    const ok = answer.status < 400 && body !== undefined;
    this.#lastFailure = ok
      ? undefined
      : failureOfAnswer({ httpStatus: answer.status, body, retryAfter });
    if (answer.status >= 500 || answer.status === 429) {
      throw new Error(`Entra answered with HTTP status ${answer.status}`);
    }
    // T is MSAL's expectation of the body; MSAL checks the fields that it uses.
    return { status: answer.status, headers, body: (body ?? { error: 'unreadable' }) as T };
  }

  async #exchange(
    url: string,
    options: NetworkRequestOptions & { readonly method: 'GET' | 'POST' },
  ): Promise<Answer> {
    const over = new AbortController();
    const { signal } = over;
    // undici does not look at the signal before the request is on a socket: hence a race of our own, too.
    const timeUp = this.#options.clock.wait(deadlineMs, { signal }).then(() => undefined);
    try {
      const answer = await Promise.race([this.#fetch(url, { ...options, signal }), timeUp]);
      if (answer) return answer;
      this.#options.onDeadline?.();
      throw new Error(`Nothing within ${deadlineMs / 1000} s`);
    } catch (error) {
      this.#lastFailure = failureOfNetwork(error);
      throw error;
    } finally {
      over.abort();
    }
  }

  async #fetch(
    url: string,
    options: NetworkRequestOptions & { readonly method: 'GET' | 'POST'; signal: AbortSignal },
  ): Promise<Answer> {
    const { origin, pathname, search } = new URL(url);
    const { statusCode, headers, body } = await request.call(this.#options.dispatcher, {
      origin,
      path: `${pathname}${search}`,
      method: options.method,
      headers: { ...options.headers },
      body: options.body ?? null,
      signal: options.signal,
    });
    body.on('error', () => {});
    return { status: statusCode, headers: flatten(headers), text: await readText(body) };
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > maxAnswerBytes) break;
  }
  return Buffer.concat(pieces).toString('utf8');
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>) {
  const entries = Object.entries(headers).map(([name, value]) => [name, [value].flat()[0] ?? '']);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Proxies and gateways answer with HTML now and then. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
