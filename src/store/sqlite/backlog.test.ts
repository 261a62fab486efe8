import { describe, expect, test } from 'vitest';
import { Backlog } from './backlog.ts';
import type { RoundCall } from './engine.ts';

const mib = 1_048_576;
let lastNumber = 0;

function commitOf(sizeBytes: number, document = ''): RoundCall {
  lastNumber += 1;
  const ask = {
    body: lastNumber,
    id: String(lastNumber),
    receivedAt: 0,
    sizeBytes,
    document,
    chunksStored: 0,
    tail: new Uint8Array(sizeBytes),
    deliveries: [],
  };
  return { number: lastNumber, operation: 'commit', ask };
}

function chunk(): RoundCall {
  lastNumber += 1;
  const ask = { body: 1, sequence: 0, bytes: new ArrayBuffer(mib / 4) };
  return { number: lastNumber, operation: 'writeChunk', ask };
}

function close(): RoundCall {
  lastNumber += 1;
  return { number: lastNumber, operation: 'close', ask: undefined };
}

function backlogOf(calls: readonly RoundCall[]): Backlog {
  const backlog = new Backlog();
  for (const call of calls) backlog.add(call);
  return backlog;
}

function rounds(backlog: Backlog): RoundCall[][] {
  return backlog.isEmpty ? [] : [backlog.takeRound(), ...rounds(backlog)];
}

describe('Backlog.takeRound()', () => {
  test('takes small messages before chunks that came earlier, and a MiB of those', () => {
    const chunks = Array.from({ length: 6 }, chunk);
    const small = [commitOf(4000), commitOf(10)];
    const backlog = backlogOf([...chunks, ...small]);
    expect(rounds(backlog)).toEqual([[...small, ...chunks.slice(0, 4)], chunks.slice(4)]);
  });

  test('leaves nothing out, whatever waits, and bounds the bytes of a round', () => {
    const calls = Array.from({ length: 1500 }, (_, index) =>
      index % 3 === 0 ? chunk() : commitOf((index * 997) % 200_000),
    );
    const taken = rounds(backlogOf(calls));
    const byNumber = (a: RoundCall, b: RoundCall) => a.number - b.number;
    expect(taken.flat().toSorted(byNumber)).toEqual(calls);
    expect(Math.max(...taken.map(bytesOf))).toBeLessThanOrEqual(5 * mib);
    expect(Math.min(...taken.map(({ length }) => length))).toBeGreaterThan(0);
  });

  test('counts what is said of small messages towards the bytes of a round', () => {
    const calls = Array.from({ length: 6 }, () => commitOf(10, 'x'.repeat(mib - 10)));
    expect(rounds(backlogOf(calls))).toEqual([calls.slice(0, 4), calls.slice(4)]);
  });

  test.for<RoundCall>([
    { number: 0, operation: 'bodyDigestsOf', ask: { key: 1n } },
    { number: 0, operation: 'readChunk', ask: { body: 1, sequence: 0 } },
  ])('takes no question that is answered before it: $operation', (question) => {
    const backlog = backlogOf([commitOf(1), question]);
    expect(backlog.takeQuick()).toEqual([question]);
    expect(backlog.takeQuick()).toEqual([]);
    expect(rounds(backlog).flat()).toHaveLength(1);
    backlog.add(question);
    expect(backlog.isEmpty).toBe(false);
  });

  test('takes the call that closes the store last', () => {
    const calls = [chunk(), chunk(), chunk(), chunk(), chunk(), commitOf(1), close()];
    expect(rounds(backlogOf(calls)).flat().at(-1)?.operation).toBe('close');
  });
});

function bytesOf(calls: readonly RoundCall[]): number {
  return calls.reduce((sum, call) => sum + sizeOf(call), 0);
}

function sizeOf(call: RoundCall): number {
  if (call.operation === 'writeChunk') return call.ask.bytes.byteLength;
  return call.operation === 'commit' ? call.ask.tail.length : 0;
}
