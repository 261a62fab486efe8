// Where the queue lies: whether it can be written durably, how fast, and how much room there is.
import { open, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { QueueConfig } from '../config/config.ts';
import { findingsOf, type Check, type Finding } from './doctor-check.ts';

export interface StoreCheckOptions {
  readonly queue: QueueConfig;
  /** Asks a database whether it is there; rejects with the reason when not. Absent for a file. */
  readonly askDatabase?: (options: { readonly signal: AbortSignal }) => Promise<string>;
  readonly elapsedMs: () => number;
  /** Good for a file name. */
  readonly random: string;
}

export function storeCheck(options: StoreCheckOptions): Check {
  const { store } = options.queue;
  return {
    name: 'store',
    of: store.kind === 'sqlite' ? store.file : store.address,
    ...(store.kind === 'postgres' && { isRemote: true }),
    run: ({ signal }) =>
      store.kind === 'sqlite'
        ? examineFile(store.file, options)
        : examineDatabase(store.address, { ...options, signal }),
  };
}

const slowMs = 100;

async function examineFile(file: string, options: StoreCheckOptions): Promise<readonly Finding[]> {
  const { ok, warning, failure } = findingsOf('store', file);
  const folder = await nearestFolder(dirname(file));
  try {
    const tookMs = await timeSync(folder, options);
    const words = `The disk takes ${tookMs.toFixed(1)} ms to make a message durable`;
    const fix = 'Put the queue onto a local disk or SSD: each message waits for it';
    return [
      tookMs < slowMs ? ok(words) : warning(words, { fix }),
      await examineSpace(file, { ...options, folder }),
    ];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const fix = `Let the user that Graphpost runs as write into '${folder}'`;
    return [failure('The folder of the queue cannot be written', { code, fix })];
  }
}

/** The gateway makes the folders that are missing. */
async function nearestFolder(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  return isThere || dirname(folder) === folder ? folder : await nearestFolder(dirname(folder));
}

/** The middle one of several. */
async function timeSync(folder: string, { elapsedMs, random }: StoreCheckOptions): Promise<number> {
  const file = join(folder, `.graphpost-doctor-${random}`);
  const handle = await open(file, 'wx', 0o600);
  try {
    const times: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const startedMs = elapsedMs();
      await handle.write('x'.repeat(4_096));
      await handle.sync();
      times.push(elapsedMs() - startedMs);
    }
    return times.toSorted((one, other) => one - other)[2] ?? 0;
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}

async function examineSpace(
  file: string,
  { queue: { full }, folder }: StoreCheckOptions & { readonly folder: string },
): Promise<Finding> {
  const { ok, warning, failure } = findingsOf('space', file);
  const { bavail, blocks, bsize } = await statfs(folder);
  const share = bavail / blocks;
  const free = `${((bavail * bsize) / 1e9).toFixed(1)} GB (${Math.round(share * 100)} %) are free`;
  const least = `${Math.round(full.freeDiskShare * 100)} %`;
  const fix = 'Make room, or lower queue.full.freeDisk';
  if (share < full.freeDiskShare) {
    return failure(`${free}: below ${least} no mail is taken (queue.full.freeDisk)`, { fix });
  }
  if (share < full.freeDiskShare * 1.5)
    return warning(`${free}; below ${least} no mail is taken`, { fix });
  return ok(free);
}

async function examineDatabase(
  address: string,
  { askDatabase, signal }: StoreCheckOptions & { readonly signal: AbortSignal },
): Promise<readonly Finding[]> {
  const { ok, failure } = findingsOf('store', address);
  try {
    return [ok(`The database answers: ${(await askDatabase?.({ signal })) ?? ''}`)];
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const fix = 'Look at queue.store, the network, and the rights of its user';
    return [failure('The database cannot be used', { detail, fix })];
  }
}
