// Files that setup and renewal write: whole or not at all, and secret ones for their owner alone.
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Nobody but the owner reads it. */
export const secretMode = 0o600;

export interface FileWish {
  readonly mode: number;
  /** Another owner than this process; only root can give files away. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/**
 * Puts the text into the place of the file, which a crash leaves as it was or as it is to be. Follows no link: where
 * there is one, the file takes its place. Throws when it cannot be written.
 */
export function replaceFile(file: string, text: string, { mode, owner }: FileWish): void {
  mkdirSync(dirname(file), { recursive: true });
  const besides = `${file}.new`;
  rmSync(besides, { force: true });
  const descriptor = openSync(besides, 'wx', secretMode);
  try {
    writeFileSync(descriptor, text);
    fchmodSync(descriptor, mode);
    if (owner) fchownSync(descriptor, owner.uid, owner.gid);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(besides, file);
  syncFolder(dirname(file));
}

/** Puts a link into the place of the file, in one stroke. */
export function replaceByLink(file: string, target: string): void {
  const besides = `${file}.new`;
  rmSync(besides, { force: true });
  symlinkSync(target, besides);
  renameSync(besides, file);
  syncFolder(dirname(file));
}

/** Undefined where there is no such file. Throws when it cannot be read. */
export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Its permissions. Throws when there is no such file. */
export function modeOf(file: string): number {
  return statSync(file).mode & 0o777;
}

/** So that the new name outlives a power cut. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
