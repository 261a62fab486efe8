// Writes an imported configuration and its secrets: nothing is overwritten unasked, and others cannot read it.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { placeholders } from '../config/placeholders.ts';
import type { Imported, ImportedSecret } from '../setup/import-findings.ts';

export interface Written {
  readonly file: string;
  /** Absolute paths. */
  readonly secrets: readonly string[];
}

/** Those of the configuration and of its secrets that are there already. */
export function findFilesInTheWay(
  file: string,
  secrets: readonly ImportedSecret[],
): readonly string[] {
  const paths = secrets.map(({ path }) => resolve(dirname(file), path));
  return [file, ...paths].filter((path) => existsSync(path));
}

/** Secrets first: a configuration that names what is not there would be faulty. */
export function writeImport({
  file,
  yaml,
  imported,
}: {
  readonly file: string;
  readonly yaml: string;
  readonly imported: Imported;
}): Written {
  mkdirSync(dirname(file), { recursive: true });
  const secrets = imported.secrets.map((secret) => writeSecret(secret, dirname(file)));
  writePrivately(file, yaml);
  return { file, secrets };
}

/** What somebody has put in stays, where the source has nothing better. */
function writeSecret({ path, value }: ImportedSecret, folder: string): string {
  const file = resolve(folder, path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (value !== undefined || !existsSync(file)) {
    writePrivately(file, `${value ?? placeholders.secret}\n`);
  }
  return file;
}

function writePrivately(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  // One that was there keeps its mode otherwise.
  chmodSync(file, 0o600);
}
