// What waits for the thread, and which part of it the next transaction takes: small things first, large ones by the MiB.
import type { RoundCall } from './engine.ts';
import type { Operation } from './operations.ts';

/** Beside large bodies arriving at full speed, a small message waits for about this much of them. */
const maxHeavyBytes = 1_048_576;
const maxLightBytes = 4 * 1_048_576;
const maxLightCalls = 512;
/** A message with more bytes than this waits in the row of the large ones. */
const maxLightTail = 65_536;
/** Of a call that brings no body: a result, say, with the attempt that it tells of. */
const otherCallBytes = 2_048;
/** Beside its route, with its places in indexes. */
const deliveryRowBytes = 512;

/** What is read by them is in the store by the time that they are asked. */
const quick = new Set<Operation>(['bodyDigestsOf', 'readChunk']);

export class Backlog {
  /** A client's 250 hangs on these questions, or an upload: they do not wait for the transaction of the round. */
  #quick: RoundCall[] = [];
  #light: RoundCall[] = [];
  /** In the order of arrival. The call that closes the store stands here too: behind everything else. */
  #heavy: RoundCall[] = [];

  add(call: RoundCall): void {
    if (quick.has(call.operation)) this.#quick.push(call);
    else (isHeavy(call) ? this.#heavy : this.#light).push(call);
  }

  get isEmpty(): boolean {
    return this.#quick.length + this.#light.length + this.#heavy.length === 0;
  }

  /** Takes out what is answered before the next round. */
  takeQuick(): RoundCall[] {
    return this.#quick.splice(0);
  }

  /** Takes out what the next round carries out: at least one call of each row that has any. */
  takeRound(): RoundCall[] {
    const light = howMany(this.#light.slice(0, maxLightCalls), maxLightBytes);
    const heavy = howMany(this.#heavy, maxHeavyBytes);
    return [...this.#light.splice(0, light), ...this.#heavy.splice(0, heavy)];
  }
}

/** How many calls from the first on have `maxBytes` or less together; one where the first alone has more. */
function howMany(calls: readonly RoundCall[], maxBytes: number): number {
  let bytes = 0;
  const tooMany = calls.findIndex((call) => {
    bytes += bytesOf(call);
    return bytes > maxBytes;
  });
  return tooMany === -1 ? calls.length : Math.max(tooMany, 1);
}

function isHeavy(call: RoundCall): boolean {
  if (call.operation === 'commit') return call.ask.tail.length > maxLightTail;
  return call.operation === 'writeChunk' || call.operation === 'close';
}

/** About what it writes: the log has room for a few transactions of this size (ballast.ts). */
function bytesOf(call: RoundCall): number {
  if (call.operation === 'writeChunk') return call.ask.bytes.byteLength;
  if (call.operation !== 'commit') return otherCallBytes;
  const { tail, document, deliveries } = call.ask;
  const routes = deliveries.reduce((sum, { route }) => sum + route.length + deliveryRowBytes, 0);
  return tail.length + document.length + routes;
}
