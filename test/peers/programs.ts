// Programs of this machine: whether they are there, and running them.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where `.ci/clients` unpacks what cannot be installed. */
const unpackedFolder = process.env['GRAPHPOST_TEST_CLIENTS_FOLDER'] ?? '/opt/graphpost-clients';

/** A file of an unpacked package. */
export function unpacked(debianPackage: string, path: string): string {
  return join(unpackedFolder, debianPackage, path);
}

/** Why a file is not there; undefined when it is. */
export function missingFile(file: string): string | undefined {
  return existsSync(file) ? undefined : 'not installed';
}

/** Why a program, or what it needs, is not there; undefined when `args` run well. */
export function missingProgram(program: string, args?: readonly string[]): string | undefined {
  try {
    if (args) execFileSync(program, args, { stdio: 'ignore' });
    else execFileSync('which', [program], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'not installed';
  }
}

/** Why no program can have a view of the file system of its own here; undefined when one can. */
export function missingNamespace(): string | undefined {
  return missingProgram('unshare', ['--mount', 'true']) && 'mounts nothing here';
}

export interface RunOptions {
  /** Its standard input. */
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

/** Resolves with all that the program wrote when it has ended well; rejects with it otherwise. */
export async function run(
  program: string,
  args: readonly string[],
  { input = '', env = {} }: RunOptions = {},
): Promise<string> {
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const output = collect(child);
  // A program that has ended takes no more: its exit code tells.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await ended(child);
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${output()}`);
  return output();
}

/** A program that runs until it is told to stop. */
export interface Service extends AsyncDisposable {
  /** What it wrote so far. */
  output(): string;
}

/** In a process group of its own, which ends with it. */
export function start(
  program: string,
  args: readonly string[],
  { env = {} }: Pick<RunOptions, 'env'> = {},
): Service {
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    detached: true,
  });
  const output = collect(child);
  const end = ended(child);
  return {
    output,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
      await end;
    },
  };
}

function collect({ stdout, stderr }: ChildProcess): () => string {
  const pieces: Buffer[] = [];
  for (const stream of [stdout, stderr]) {
    stream?.on('data', (piece: Buffer) => pieces.push(piece));
  }
  return () => Buffer.concat(pieces).toString();
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
}
