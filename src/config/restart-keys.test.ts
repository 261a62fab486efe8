import { expect, test } from 'vitest';
import type { Config } from './config.ts';
import { loadConfig } from './load.ts';
import { keysThatNeedRestart } from './restart-keys.ts';

function config(text: string): Config {
  const loading = loadConfig('graphpost.yaml', {
    env: {},
    readFile: () => `hostname: a.example.com\n${text}`,
  });
  if (loading.kind === 'faulty') throw new Error(JSON.stringify(loading.faults));
  return loading.config;
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
