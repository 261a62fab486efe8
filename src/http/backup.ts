// Makes a copy of the queue on the gateway's machine, where the operator wants it.
import { open, rm, stat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import type { Store } from '../relay/ports.ts';

/** Why a copy cannot be written there: a sentence for the operator. Undefined: it can. */
export async function checkBackupFile(file: string): Promise<string | undefined> {
  if (!isAbsolute(file) || file.includes('\0')) {
    return `"file" must be an absolute path on the gateway's machine, such as /var/backups/graphpost.db`;
  }
  try {
    // Nothing but the attempt tells what every file system, and whoever runs the gateway, may write.
    await (await open(file, 'wx', 0o600)).close();
    await rm(file);
    return undefined;
  } catch (error) {
    return reasonOf(error, file);
  }
}

function reasonOf(error: unknown, file: string): string {
  const folder = dirname(file);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EEXIST':
    case 'EISDIR':
      return `"${file}" is there already: nothing is overwritten`;
    case 'ENOENT':
    case 'ENOTDIR':
      return `There is no folder "${folder}" on the gateway's machine in which files can be made`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `The gateway may not write into "${folder}" on its machine`;
    case 'ENAMETOOLONG':
      return '"file" is too long for a path';
    default:
      return `The backup cannot be written to "${file}": ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Returns how large the copy is. Rejects with `StoreError` when it was not made. */
export async function makeBackup(file: string, store: Pick<Store, 'backup'>): Promise<number> {
  await store.backup(file);
  return (await stat(file)).size;
}
