// The sidecar as packaging/kubernetes/sidecar.yaml runs it: built, with its environment, and with no more memory than its limit.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createControlGroup } from '../support/control-group.ts';
import { freePort } from '../support/free-port.ts';
import { shippedFlags } from '../support/shipped-start.ts';
import { sidecarEnvironment, writeSidecarFile } from '../support/sidecar-files.ts';
import { until } from '../support/until.ts';
import { root } from './package-artefact.ts';
import { runShipped } from './shipped-gateway.ts';

export interface ConfinedSidecar extends AsyncDisposable {
  readonly port: number;
  /** Whether the system enforces the limit. */
  readonly isConfined: boolean;
  readonly hasEnded: () => boolean;
  readonly output: () => string;
  /** What it has for itself just now: without the pages of files, which the system may take back. */
  ownBytes(): Promise<number>;
}

export interface SidecarOptions {
  readonly limitBytes: number;
  /** Its program is read into the memory that it is given, too, as in a pod that nothing else of the image runs beside. */
  readonly ownProgram: boolean;
}

export async function startConfinedSidecar(
  sandbox: Sandbox,
  { limitBytes, ownProgram }: SidecarOptions,
): Promise<ConfinedSidecar> {
  const folder = await mkdtemp(join(tmpdir(), 'graphpost-sidecar-'));
  const main = await build(folder);
  const port = await freePort();
  const config = await writeSidecarFile(folder, sandbox);
  const node = ownProgram ? await copyProgram(folder) : process.execPath;
  const group = await createControlGroup(limitBytes);
  const ofManifest = await sidecarEnvironment(folder, {
    app: sandbox,
    listen: `127.0.0.1:${port}`,
    telemetry: `127.0.0.1:${await freePort()}`,
  });
  const env = { ...ofManifest, PATH: process.env['PATH'] };
  // As the image starts it.
  const start = [node, ...shippedFlags, main, 'serve', '--config', config];
  const [command = '', ...args] = group.enter(start);
  const child = spawn(command, args, { env });
  let output = '';
  child.stdout.on('data', (text) => (output += String(text)));
  child.stderr.on('data', (text) => (output += String(text)));
  await until(() => {
    if (hasEnded(child)) throw new Error(`The sidecar ended (${child.signalCode}): ${output}`);
    return output.includes('"event":"started"');
  });
  return {
    port,
    isConfined: group.isEnforced,
    hasEnded: () => hasEnded(child),
    output: () => output,
    ownBytes: () => readOwnBytes(child.pid ?? 0),
    async [Symbol.asyncDispose]() {
      if (!hasEnded(child)) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      await group[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

/** As the package has it. */
async function build(folder: string): Promise<string> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const compile = ['-p', join(root, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')];
  const { exitCode, output } = await runShipped([process.execPath, compiler, ...compile]);
  if (exitCode !== 0) throw new Error(`It does not compile: ${output}`);
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'dist/main.js');
}

/** Its pages are in no one's memory until it runs. */
async function copyProgram(folder: string): Promise<string> {
  const node = join(folder, 'node');
  const copy = 'cp "$1" "$2" && sync -d "$2" && dd if="$2" iflag=nocache count=0';
  const { exitCode, output } = await runShipped(['sh', '-c', copy, 'sh', process.execPath, node]);
  if (exitCode !== 0) throw new Error(`The program was not copied: ${output}`);
  return node;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function readOwnBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? NaN) * 1024;
}
