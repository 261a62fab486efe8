// The folders of SMTP2Graph in which mail lies.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface Folder {
  readonly path: string;
  readonly files: readonly string[];
}

export interface Folders {
  readonly taken: readonly Folder[];
  /** With mail that nobody asked for. */
  readonly left: readonly Folder[];
}

/** @param root `mailroot`, or a folder that holds messages itself */
export async function foldersOf(
  root: string,
  { failed, temp }: { readonly failed: boolean; readonly temp: boolean },
): Promise<Folders> {
  const queue = await folderAt(join(root, 'queue'));
  if (queue === undefined) {
    const itself = await folderAt(root);
    return { taken: itself && itself.files.length > 0 ? [itself] : [], left: [] };
  }
  const others = [
    { isWanted: failed, folder: await folderAt(join(root, 'failed')) },
    { isWanted: temp, folder: await folderAt(join(root, 'temp')) },
  ];
  const chosen = (wanted: boolean) =>
    others.flatMap(({ isWanted, folder }) => (folder && isWanted === wanted ? [folder] : []));
  return {
    taken: [queue, ...chosen(true)],
    left: chosen(false).filter(({ files }) => files.length > 0),
  };
}

/** Undefined where there is none. */
async function folderAt(path: string): Promise<Folder | undefined> {
  const names = await readdir(path).catch(() => undefined);
  const files = names?.filter((name) => name.toLowerCase().endsWith('.eml')).toSorted();
  return files && { path, files: files.map((name) => join(path, name)) };
}
