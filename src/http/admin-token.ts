// The token of the page and the API, where the configuration has none: made once, kept beside the queue.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../config/config.ts';

/** Where it lies; with a queue in PostgreSQL, in the folder where the queue would be by default. */
export function adminTokenFileOf({ queue, file }: Pick<Config, 'queue' | 'file'>): string {
  const { store } = queue;
  const folder = store.kind === 'sqlite' ? dirname(store.file) : join(dirname(file), '../data');
  return join(folder, 'admin-token');
}

/**
 * Reads the token from the file, or makes one and writes it there (mode 0600).
 * @throws the file system's error when the file can neither be read nor written
 */
export async function loadAdminToken(file: string): Promise<string> {
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known.trim() !== '') return known.trim();
  const token = randomBytes(24).toString('base64url');
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return token;
}
