// `graphpost queue …` in this process, without a terminal, as a shell would run it.
import { Command } from 'commander';
import { addQueue } from '../../src/cli/queue-program.ts';
import { createCliIo } from './cli-io.ts';

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
  { configFile, folder, env }: QueueCommandPlace,
): Promise<QueueCommandRun> {
  const { io, written } = createCliIo({ cwd: folder, ...(env && { env }) });
  let code = -1;
  const program = new Command('graphpost').exitOverride().configureOutput({ writeErr() {} });
  addQueue(program, {
    version: '0.0.0',
    configOption: ['-c, --config <file>', 'configuration file'],
    io: () => io,
    setExitCode: (given) => (code = given),
  });
  const [command = '', ...rest] = args;
  const given = ['queue', command, '--config', configFile, ...rest];
  await program.parseAsync(given, { from: 'user' });
  return { code, ...written() };
}
