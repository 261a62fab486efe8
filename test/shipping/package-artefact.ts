// The package as `npm pack` makes it, from a copy of the repository, so that nothing in the working tree changes.
import { cp, mkdir, mkdtemp, readFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { z } from 'zod';
import { runShipped } from './shipped-gateway.ts';

export const root = join(import.meta.dirname, '../..');

/** npm and what it starts find the Node of this test first. */
export const npmEnv = {
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
};

export interface PackageArtefact {
  /** To be removed by whoever asked for it. */
  readonly folder: string;
  readonly tarball: string;
  /** Paths in the package, sorted. */
  readonly files: readonly string[];
}

const packed = z.tuple([
  z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
]);

/** Everything of the repository is there to be packed, even what must not be. */
export async function packArtefact(): Promise<PackageArtefact> {
  const folder = await mkdtemp(join(tmpdir(), 'graphpost-package-'));
  const copy = join(folder, 'repository');
  const left = ['.git', '.vitest', 'node_modules', 'dist', 'data'].map((name) => join(root, name));
  await cp(root, copy, { recursive: true, filter: (path) => !left.includes(path) });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  const npmPack = ['npm', 'pack', '--json', '--silent', '--pack-destination', folder];
  const { exitCode, output } = await runShipped(npmPack, { cwd: copy, env: npmEnv });
  if (exitCode !== 0) throw new Error(`npm pack ended with ${exitCode}: ${output}`);
  const [{ filename, files }] = packed.parse(JSON.parse(output.slice(output.indexOf('[\n'))));
  const paths = files.map(({ path }) => path).sort();
  return { folder, tarball: join(folder, filename), files: paths };
}

const lock = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })),
});

/** As npm would install it, but from this repository's node_modules: only what the lock file does not call `dev`. */
export async function installFromLock({ folder, tarball }: PackageArtefact): Promise<string> {
  const modules = join(folder, 'app/node_modules');
  const { packages } = lock.parse(
    JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')),
  );
  const names = Object.entries(packages)
    .filter(([path, { dev }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && dev !== true)
    .map(([path]) => path.slice('node_modules/'.length));
  await mkdir(join(modules, 'graphpost'), { recursive: true });
  for (const name of names) {
    await cp(join(root, 'node_modules', name), join(modules, name), { recursive: true });
  }
  const extract = [
    'tar',
    '-xzf',
    tarball,
    '-C',
    join(modules, 'graphpost'),
    '--strip-components=1',
  ];
  const { exitCode, output } = await runShipped(extract);
  if (exitCode !== 0) throw new Error(`tar ended with ${exitCode}: ${output}`);
  return join(modules, 'graphpost/dist/main.js');
}
