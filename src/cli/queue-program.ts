// The options of `graphpost queue`.
import { InvalidArgumentError, Option, type Command } from 'commander';
import { deliveryStates } from '../core/delivery.ts';
import type { ManyAction } from './queue-api.ts';
import type {
  ActOptions,
  ExportOptions,
  ListOptions,
  QueueIo,
  QueueOptions,
  RerouteOptions,
} from './queue.ts';

export interface QueueCommandOptions {
  readonly version: string;
  /** The option that names the configuration: flags and description. */
  readonly configOption: readonly [string, string];
  readonly io: () => QueueIo;
  readonly setExitCode: (code: number) => void;
}

/** What commander hands over: the options without the version. */
type Given<T extends QueueOptions> = Omit<T, 'version'>;

export function addQueue(
  program: Command,
  { version, configOption, io, setExitCode }: QueueCommandOptions,
): void {
  const queue = program
    .command('queue')
    .description('look into the queue and act on it; by the gateway that runs, else on the file');
  const add = (usage: string, description: string) =>
    queue
      .command(usage)
      .description(description)
      .option(...configOption)
      .option('--json', 'print the result as JSON', false);

  withFilter(add('ls', 'list deliveries, newest first'))
    .option('--limit <number>', 'at most this many', toCount, 50)
    .action(async (options: Given<ListOptions>) => {
      const { runQueueList } = await import('./queue.ts');
      setExitCode(await runQueueList({ ...options, version }, io()));
    });
  add('show', 'show a message with its deliveries and attempts')
    .argument('<id>', 'queue id')
    .action(async (id: string, options: Given<QueueOptions>) => {
      const { runQueueShow } = await import('./queue.ts');
      setExitCode(await runQueueShow(id, { ...options, version }, io()));
    });
  for (const { name, action, description } of acts) {
    const command = withMany(add(name, description));
    if (action === 'remove') command.option('-y, --yes', 'do not ask', false);
    command.action(async (ids: string[], options: Given<ActOptions>) => {
      const { runQueueAct } = await import('./queue.ts');
      setExitCode(await runQueueAct({ action, ids }, { ...options, version }, io()));
    });
  }
  withMany(add('reroute', 'route messages anew, by the configuration of today'))
    .option('--dry-run', 'only say what would change', false)
    .option('--force', 'those that may have been sent, too', false)
    .action(async (ids: string[], options: Given<RerouteOptions>) => {
      const { runQueueReroute } = await import('./queue.ts');
      setExitCode(await runQueueReroute(ids, { ...options, version }, io()));
    });
  withMany(add('export', 'write messages as .eml'))
    .option('-o, --output <path>', 'file, or folder for several; else standard output')
    .action(async (ids: string[], options: Given<ExportOptions>) => {
      const { runQueueExport } = await import('./queue.ts');
      setExitCode(await runQueueExport(ids, { ...options, version }, io()));
    });
  add('stats', 'say how much waits, and in which lanes').action(
    async (options: Given<QueueOptions>) => {
      const { runQueueStats } = await import('./queue.ts');
      setExitCode(await runQueueStats({ ...options, version }, io()));
    },
  );
  add('backup', 'copy the whole queue into a new file, while mail goes on')
    .argument('<file>', "on the gateway's machine")
    .action(async (file: string, options: Given<QueueOptions>) => {
      const { runQueueBackup } = await import('./queue.ts');
      setExitCode(await runQueueBackup(file, { ...options, version }, io()));
    });
}

const acts: readonly {
  readonly name: string;
  readonly action: ManyAction;
  readonly description: string;
}[] = [
  { name: 'retry', action: 'retry', description: 'attempt again now, also what has failed' },
  { name: 'hold', action: 'hold', description: 'keep waiting until it is released' },
  { name: 'release', action: 'release', description: 'let go what is held' },
  { name: 'rm', action: 'remove', description: 'forget for good, and tell nobody' },
];

function withMany(command: Command): Command {
  return withFilter(command.argument('[id...]', 'queue ids, or ids of deliveries')).option(
    '--all',
    'everything that the filter finds',
    false,
  );
}

/** Shells complete its values; a wrong one is told of with the rest of the filter. */
function stateOption(): Option {
  const option = new Option('--state <state>', 'where it stands');
  option.argChoices = [...deliveryStates];
  return option;
}

function withFilter(command: Command): Command {
  return command
    .addOption(stateOption())
    .option('--client <name>', 'who handed it over')
    .option('--route <name>', 'the rule that it took')
    .option('--connection <name>', 'the connection that its next attempt takes')
    .option('--lane <lane>', 'as "queue stats" and "queue show" name it')
    .option('--address <text>', 'a part of a sender or recipient')
    .option('--subject <text>', 'a part of the subject')
    .option('--message-id <id>', 'its Message-ID')
    .option('--since <time>', 'received since: a time, or an age such as 2h or 3d')
    .option('--until <time>', 'received before');
}

export function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new InvalidArgumentError('A whole number, 1 or more.');
  return count;
}
