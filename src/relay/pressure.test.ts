import { describe, expect, test } from 'vitest';
import type { QueueFigures } from './ports.ts';
import { judge, watchPressure } from './pressure.ts';

const none = { ready: 0, sending: 0, unsure: 0, deferred: 0, held: 0, failed: 0, delivered: 0 };
const full = { messages: 10, bytes: 1_000, freeDiskShare: 0.1 };
const roomy = { freeBytes: 500, totalBytes: 1_000 };

function figures(changes: Partial<QueueFigures['deliveries']>, bodyBytes = 0): QueueFigures {
  return { deliveries: { ...none, ...changes }, bodyBytes };
}

describe('judge()', () => {
  test.each([
    ['as many deliveries wait as may', figures({ ready: 4, unsure: 2, held: 4 }), roomy],
    ['the bodies are as large as they may be', figures({ ready: 1 }, 1_000), roomy],
    ['less of the disk is free than must be', figures({}), { freeBytes: 99, totalBytes: 1_000 }],
  ])('refuses when %s', (_, queue, disk) => {
    expect(judge(queue, disk, full)).toMatchObject({ kind: 'deferred', status: '4.3.1' });
  });

  test('counts neither what was delivered nor what has failed', () => {
    const ended = figures({ ready: 9, failed: 100, delivered: 100 }, 999);
    expect(judge(ended, { freeBytes: 100, totalBytes: 1_000 }, full)).toBeUndefined();
  });

  test('asks nothing of a disk that nobody here knows', () => {
    expect(judge(figures({}), undefined, full)).toBeUndefined();
  });
});

describe('watchPressure()', () => {
  test('refuses while the store is away, takes mail again when it is back, and says each once', async () => {
    const stopping = new AbortController();
    const notices: string[] = [];
    const answers = [figures({}), new Error('gone'), new Error('gone'), figures({})];
    const refused: boolean[] = [];
    const ended = Promise.withResolvers<void>();
    const pressure = watchPressure(
      {
        full: () => full,
        freeSpace: async () => roomy,
        store: {
          async figures() {
            const answer = answers.shift();
            if (answer instanceof Error) throw answer;
            return answer ?? figures({});
          },
        },
        clock: {
          now: () => 0,
          async wait() {
            refused.push(pressure.refusal() !== undefined);
            if (answers.length > 0) return;
            stopping.abort();
            ended.resolve();
          },
        },
        events: { notice: ({ event }) => notices.push(event) },
      },
      stopping,
    );
    await ended.promise;
    expect(refused).toEqual([false, true, true, false]);
    expect(notices).toEqual(['overloaded', 'recovered']);
  });
});
