// Where a result comes from: figures of different machines cannot be compared, and these lines show that they differ.
import { execFile } from 'node:child_process';
import { open, rm, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median } from './statistics.ts';

export interface Environment {
  readonly node: string;
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGB: number;
  readonly fileSystem: string;
  /** Median of writing 4 KB to the end of a file, and of fdatasync. */
  readonly fsyncMs: number;
  /** Processes that wanted a core in the minute before: above 1 or so, somebody else is at work. */
  readonly load: number;
  /** Of git, where it is there; with a `+` when files have changed since. */
  readonly commit: string | undefined;
}

/** statfs(2), linux/magic.h. */
const fileSystems: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x2fc12fc1, 'zfs'],
  [0x794c7630, 'overlay'],
  [0x01021994, 'tmpfs (memory: fsync costs nothing)'],
]);

export async function readEnvironment(folder: string): Promise<Environment> {
  const { type } = await statfs(folder);
  return {
    node: process.version,
    system: `${process.platform} ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGB: Math.round(totalmem() / 1e9),
    fileSystem: fileSystems.get(type) ?? `0x${type.toString(16)}`,
    fsyncMs: await measureFsync(folder),
    load: loadavg()[0] ?? NaN,
    commit: await readCommit(),
  };
}

export function formatEnvironment(environment: Environment): string {
  const { node, system, cpu, cores, memoryGB, fileSystem, fsyncMs, load, commit } = environment;
  return [
    `${cpu}, ${cores} cores, ${memoryGB} GB, ${system}, Node.js ${node}`,
    `${fileSystem}, fdatasync ${fsyncMs.toFixed(2)} ms; load before ${load.toFixed(1)}; commit ${commit ?? 'unknown'}`,
  ].join('\n');
}

async function measureFsync(folder: string): Promise<number> {
  const file = join(folder, 'fsync');
  await using handle = await open(file, 'w');
  const page = Buffer.alloc(4096);
  const tookMs: number[] = [];
  for (let round = 0; round < 100; round += 1) {
    const startedAt = performance.now();
    await handle.write(page);
    await handle.datasync();
    tookMs.push(performance.now() - startedAt);
  }
  await rm(file);
  return median(tookMs);
}

async function readCommit(): Promise<string | undefined> {
  const git = async (...args: string[]) =>
    (await promisify(execFile)('git', args, { cwd: import.meta.dirname })).stdout.trim();
  try {
    const changed = await git('status', '--porcelain', '--untracked-files=no');
    return `${await git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : '+'}`;
  } catch {
    return undefined;
  }
}
