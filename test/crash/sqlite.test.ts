// The promise itself, on SQLite: whatever the moment at which the gateway dies, what got a 250 arrives, and arrives once.
import { expect, test } from 'vitest';
import { killPoints } from './kills.ts';
import { runCrashes } from './run.ts';
import { faultsOf } from './table.ts';

const points = Object.keys(killPoints);

test('a gateway that is killed at each point loses nothing, and sends nothing twice', async () => {
  const kills = points.length;
  const result = await runCrashes({ kills, seed: 1, engine: 'sqlite', lookUp: true });
  expect(faultsOf(result, { lookUp: true })).toEqual([]);
  expect([...result.reached.keys()].toSorted()).toEqual(points.toSorted());
  expect(result.transactions.accepted).toBeGreaterThan(kills);
}, 300_000);
