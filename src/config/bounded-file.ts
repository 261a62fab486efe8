// Reads a file that an operator named: it may be another one than was meant, and must not stop the process.
import { readFileSync, statSync } from 'node:fs';

/** No person writes more. */
const maxFileBytes = 1_000_000;

/** It is there, and is not what may be read. */
export class UnfitFile extends Error {
  override readonly name = 'UnfitFile';
}

/** Throws the file system's error, and `UnfitFile`, whose message goes on from the name of the file. */
export function readBoundedFile(path: string): Buffer {
  const { size } = requireFile(path);
  if (size > maxFileBytes) throw new UnfitFile(`has more than ${maxFileBytes} bytes`);
  return readFileSync(path);
}

/** To open a pipe waits for whoever writes into it, for ever. */
function requireFile(path: string): { readonly size: number } {
  const found = statSync(path);
  if (!found.isFile() && !found.isDirectory())
    throw new UnfitFile('is no file but a device or pipe');
  return found;
}
