import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commit } from '../test/contract/store-samples.ts';
import { loadConfig } from './config/load.ts';
import { openQueue } from './gateway-store.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphpost-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function load(mode: 'queued' | 'direct') {
  const text = `listeners: [{ name: apps, address: '127.0.0.1:0', mode: ${mode} }]
connections: { main: { type: sandbox } }
default: { send: { via: main } }
${mode === 'queued' ? `queue: { store: 'sqlite:${folder}/queue.db' }` : ''}
`;
  const loading = loadConfig(join(folder, 'graphpost.yaml'), { env: {}, readFile: () => text });
  if (loading.kind === 'faulty') throw new Error(JSON.stringify(loading.faults));
  return loading;
}

test('openQueue() opens none where every listener is direct', async () => {
  expect(await openQueue(load('direct'))).toBeUndefined();
});

test('openQueue() keeps what happens until there is somebody to tell', async () => {
  const queue = await openQueue(load('queued'));
  if (!queue) throw new Error('There is no queue');
  await using store = queue.store;
  const told: string[] = [];
  await commit(store, { number: 1 });
  queue.tell({
    storeCommitted: () => void told.push('committed'),
    fault: () => void told.push('fault'),
    notice: () => void told.push('notice'),
  });
  expect(told).toEqual(['committed']);
  await commit(store, { number: 2 });
  expect(told).toEqual(['committed', 'committed']);
});
