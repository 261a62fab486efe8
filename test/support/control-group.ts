// A limit for the memory of a process, as a container has one: a control group of Linux (cgroups(7)).
import { existsSync } from 'node:fs';
import { access, constants, mkdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from './until.ts';

export interface ControlGroup extends AsyncDisposable {
  readonly isEnforced: boolean;
  /** The command, as one that enters the group first. */
  enter(command: readonly string[]): readonly string[];
}

const groups = '/sys/fs/cgroup';
const firstHierarchy = join(groups, 'memory');

/** Where this process may make none, one without effect. */
export async function createControlGroup(limitBytes: number): Promise<ControlGroup> {
  const isFirst = existsSync(firstHierarchy);
  const group = join(isFirst ? firstHierarchy : groups, `graphpost-${process.pid}`);
  const limits = isFirst
    ? ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes']
    : ['memory.max'];
  try {
    await mkdir(group);
    for (const name of limits) await writeFile(join(group, name), String(limitBytes));
    await access(join(group, 'cgroup.procs'), constants.W_OK);
  } catch {
    await rmdir(group).catch(() => undefined);
    return { isEnforced: false, enter: (command) => command, async [Symbol.asyncDispose]() {} };
  }
  return {
    isEnforced: true,
    enter: (command) => [
      'sh',
      '-c',
      `echo $$ > ${group}/cgroup.procs; exec "$@"`,
      'sh',
      ...command,
    ],
    [Symbol.asyncDispose]: () => remove(group),
  };
}

/** The system needs a moment to see that the process is gone. */
async function remove(group: string): Promise<void> {
  await until(() =>
    rmdir(group).then(
      () => true,
      () => false,
    ),
  );
}
