// The token of the page and the API, where the configuration has none: made once, kept beside the queue.
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../config/config.ts';

/** Where it lies; with a queue in PostgreSQL, in the folder where the queue would be by default. */
export function adminTokenFileOf({ queue, file }: Pick<Config, 'queue' | 'file'>): string {
  const { store } = queue;
  const folder = store.kind === 'sqlite' ? dirname(store.file) : join(dirname(file), '../data');
  return join(folder, 'admin-token');
}

/**
 * Reads the token from the file, or makes one and writes it there (mode 0600). Of several who make one at the same time,
 * whoever is first has made it for all.
 * @throws the file system's error when the file can neither be read nor written
 */
export async function loadAdminToken(file: string): Promise<string> {
  const known = await readAdminToken(file);
  if (known !== undefined) return known;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await appendToken(file, randomBytes(24).toString('base64url'));
  const made = await readAdminToken(file);
  if (made === undefined) throw new Error(`The admin token in "${file}" was taken away`);
  return made;
}

/**
 * Its first line that is not blank; undefined where there is none, or no file.
 * @throws the file system's error when it cannot be read
 */
export async function readAdminToken(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (isAbsence(error)) return '';
    throw error;
  });
  return firstLineOf(text)?.trim();
}

/** A line is appended whole, so that the first one is the same for all who look; what is behind it goes again. */
async function appendToken(file: string, token: string): Promise<void> {
  const handle = await open(file, 'a+', 0o600);
  try {
    // It may have been there, empty, for everybody to read.
    await handle.chmod(0o600);
    await handle.appendFile(`${token}\n`);
    await handle.sync();
    const text = await readFile(file, 'utf8');
    const first = firstLineOf(text) ?? '';
    await handle.truncate(Buffer.byteLength(text.slice(0, text.indexOf(first) + first.length + 1)));
  } finally {
    await handle.close();
  }
}

function firstLineOf(text: string): string | undefined {
  return text.split('\n').find((line) => line.trim() !== '');
}

function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
