// Tells when what the configuration is made of has changed: its file, and those that it names.
import { createHash } from 'node:crypto';
import { realpathSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';
import { readBoundedFile } from './bounded-file.ts';

export interface WatchOptions {
  /** Called when the content of one of them is another than at the call before; never twice for one change. */
  readonly onChange: () => void;
  /** Their `digestOf` before they were read: what has changed since is told at once. Default: of now. */
  readonly known?: string;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** How often they are read where no event tells. Default: 10,000. */
  readonly pollMs?: number;
}

/** A program that writes a file makes several events of it. */
const settleMs = 200;

/**
 * Watches the folders, since editors and Kubernetes put another file or link into the place of the old one. Where a folder
 * cannot be watched (a network file system, no watches left), reading the files now and then tells as well.
 */
export function watchFiles(files: readonly string[], options: WatchOptions): void {
  const { onChange, signal, pollMs = 10_000 } = options;
  let known = options.known ?? digestOf(files);
  let settling: NodeJS.Timeout | undefined;
  let watchers: readonly FSWatcher[] = [];

  function look(): void {
    const found = digestOf(files);
    if (found === known) return;
    known = found;
    watchFolders();
    onChange();
  }

  function lookSoon(): void {
    clearTimeout(settling);
    settling = setTimeout(look, settleMs).unref();
  }

  /** Again after each change: a link may lead into another folder now. */
  function watchFolders(): void {
    for (const watcher of watchers) watcher.close();
    watchers = foldersOf(files).flatMap((folder) => tryToWatch(folder, lookSoon));
  }

  watchFolders();
  if (options.known !== undefined) lookSoon();
  const polling = setInterval(look, pollMs).unref();
  signal.addEventListener('abort', () => {
    clearTimeout(settling);
    clearInterval(polling);
    for (const watcher of watchers) watcher.close();
  });
}

function tryToWatch(folder: string, onEvent: () => void): readonly FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, onEvent);
    watcher.on('error', () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}

function foldersOf(files: readonly string[]): readonly string[] {
  const folders = files.flatMap((file) => [dirname(file), dirname(targetOf(file))]);
  return [...new Set(folders)];
}

function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** Of the content of them all; a file that is missing, or cannot be read, counts as that. */
export function digestOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) {
    const bytes = readIfFit(file);
    hash.update(typeof bytes === 'string' ? `${bytes} ` : `${bytes.length} `);
    hash.update(bytes);
  }
  return hash.digest('base64');
}

function readIfFit(file: string): Uint8Array | string {
  try {
    return readBoundedFile(file);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
