// Graph's limits for one app on one mailbox: refuses what is over them, and notices who does not wait as told.
import { formatRetryAfter, parseRetryAfter, type SandboxLimits } from './limits.ts';
import { SlidingSum } from './sliding-sum.ts';
import type { Answer, GraphFault } from './answer.ts';

/** One request that wants to enter a lane. */
export interface Arrival {
  readonly now: number;
  /** Bytes that count as upload: the body of a PATCH, POST or PUT. */
  readonly uploadBytes: number;
}

/** What a request over the limits is told, and what is held against its sender. */
export interface Throttling {
  readonly fault: GraphFault;
  readonly violation: string;
}

/** A request that was under way when another one was told to wait has not disobeyed. */
const crossingMs = 500;

export class Lane {
  readonly #mailbox: string;
  readonly #limits: SandboxLimits;
  readonly #requests = new SlidingSum(600_000);
  readonly #uploadBytes = new SlidingSum(300_000);
  #inFlight = 0;
  #pausedUntil = 0;
  #pausedAt = 0;

  constructor(mailbox: string, limits: SandboxLimits) {
    this.#mailbox = mailbox;
    this.#limits = limits;
  }

  /** Lets a request in, which must `leave` before its answer goes out; or says why not. */
  enter(arrival: Arrival): Throttling | undefined {
    const { now, uploadBytes } = arrival;
    const throttling = this.#refusal(arrival);
    // Requests that were refused count too.
    this.#requests.add(1, now);
    if (throttling === undefined) {
      this.#uploadBytes.add(uploadBytes, now);
      this.#inFlight += 1;
    }
    return throttling;
  }

  leave(): void {
    this.#inFlight -= 1;
  }

  /** Takes note of an answer that asks the client to wait. */
  note(answer: Answer, now: number): void {
    const value = answer.headers?.['retry-after'];
    const until = value === undefined ? undefined : parseRetryAfter(value, now);
    if (until === undefined || answer.status < 400) return;
    if (now >= this.#pausedUntil) this.#pausedAt = now;
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  #refusal({ now, uploadBytes }: Arrival): Throttling | undefined {
    const limits = this.#limits;
    if (now < this.#pausedUntil && now > this.#pausedAt + crossingMs) return this.#tooSoon(now);
    if (this.#inFlight >= limits.concurrency) {
      return this.#over(`${limits.concurrency} requests in flight`, {
        now,
        message: 'Application is over its MailboxConcurrency limit.',
      });
    }
    if (this.#requests.total(now) >= limits.requestsPer10Minutes) {
      return this.#over(`${limits.requestsPer10Minutes} requests in 10 minutes`, {
        now,
        afterMs: this.#requests.easesInMs(now),
      });
    }
    if (this.#uploadBytes.total(now) + uploadBytes > limits.uploadBytesPer5Minutes) {
      return this.#over(`${limits.uploadBytesPer5Minutes} bytes of upload in 5 minutes`, {
        now,
        afterMs: this.#uploadBytes.easesInMs(now),
      });
    }
    return undefined;
  }

  #tooSoon(now: number): Throttling {
    const leftMs = this.#pausedUntil - now;
    return {
      violation: `A request for "${this.#mailbox}" came ${leftMs} ms before the end of a Retry-After`,
      fault: this.#fault({ now, afterMs: leftMs }),
    };
  }

  #over(limit: string, options: FaultTime & { readonly message?: string }): Throttling {
    return {
      violation: `A request for "${this.#mailbox}" was over the limit of ${limit}`,
      fault: this.#fault(options),
    };
  }

  #fault({ now, afterMs, message }: FaultTime & { readonly message?: string }): GraphFault {
    const { retryAfterForm: form, retryAfterSeconds } = this.#limits;
    const seconds = afterMs === undefined ? retryAfterSeconds : afterMs / 1000;
    return {
      status: 429,
      code: message === undefined ? 'TooManyRequests' : 'ApplicationThrottled',
      message: message ?? 'Please retry again later.',
      headers: { 'retry-after': formatRetryAfter(seconds, { form, now }) },
    };
  }
}

interface FaultTime {
  readonly now: number;
  /** Absent: the wait that the limits name. */
  readonly afterMs?: number;
}

/** The lanes of all mailboxes, made as they are asked for. */
export class Lanes {
  readonly #limits: SandboxLimits;
  readonly #byMailbox = new Map<string, Lane>();

  constructor(limits: SandboxLimits) {
    this.#limits = limits;
  }

  of(mailbox: string): Lane {
    const key = mailbox.toLowerCase();
    const lane = this.#byMailbox.get(key) ?? new Lane(mailbox, this.#limits);
    this.#byMailbox.set(key, lane);
    return lane;
  }
}
