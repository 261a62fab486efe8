import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { QueueApi, type ApiRequest } from './queue-api.ts';

function setUp(answer: object) {
  const asked: ApiRequest[] = [];
  const api = new QueueApi(async (request) => {
    asked.push(request);
    return { status: 200, body: Readable.from([Buffer.from(JSON.stringify(answer))]) };
  });
  return { api, asked };
}

const ids = Array.from({ length: 2_500 }, (_, index) => `q${index}`);
const portions = [ids.slice(0, 1_000), ids.slice(1_000, 2_000), ids.slice(2_000)];

describe('QueueApi', () => {
  test('.act() sends ids in portions, each once', async () => {
    const { api, asked } = setUp({ deliveries: 7 });
    expect(await api.act('hold', { ids: [...ids, 'q0'] })).toBe(21);
    expect(asked.map(({ body }) => body)).toEqual(portions.map((each) => ({ ids: each })));
  });

  test('.reroute() sends ids in portions, and joins what came of them', async () => {
    const { api, asked } = setUp({ rerouted: 1, unchanged: 2, left: 3, reroutings: ['r'] });
    const choices = { dryRun: true, force: false };
    expect(await api.reroute({ ids }, choices)).toEqual({
      ...{ rerouted: 3, unchanged: 6, left: 9 },
      reroutings: ['r', 'r', 'r'],
    });
    expect(asked.map(({ body }) => body)).toEqual(
      portions.map((each) => ({ ids: each, ...choices })),
    );
  });

  test('.act() with a filter is one request', async () => {
    const { api, asked } = setUp({ deliveries: 7 });
    expect(await api.act('retry', { all: true })).toBe(7);
    expect(asked.map(({ body }) => body)).toEqual([{ all: true }]);
  });
});
