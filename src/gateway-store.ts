// The store that the configuration names: a file of this process alone, or a database that replicas share.
import { randomUUID } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Config, QueueConfig } from './config/config.ts';
import type { Secrets } from './config/secrets.ts';
import type { DiskSpace } from './relay/pressure.ts';
import type { Events, Store } from './relay/ports.ts';
import { openSqliteStore } from './store/sqlite/sqlite-store.ts';

/**
 * The queue file is this process's alone, so a claim ends with the process and never before: a machine that was
 * suspended, or whose clock was set, must not take its own attempts for lost ones.
 */
const leaseOfFileMs = 7 * 86_400_000;
/** A replica may die, and what it was sending must not wait for long. Renewed three times in that time. */
const leaseOfReplicaMs = 60_000;
/** `graphpost queue` on the file of a gateway that is stopped is done within it, but for a backup or a mass of messages. */
const lockWaitAtStartMs = 5_000;

type StoreEvents = Pick<Events, 'storeCommitted' | 'fault' | 'notice'>;

export interface StoreOptions {
  readonly queue: QueueConfig;
  readonly secrets: Secrets;
  readonly events: StoreEvents;
  /** Called when the store can do nothing any more but be opened again. */
  readonly onLost?: (error: Error) => void;
  /** How long another process may still hold the queue file. Default: 5 s. */
  readonly lockWaitMs?: number;
}

/** Rejects with `StoreError`, a sentence for the operator, when it cannot be opened. */
export async function openStore({ queue, secrets, ...options }: StoreOptions): Promise<Store> {
  const { store, keepBodies } = queue;
  if (store.kind === 'sqlite') {
    const { lockWaitMs = lockWaitAtStartMs } = options;
    return await openSqliteStore({ ...options, lockWaitMs, file: store.file, keepBodies });
  }
  // Only who has a queue in PostgreSQL pays for the library.
  const { openPostgresStore } = await import('./store/postgres/postgres-store.ts');
  return await openPostgresStore({
    ...options,
    url: secrets.queueUrl() ?? store.address,
    keepBodies,
    instance: randomUUID(),
    now: () => Date.now(),
    wait: (ms) => delay(ms, undefined, { ref: false }),
  });
}

/** One that was opened before anybody could hear what happens in it. */
export interface OpenQueue {
  readonly store: Store;
  /** Tells what has happened so far, and what happens from now on. */
  tell(events: StoreEvents): void;
}

/** As `openStore`; undefined where there is nothing to keep. */
export async function openQueue({
  config,
  secrets,
  onLost = () => undefined,
}: {
  readonly config: Config;
  readonly secrets: Secrets;
  readonly onLost?: (error: Error) => void;
}): Promise<OpenQueue | undefined> {
  if (!hasQueue(config)) return undefined;
  const untold: ((events: StoreEvents) => void)[] = [];
  let told: StoreEvents | undefined;
  const tell = (what: (events: StoreEvents) => void) =>
    void (told ? what(told) : untold.push(what));
  const store = await openStore({
    ...{ secrets, queue: config.queue },
    events: {
      storeCommitted: (round) => tell((events) => events.storeCommitted(round)),
      fault: (fault) => tell((events) => events.fault(fault)),
      notice: (notice) => tell((events) => events.notice(notice)),
    },
    onLost: (error) => tell(() => onLost(error)),
  });
  return {
    store,
    tell(events) {
      told = events;
      for (const what of untold.splice(0)) what(events);
    },
  };
}

/** A gateway whose listeners are all direct has no queue. */
export function hasQueue({ listeners }: Config): boolean {
  return listeners.some(({ mode }) => mode === 'queued');
}

/** How long a claim is its owner's without renewal. */
export function leaseMsOf({ store }: QueueConfig): number {
  return store.kind === 'sqlite' ? leaseOfFileMs : leaseOfReplicaMs;
}

/** Of the disk with the queue; undefined where nobody here knows: that of a database is another machine's. */
export async function freeSpaceOf({ store }: QueueConfig): Promise<DiskSpace | undefined> {
  if (store.kind !== 'sqlite') return undefined;
  const { bavail, blocks, bsize } = await statfs(dirname(store.file));
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}
