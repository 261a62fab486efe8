// Which process listens on a port, as far as Linux lets this one see.
import { readdir, readFile, readlink } from 'node:fs/promises';

/** State of a socket in /proc/net/tcp: it listens. */
const listening = '0A';

/** Such as `nginx (pid 812)`; undefined where that cannot be told. */
export async function processAt(port: number): Promise<string | undefined> {
  const inodes = new Set(
    (await Promise.all([socketsOf('tcp', port), socketsOf('tcp6', port)])).flat(),
  );
  if (inodes.size === 0) return undefined;
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (/^\d+$/.test(pid) && (await holds(pid, inodes))) return await nameOf(pid);
  }
  return undefined;
}

/** The inodes of the sockets that listen there. */
async function socketsOf(table: 'tcp' | 'tcp6', port: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/net/${table}`, 'utf8').catch(() => '');
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return text.split('\n').flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    return local?.endsWith(ending) && state === listening && inode !== undefined ? [inode] : [];
  });
}

async function holds(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const files = await readdir(folder).catch(() => []);
  const targets = await Promise.all(
    files.map((file) => readlink(`${folder}/${file}`).catch(() => '')),
  );
  return targets.some((target) => inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? ''));
}

async function nameOf(pid: string): Promise<string> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  return `${name.trim() || 'unknown'} (pid ${pid})`;
}
