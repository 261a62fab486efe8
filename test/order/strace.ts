// strace beside a gateway that runs: it writes down system calls, lets them fail, or kills at one of them.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { until } from '../support/until.ts';

/** Why no test can use strace here; undefined: they can. */
export function whyNoStrace(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], {
    encoding: 'utf8',
  });
  if (error) return 'strace is not installed';
  return status === 0 ? undefined : `strace may not trace here: ${stderr.trim()}`;
}

export interface Strace {
  /** Lets the process go on alone, and resolves when the log is complete. Also right when the process has died. */
  detach(): Promise<void>;
}

/** Resolves when every thread of the process is traced. @param args of strace, beside the process */
export async function attachStrace(pid: number, args: readonly string[]): Promise<Strace> {
  const strace = spawn('strace', ['-f', '-p', String(pid), ...args]);
  const ended = once(strace, 'exit');
  let errors = '';
  strace.stderr.on('data', (text) => (errors += String(text)));
  await until(() => {
    if (strace.exitCode !== null) throw new Error(`strace ended: ${errors}`);
    return errors.includes(`Process ${pid} attached`);
  });
  return {
    async detach() {
      strace.kill('SIGINT');
      await ended;
    },
  };
}

/** One system call of the log. */
export interface SystemCall {
  readonly name: string;
  /** As strace writes them, with the path or kind of each file descriptor (`-y`). */
  readonly args: string;
  /** What it returned; `?` when the process died in it. */
  result: string;
  /** Places in the log: what begins later has a higher one. */
  readonly begunAt: number;
  endedAt: number;
}

const line = /^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$/;

/** The calls of a log that was written with `-f -o file`, in the order in which they began. */
export async function readCalls(file: string): Promise<readonly SystemCall[]> {
  const calls: SystemCall[] = [];
  const open = new Map<string, SystemCall>();
  let place = 0;
  for await (const text of createInterface({ input: createReadStream(file) })) {
    place += 1;
    const [, thread = '', resumed, name, args = ''] = line.exec(text) ?? [];
    const isUnfinished = args.endsWith('<unfinished ...>');
    const call = resumed === undefined ? undefined : open.get(thread);
    if (call) {
      call.endedAt = place;
      call.result = resultOf(args);
    } else if (name !== undefined) {
      const ended = isUnfinished
        ? { endedAt: Infinity, result: '?' }
        : { endedAt: place, result: resultOf(args) };
      const begun = { name, args, begunAt: place, ...ended };
      calls.push(begun);
      if (isUnfinished) open.set(thread, begun);
    }
  }
  return calls;
}

function resultOf(text: string): string {
  return text.slice(text.lastIndexOf(' = ') + 3);
}
