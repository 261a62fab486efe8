// `graphpost queue …` in this process, without a terminal, as a shell would run it.
import { Command } from 'commander';
import { PassThrough, Writable } from 'node:stream';
import { addQueue } from '../../src/cli/queue-program.ts';

export interface QueueCommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface QueueCommandPlace {
  readonly configFile: string;
  /** Where relative paths begin. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Rejects for what commander itself refuses. */
export async function runQueueCommand(
  args: readonly string[],
  { configFile, folder, env = {} }: QueueCommandPlace,
): Promise<QueueCommandRun> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  let code = -1;
  const program = new Command('graphpost').exitOverride().configureOutput({ writeErr() {} });
  addQueue(program, {
    version: '0.0.0',
    configOption: ['-c, --config <file>', 'configuration file'],
    io: () => ({
      ...{ stdin: new PassThrough(), stdout, stderr, env },
      cwd: folder,
      now: () => Date.now(),
    }),
    setExitCode: (given) => (code = given),
  });
  const [command = '', ...rest] = args;
  const given = ['queue', command, '--config', configFile, ...rest];
  await program.parseAsync(given, { from: 'user' });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

class Collected extends Writable {
  readonly #pieces: Buffer[] = [];

  override _write(piece: Buffer, _encoding: string, done: () => void): void {
    this.#pieces.push(piece);
    done();
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString('utf8');
  }
}
