// Faults on order: what a test wants to happen to the next requests, whatever they ask for.
import type { Answer } from './answer.ts';
import type { RecordedRequest, ServiceName } from './journal.ts';

export interface Fault {
  /** Answered in place of the service's own answer. Absent: the service answers. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * The connection ends: `before` any of the body is read, in `mid-body`, `after` the whole body was read,
   * or in `mid-answer`, when half of the answer's body is out.
   */
  readonly cut?: 'before' | 'mid-body' | 'after' | 'mid-answer';
  /** The service carries the request out although the client is told something else. Default: only where `cut` is `after`, or there is no `status`. */
  readonly carriedOut?: boolean;
  /** The answer waits this long. */
  readonly delayMs?: number;
  /** The answer goes out byte by byte, each after so many ms; then the connection ends. */
  readonly dripMs?: number;
  /** The answer waits for this; a function is called when the request has been carried out. */
  readonly until?: Promise<unknown> | (() => Promise<unknown>);
}

export interface FaultOptions {
  /** Default 1. */
  readonly times?: number;
  /** Default `graph`. Of Entra's, only the token endpoint has faults. */
  readonly on?: 'graph' | 'token' | 'upload';
  /** Only requests for which this is true. */
  readonly match?: (request: RecordedRequest) => boolean;
}

interface Order {
  readonly fault: Fault;
  readonly service: ServiceName;
  readonly match: ((request: RecordedRequest) => boolean) | undefined;
  left: number;
}

/** Orders are served first come, first served. A request that the service refuses unread (401, 411, 413, 429) uses up none. */
export class Faults {
  readonly #orders: Order[] = [];

  /** Orders a fault for the next `times` requests that match. */
  next(fault: Fault, options: FaultOptions = {}): void {
    const { times = 1, on = 'graph', match } = options;
    this.#orders.push({ fault, service: on === 'token' ? 'entra' : on, match, left: times });
  }

  /** Faults that were ordered and did not happen yet. */
  get pending(): number {
    return this.#orders.reduce((sum, order) => sum + order.left, 0);
  }

  /** The fault of this request, which uses it up. */
  take(request: RecordedRequest): Fault | undefined {
    if (this.#orders.length === 0) return undefined;
    if (request.service === 'entra' && request.method !== 'POST') return undefined;
    const at = this.#orders.findIndex(
      ({ service, match }) =>
        service === request.service && (match === undefined || match(request)),
    );
    const order = this.#orders[at];
    if (order === undefined) return undefined;
    order.left -= 1;
    if (order.left <= 0) this.#orders.splice(at, 1);
    return order.fault;
  }
}

export function isCarriedOut(fault: Fault): boolean {
  return fault.carriedOut ?? (fault.cut === 'after' || fault.status === undefined);
}

/** What goes out: the fault's own answer, or the service's when the fault has none. */
export function answerWith(fault: Fault, own: Answer): Answer {
  const plain = fault.status === undefined ? own : ownAnswer(fault, fault.status);
  const answer = fault.dripMs === undefined ? plain : { ...plain, dripMs: fault.dripMs };
  return fault.cut === 'mid-answer' ? { ...answer, cut: 'mid-answer' } : answer;
}

function ownAnswer({ headers = {}, body = '' }: Fault, status: number): Answer {
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  return { status, headers: Object.fromEntries(lowerCase), body };
}
