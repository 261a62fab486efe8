// Makes the place where the queue file lies: a folder and a file for the gateway alone, on a disk of this machine.
import { closeSync, fsyncSync, mkdirSync, openSync, statfsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { StoreError } from '../../relay/ports.ts';

/** File systems whose locks or fsync end at another machine or another program: statfs(2), linux/magic.h. */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0x00c36400, 'CephFS'],
  [0x0bd00bd0, 'Lustre'],
  [0x5346414f, 'AFS'],
]);

/**
 * Makes folder (0700) and file (0600) where they are missing, durably.
 * @throws StoreError `away` when that cannot be done, or the folder lies on a network file system
 */
export function prepareDatabaseFile(file: string): void {
  const folder = dirname(resolve(file));
  try {
    const created = mkdirSync(folder, { recursive: true, mode: 0o700 });
    refuseNetworkFileSystem(file, statfsSync(folder, { bigint: true }).type);
    closeSync(openSync(file, 'a', 0o600));
    syncFolders(folder, created === undefined ? folder : dirname(created));
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError('away', `The queue file "${file}" cannot be made: ${String(error)}`, {
      cause: error,
    });
  }
}

/** @throws StoreError when `type`, of statfs(2), is that of a network file system */
export function refuseNetworkFileSystem(file: string, type: bigint): void {
  // Numbers of 32 bits may come with their sign extended.
  const name = networkFileSystems.get(Number(BigInt.asUintN(32, type)));
  if (name === undefined) return;
  throw new StoreError(
    'away',
    `The queue file "${file}" lies on a network file system (${name}), where neither locks nor fsync can be trusted: put it on a disk of this machine`,
  );
}

/** A name is durable once its folder is synced: from the file's folder up to the one that was there before. */
function syncFolders(folder: string, last: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  if (folder !== last) syncFolders(dirname(folder), last);
}
