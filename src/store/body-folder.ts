// Files for bodies of direct connections: without a name from the start, so that nothing of them outlives the process.
import { randomUUID } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StoreError, type BodyFile, type BodyFolder } from '../relay/ports.ts';

/** Rejects, with a sentence for the operator, when no file can be made there. */
export async function openBodyFolder(folder: string): Promise<BodyFolder> {
  try {
    await (await createFile(folder)).close();
  } catch (cause) {
    throw new Error(`direct.folder: "${folder}" cannot be written: ${messageOf(cause)}`, { cause });
  }
  return {
    async create() {
      return new NamelessFile(await inTrouble(() => createFile(folder)));
    },
  };
}

/** A crash between the two steps leaves an empty file; one after them nothing. */
async function createFile(folder: string): Promise<FileHandle> {
  const file = join(folder, `graphpost-${randomUUID()}.body`);
  const handle = await open(file, 'wx+', 0o600);
  await rm(file, { force: true });
  return handle;
}

const pieceBytes = 65_536;

class NamelessFile implements BodyFile {
  readonly #handle: FileHandle;
  #sizeBytes = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(piece: Uint8Array): Promise<void> {
    for (let rest = piece; rest.length > 0;) {
      const { bytesWritten } = await inTrouble(() =>
        this.#handle.write(rest, 0, rest.length, this.#sizeBytes),
      );
      this.#sizeBytes += bytesWritten;
      rest = rest.subarray(bytesWritten);
    }
  }

  async *read({ start, end }: { readonly start: number; readonly end: number }) {
    const room = new Uint8Array(Math.min(pieceBytes, end - start));
    for (let at = start; at < end;) {
      const wanted = Math.min(room.length, end - at);
      const { bytesRead } = await inTrouble(() => this.#handle.read(room, 0, wanted, at));
      if (bytesRead === 0) throw new StoreError('corrupt', 'The file of a body is too short');
      yield room.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  async remove(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
  }
}

const fullCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EMFILE', 'ENFILE']);

async function inTrouble<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const text = `A body cannot be kept in direct.folder: ${messageOf(cause)}`;
    throw new StoreError(fullCodes.has(code) ? 'full' : 'away', text, { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
