// Makes a copy of the queue on the gateway's machine, where the operator wants it.
import { lstat, stat } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import type { Store } from '../relay/ports.ts';

/** Why a copy cannot be written there: a sentence for the operator. Undefined: it can. */
export async function checkBackupFile(file: string): Promise<string | undefined> {
  if (!isAbsolute(file)) {
    return `"file" must be an absolute path on the gateway's machine, such as /var/backups/graphpost.db`;
  }
  const folder = await stat(dirname(file)).catch(() => undefined);
  if (!folder?.isDirectory())
    return `There is no folder "${dirname(file)}" on the gateway's machine`;
  // A link that leads nowhere is there as well.
  const isThere = await lstat(file).then(
    () => true,
    () => false,
  );
  return isThere ? `"${file}" is there already: nothing is overwritten` : undefined;
}

/** Returns how large the copy is. Rejects with `StoreError` when it was not made. */
export async function makeBackup(file: string, store: Pick<Store, 'backup'>): Promise<number> {
  await store.backup(file);
  return (await stat(file)).size;
}
