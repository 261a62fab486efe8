// Paths of somebody else's file, as ours has to name them.
import { win32 } from 'node:path';
import type { Reading } from './import-findings.ts';

/** One of Windows is none of this machine: the file is expected beside the configuration. */
export function pathOf(
  path: string,
  { setting, findings, resolvePath }: Reading & { readonly setting: string },
): string {
  const isOfWindows = /^([A-Za-z]:[\\/]|\\\\)/.test(path);
  if (!isOfWindows || process.platform === 'win32') return resolvePath(path);
  const name = win32.basename(path);
  findings.toDo(setting, `copy ${path} beside the configuration, as ${name}`);
  return name;
}
