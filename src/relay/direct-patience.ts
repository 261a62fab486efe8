// How long the client of a direct connection is taken to wait after its final dot, and what ends a send before that.
import type { Clock } from './ports.ts';

/**
 * The standard lets clients wait ten minutes (RFC 5321 §4.5.3.2.6). Many apps wait for one: what they are not told
 * within it, they send again.
 */
const patienceMs = 55_000;
/** A large message takes its time, and whoever sends one waits: 500 kB/s. */
const bytesPerMs = 500;
/** The listener itself gives up after four minutes. */
const longestMs = 225_000;
/** What is kept for a look-up, where a send ends without an answer. */
const lookUpMs = 10_000;

export interface PatienceOptions {
  readonly clock: Clock;
  /** Aborted when the gateway can wait no more. */
  readonly stopped: AbortSignal;
  /** Aborted when the client is gone. Default: it stays. */
  readonly gone?: AbortSignal;
}

/** A send under way: what `Transport.send` is to be given. */
export interface SendInTime extends Disposable {
  readonly signal: AbortSignal;
  readonly onGiven: () => void;
}

export interface Patience extends Disposable {
  /** Epoch ms at which a send must have ended. */
  readonly until: number;
  /** Time is over, and it was no other that ended the send. */
  readonly isOver: boolean;
  /** Aborted when it is no use to wait for a turn. */
  readonly waiting: AbortSignal;
  /** Aborted at the very end, look-up included. */
  readonly signal: AbortSignal;
  /** A client that goes cuts the send as long as its request is not given whole. */
  startSend(): SendInTime;
}

/** Begins at the final dot. */
export function startPatience(sizeBytes: number, options: PatienceOptions): Patience {
  const { clock, stopped, gone } = options;
  const totalMs = Math.min(patienceMs + sizeBytes / bytesPerMs, longestMs);
  const done = new AbortController();
  const [late, tooLate] = [new AbortController(), new AbortController()];
  void clock.wait(totalMs - lookUpMs, done).then(() => late.abort());
  void clock.wait(totalMs, done).then(() => tooLate.abort());
  const ending = AbortSignal.any([late.signal, stopped]);
  return {
    until: clock.now() + totalMs - lookUpMs,
    get isOver() {
      return late.signal.aborted && !stopped.aborted;
    },
    waiting: AbortSignal.any([ending, ...(gone ? [gone] : [])]),
    signal: AbortSignal.any([tooLate.signal, stopped]),
    startSend: () => startSend(ending, gone),
    [Symbol.dispose]: () => done.abort(),
  };
}

function startSend(ending: AbortSignal, gone: AbortSignal | undefined): SendInTime {
  const left = new AbortController();
  const leave = (): void => left.abort();
  const stay = (): void => gone?.removeEventListener('abort', leave);
  gone?.addEventListener('abort', leave, { once: true });
  if (gone?.aborted) leave();
  return {
    signal: AbortSignal.any([ending, left.signal]),
    onGiven: stay,
    [Symbol.dispose]: stay,
  };
}
