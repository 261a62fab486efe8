// Writes messages as they are stored into .eml files: nothing is overwritten, and others on the machine cannot read them.
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatCount } from '../http/words.ts';
import { ApiProblem, type Meant, type QueueApi } from './queue-api.ts';
import { showProgress, type TerminalIo } from './terminal.ts';

export interface ExportIo extends Pick<TerminalIo, 'stderr'> {
  readonly api: Pick<QueueApi, 'list' | 'raw'>;
  readonly stdout: NodeJS.WritableStream;
}

/** One message goes to a file, a folder or standard output; several go into a folder. Returns the exit code. */
export async function exportMessages(
  { meant, output }: { readonly meant: Meant; readonly output?: string },
  io: ExportIo,
): Promise<number> {
  const only = 'ids' in meant && meant.ids.length === 1 ? meant.ids[0] : undefined;
  if (output === undefined) {
    for await (const piece of await io.api.raw(only ?? '')) await write(io.stdout, piece);
    return 0;
  }
  if (only !== undefined && !(await isFolder(output))) {
    return await exportOne(only, output, io);
  }
  await mkdir(output, { recursive: true, mode: 0o700 });
  return await exportInto(output, meant, io);
}

async function exportInto(folder: string, meant: Meant, io: ExportIo): Promise<number> {
  let [written, code] = [0, 0];
  for await (const id of messagesOf(meant, io.api)) {
    const file = join(folder, `${id.replaceAll(/[^\w-]/g, '_')}.eml`);
    if ((await exportOne(id, file, io)) === 0) written += 1;
    else code = 1;
    showProgress(io, `${written} written`);
  }
  showProgress(io, '');
  io.stderr.write(`${formatCount(written, 'message')} written into ${folder}\n`);
  return code;
}

/** Each message once, however many deliveries it has. */
async function* messagesOf(meant: Meant, api: ExportIo['api']): AsyncGenerator<string> {
  if ('ids' in meant) return yield* meant.ids;
  const seen = new Set<string>();
  for await (const { messageId } of api.list('filter' in meant ? meant.filter : {})) {
    if (seen.has(messageId)) continue;
    seen.add(messageId);
    yield messageId;
  }
}

async function exportOne(id: string, file: string, io: ExportIo): Promise<number> {
  try {
    await writeFile(file, () => io.api.raw(id));
    return 0;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    io.stderr.write(`${id}: ${reason}\n`);
    return 1;
  }
}

/**
 * The file comes first: a body that is asked for, and then not read, holds its connection. A file that was not written
 * whole is taken away again.
 */
async function writeFile(
  file: string,
  ask: () => Promise<AsyncIterable<Uint8Array>>,
): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    for await (const piece of await ask()) await handle.writeFile(piece);
  } catch (error) {
    await rm(file);
    throw error;
  } finally {
    await handle.close();
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function write(stream: NodeJS.WritableStream, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(piece, (error) => (error ? reject(error) : resolve()));
  });
}
