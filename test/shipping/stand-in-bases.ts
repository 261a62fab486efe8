// Base images in place of those of the Dockerfile, made of this machine's own files: nothing is pulled from a registry of images.
import { cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Containers } from './containers.ts';
import { runShipped } from './shipped-gateway.ts';

/** With Node, npm, a shell and the programs that npm's scripts call. */
export const buildBase = 'localhost/stand-in-build:1';
/** With Node and what it needs, as distroless has it: no shell, no other program. */
export const runtimeBase = 'localhost/stand-in-runtime:1';

const authorities = '/etc/ssl/certs/ca-certificates.crt';
/** What `npm run build` and the RUN lines call. */
const programs = 'cat chmod cp env ln ls mkdir mv rm sh uname'.split(' ');

/** @param folder empty; what the images are made of goes there, and must stay until they are made. */
export async function makeStandInBases(containers: Containers, folder: string): Promise<void> {
  const build = join(folder, 'build');
  await addProgram(process.execPath, { root: build, as: '/usr/local/bin/node' });
  for (const name of programs) await addProgram(await findProgram(name), { root: build });
  await addFile(authorities, build);
  await cp(await findNpm(), join(build, 'usr/local/lib/node_modules/npm'), { recursive: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(build, 'usr/local/bin/npm'));
  await commit(containers, { root: build, name: buildBase });

  const runtime = join(folder, 'runtime');
  await addProgram(process.execPath, { root: runtime, as: '/nodejs/bin/node' });
  await addFile(authorities, runtime);
  await writeFile(
    join(runtime, 'etc/passwd'),
    'nonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n',
  );
  await commit(containers, { root: runtime, name: runtimeBase });
}

async function commit(
  containers: Containers,
  { root, name }: { readonly root: string; readonly name: string },
): Promise<void> {
  await mkdir(join(root, 'tmp'), { mode: 0o777 });
  const container = name.replaceAll(/\W/g, '-');
  await containers.buildah(['from', `--name=${container}`, 'scratch']);
  await containers.buildah(['copy', '-q', container, root, '/']);
  const trust = [`NODE_EXTRA_CA_CERTS=${authorities}`, `npm_config_cafile=${authorities}`];
  const env = ['PATH=/nodejs/bin:/usr/local/bin:/usr/bin:/bin', ...trust];
  const options = env.flatMap((assignment) => ['--env', assignment]);
  await containers.buildah(['config', ...options, container]);
  await containers.buildah(['commit', '-q', '--rm', container, name]);
}

/** With the libraries that it is linked to, each at its own place. */
async function addProgram(
  file: string,
  {
    root,
    as = `/usr/bin/${file.split('/').at(-1)}`,
  }: { readonly root: string; readonly as?: string },
): Promise<void> {
  await copy(file, join(root, as));
  if (as === '/usr/bin/sh') await copy(file, join(root, 'bin/sh'));
  const { output } = await runShipped(['ldd', file]);
  for (const [library] of output.matchAll(/(?<=\s)\/\S+/g)) await addFile(library, root);
}

async function addFile(file: string, root: string): Promise<void> {
  await copy(file, join(root, file));
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(await realpath(from), to);
}

async function findProgram(name: string): Promise<string> {
  const { exitCode, output } = await runShipped(['sh', '-c', `command -v ${name}`]);
  if (exitCode !== 0) throw new Error(`There is no ${name} on this machine`);
  return output.trim();
}

/** Where npm itself lies, of which the command is a link. */
async function findNpm(): Promise<string> {
  return dirname(dirname(await realpath(await findProgram('npm'))));
}
