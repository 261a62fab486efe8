// What an engine gives the contract suite to try it with, and the test function that opens a store for each test.
//
// A test file for an engine calls `describeStore(name, createStore)` (store.ts). `createStore` is called once for each
// test and each round of a law, tens to hundreds of times, so it should be quick: a new folder or schema, no server.
// Time is an argument in the whole contract, and lies around `start` (store-samples.ts): a store must not look at a clock.
// What only one engine promises (a backup, a full disk, kill -9) has its tests in the file of that engine.
import { test } from 'vitest';
import type { Store } from '../../src/relay/ports.ts';

export interface OpenOptions {
  /** Default false. */
  readonly keepBodies?: boolean;
}

export interface FailingStore {
  readonly store: Store;
  /** Whether the step that fails has been reached. */
  hasFailed(): boolean;
}

/** An engine with data of its own, for one test. */
export interface StoreUnderTest extends AsyncDisposable {
  /**
   * Opens the store on the same data each time. A test closes it before it opens it again, as a process that died and came
   * back: what was in flight may have been sent, and is due at once.
   */
  open(options?: OpenOptions): Promise<Store>;
  /**
   * As `open`, with a storage of which one statement after that fails: the `step`th, from 0 on, and that one alone. For
   * `full` the storage has no room for it, for `away` it does not answer. Infinity: none fails.
   */
  openFailing(step: number, fault: 'full' | 'away'): Promise<FailingStore>;
  /** How many bodies have bytes in the storage although nothing needs them. Called while the store is closed. */
  countStrayBodies(): Promise<number>;
}

export type CreateStore = () => Promise<StoreUnderTest>;

/** A `test` whose function gets an engine, and a store opened on it that is closed after the test. */
export function storeTest(createStore: CreateStore) {
  return test.extend<{ engines: { create: CreateStore }; engine: StoreUnderTest; store: Store }>({
    engines: { create: createStore },
    engine: async ({ engines }, use) => {
      await using engine = await engines.create();
      await use(engine);
    },
    store: async ({ engine }, use) => {
      await using store = await engine.open();
      await use(store);
    },
  });
}

/** Lets `work` have a store that is closed after it. */
export async function withStore<T>(
  opening: Promise<Store>,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  await using store = await opening;
  return await work(store);
}

/** How many bodies have bytes that nothing needs, after the sweep of the next start. */
export async function countStraysAfterRestart(engine: StoreUnderTest): Promise<number> {
  await withStore(engine.open(), (store) => store.figures());
  return await engine.countStrayBodies();
}
