// A disk of a few MB: a file system in memory that only the processes see that are started into its name space.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const enterOwn = ['--mount', '--map-root-user', '--fork', '--kill-child'];

/** Why no test can have a small disk here; undefined: they can. */
export function whyNoSmallDisk(): string | undefined {
  const mount = ['sh', '-c', 'mount -t tmpfs -o size=1m tmpfs /mnt'];
  const { error, status, stderr } = spawnSync('unshare', [...enterOwn, ...mount], {
    encoding: 'utf8',
  });
  if (error) return 'unshare is not installed';
  return status === 0 ? undefined : `no file system may be mounted here: ${stderr.trim()}`;
}

export interface SmallDisk extends AsyncDisposable {
  /** As the processes see it that are started by `launcher`. */
  readonly folder: string;
  readonly launcher: readonly string[];
  /** Writes a file that takes all that is left. */
  fill(): Promise<void>;
  /** Removes that file. */
  clear(): Promise<void>;
}

export async function createSmallDisk({
  megabytes,
}: {
  readonly megabytes: number;
}): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'graphpost-disk-'));
  const mount = `mount -t tmpfs -o size=${megabytes}m tmpfs "${folder}" && echo mounted && exec sleep infinity`;
  const holder = spawn('unshare', [...enterOwn, 'sh', '-c', mount]);
  const ended = once(holder, 'exit');
  await once(holder.stdout, 'data');
  const inside = await childOf(holder.pid ?? 0);
  const filler = join(`/proc/${inside}/root`, folder, 'filler');
  return {
    folder,
    launcher: ['nsenter', '-t', inside, '-U', '-m', '--preserve-credentials'],
    async fill() {
      const block = Buffer.alloc(65_536);
      for (let isFull = false; !isFull;) {
        isFull = await writeFile(filler, block, { flag: 'a' }).then(
          () => false,
          () => true,
        );
      }
    },
    clear: () => rm(filler, { force: true }),
    async [Symbol.asyncDispose]() {
      holder.kill('SIGKILL');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** The process that `unshare` has made. */
async function childOf(parent: number): Promise<string> {
  const [thread = ''] = await readdir(`/proc/${parent}/task`);
  const children = await readFile(`/proc/${parent}/task/${thread}/children`, 'utf8');
  return children.trim();
}
