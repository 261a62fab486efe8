// The contract of a Store: one suite that every engine passes.
import { describe } from 'vitest';
import { describeActions } from './store-actions.ts';
import { describeBodies } from './store-bodies.ts';
import { describeFaults } from './store-faults.ts';
import { describeLanes } from './store-lanes.ts';
import { describeLedgers } from './store-ledgers.ts';
import { describeLaws } from './store-laws.ts';
import { describeOverview } from './store-overview.ts';
import { describeQueue } from './store-queue.ts';
import { describeReports } from './store-reports.ts';
import type { CreateStore } from './store-under-test.ts';

export function describeStore(name: string, createStore: CreateStore): void {
  describe(name, () => {
    describeQueue(createStore);
    describeOverview(createStore);
    describeActions(createStore);
    describeReports(createStore);
    describeBodies(createStore);
    describeLanes(createStore);
    describeLedgers(createStore);
    describeLaws(createStore);
    describeFaults(createStore);
  });
}
