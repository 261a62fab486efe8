// What the sandbox saw: every request, and everything that the service or the gateway's own contract forbids.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Which of the sandbox's three servers: Entra, Graph, or the host of upload URLs. */
export type ServiceName = 'entra' | 'graph' | 'upload';

export interface RecordedRequest {
  readonly service: ServiceName;
  readonly method: string;
  /** Path and query as they came. */
  readonly path: string;
  /** Lower-case names; Authorization is cut down to its scheme. */
  readonly headers: IncomingHttpHeaders;
  readonly bodyBytes: number;
  /** As it came; only when the sandbox was told to keep bodies, and read the body. */
  readonly body?: Uint8Array;
  /** Absent while there is no answer, and for good when the connection was cut or the client went away. */
  readonly status?: number;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Epoch ms at which the answer began, or the connection ended. */
  readonly endedAt?: number;
}

/** A request under way. */
export type OpenRequest = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

const keptViolations = 1_000;

export class Journal {
  readonly requests: RecordedRequest[] = [];
  readonly violations: string[] = [];
  readonly #keep: number;

  /** @param keep how many requests are kept at least; the oldest go first */
  constructor(keep: number) {
    this.#keep = keep;
  }

  open(service: ServiceName, message: IncomingMessage, startedAt: number): OpenRequest {
    const request: OpenRequest = {
      service,
      method: message.method ?? '',
      path: message.url ?? '',
      headers: withoutToken(message.headers),
      bodyBytes: 0,
      startedAt,
    };
    // Room is made for many at once: to shift an array for each request would cost more than the request.
    if (this.requests.length >= this.#keep * 2) this.requests.splice(0, this.#keep);
    this.requests.push(request);
    return request;
  }

  violation(text: string): void {
    if (this.violations.length < keptViolations) this.violations.push(text);
  }
}

function withoutToken(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { authorization } = headers;
  if (authorization === undefined) return { ...headers };
  return { ...headers, authorization: authorization.split(' ', 1)[0] ?? '' };
}
