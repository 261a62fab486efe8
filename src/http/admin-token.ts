// The token of the page and the API, where the configuration has none: made once, kept beside the queue.
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';

/**
 * Reads the token from the file, or makes one and writes it there (mode 0600).
 * @throws the file system's error when the file can neither be read nor written
 */
export async function loadAdminToken(file: string): Promise<string> {
  const known = await readFile(file, 'utf8').catch(() => '');
  if (known.trim() !== '') return known.trim();
  const token = randomBytes(24).toString('base64url');
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return token;
}
