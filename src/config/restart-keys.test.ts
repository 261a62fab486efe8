import { expect, test } from 'vitest';
import { loadConfig } from './load.ts';
import { keysThatNeedRestart, type Comparable } from './restart-keys.ts';

function config(text: string): Comparable {
  const loading = loadConfig('graphpost.yaml', {
    env: {},
    readFile: () => `hostname: a.example.com\n${text}`,
  });
  if (loading.kind === 'faulty') throw new Error(JSON.stringify(loading.faults));
  return loading;
}

const base = 'connections: { main: { type: sandbox } }';

test.each([
  ['routes: [{ name: noise, drop: true }]', []],
  ['queue: { retry: { first: 1s } }', []],
  ['clients: [{ name: a, networks: [127.0.0.1], senders: ["*"] }]', []],
  ['listeners: [{ name: other, address: "127.0.0.1:2525" }]', ['listeners']],
  [
    'queue: { store: "sqlite:other.db", keep: { bodies: true } }',
    ['queue.store', 'queue.keep.bodies'],
  ],
  ['http: { admin: false }\nlog: { level: debug }', ['http', 'log']],
])('keysThatNeedRestart() of %s', (change, keys) => {
  expect(keysThatNeedRestart(config(base), config(`${base}\n${change}`))).toEqual(keys);
});

test('keysThatNeedRestart() sees which proxies are believed', () => {
  const listener = (network: string) =>
    config(`${base}\nlisteners: [{ address: "127.0.0.1:1", proxyProtocol: [${network}] }]`);
  expect(keysThatNeedRestart(listener('10.0.0.0/8'), listener('10.0.0.0/8'))).toEqual([]);
  expect(keysThatNeedRestart(listener('10.0.0.0/8'), listener('10.1.0.0/16'))).toEqual([
    'listeners',
  ]);
});

test('keysThatNeedRestart() sees another password of the queue, and names no secret', () => {
  const queue = (password: string) =>
    config(`${base}\nqueue: { store: "postgres://app:${password}@db/graphpost" }`);
  expect(keysThatNeedRestart(queue('one'), queue('one'))).toEqual([]);
  expect(keysThatNeedRestart(queue('one'), queue('two'))).toEqual(['queue.store']);
});
