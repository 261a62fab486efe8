// Several gateways on one PostgreSQL: what one of them cannot finish another does, and none sends what is another's.
import { expect, test } from 'vitest';
import { runReplicas } from './replicas.ts';

test('three replicas lose nothing when one is killed, one is frozen, and the database falls over', async () => {
  const result = await runReplicas({ seed: 1, waitForLeases: false });
  expect(result).toMatchObject({ lost: [], damaged: [], unexplained: [], unwanted: [] });
  // Among them is each fifth request at once for one mailbox.
  expect(result.violations).toEqual([]);
}, 300_000);
