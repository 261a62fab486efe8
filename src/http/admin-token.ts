// The token of the page and the API, where the configuration has none: made once, kept beside the queue.
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Name of the file in the data folder. */
export const adminTokenFile = 'admin-token';

/**
 * Reads the token from the data folder, or makes one there (mode 0600).
 * @throws the file system's error when the file can neither be read nor written
 */
export async function loadAdminToken(dataFolder: string): Promise<string> {
  const file = join(dataFolder, adminTokenFile);
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known.trim() !== '') return known.trim();
  const token = randomBytes(24).toString('base64url');
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return token;
}
