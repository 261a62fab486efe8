// Copies the queue file into a new one while the store goes on working.
import { open, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { backup, type DatabaseSync } from 'node:sqlite';
import { StoreError } from '../../relay/ports.ts';

/** 1 MiB: a commit waits for one such step at most. What is written meanwhile goes into the copy, too. */
const pagesPerStep = 256;

/**
 * Nothing may be written while the first step is made: Node takes the SQLITE_LOCKED that it would get for the end of the
 * copy, and for no error. Later steps it repeats.
 */
export interface FirstStep {
  begin(): void;
  end(): void;
}

/**
 * Resolves when the copy is durable. A crash leaves a file that is no queue yet.
 * @throws StoreError `away` when there is such a file already; what the file system throws
 */
export async function copyDatabase(
  db: DatabaseSync,
  { file, firstStep }: { readonly file: string; readonly firstStep: FirstStep },
): Promise<void> {
  await makeFile(file);
  try {
    firstStep.begin();
    await backup(db, file, { rate: pagesPerStep, progress: () => firstStep.end() }).finally(() =>
      firstStep.end(),
    );
    await syncFolder(dirname(resolve(file)));
  } catch (error) {
    for (const each of [file, `${file}-journal`]) await rm(each, { force: true });
    throw error;
  }
}

/** For the gateway alone, because mail will be in it. */
async function makeFile(file: string): Promise<void> {
  try {
    await (await open(file, 'wx', 0o600)).close();
  } catch (cause) {
    const isThere = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const message = isThere
      ? `The file "${file}" is there already: give the backup another name`
      : `The backup "${file}" cannot be made: ${String(cause)}`;
    throw new StoreError('away', message, { cause });
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
