// The options of `graphpost import`.
import type { Command } from 'commander';
import type { ImportIo, ImportOptions, Product } from './import.ts';
import type { QueueImportIo, QueueImportOptions } from './import-queue.ts';
import { passwordVariable } from './password-variable.ts';

export interface ImportCommandOptions {
  /** The option that names the configuration: flags and description. */
  readonly configOption: readonly [string, string];
  readonly io: () => ImportIo & QueueImportIo;
  readonly setExitCode: (code: number) => void;
}

export function addImport(program: Command, options: ImportCommandOptions): void {
  const group = program
    .command('import')
    .description("make a configuration of another program's, or take its waiting mail over");
  addConverter(group, { ...options, product: 'smtp2graph' })
    .description('from the config.yml of SMTP2Graph')
    .argument('<file>', 'config.yml');
  addConverter(group, { ...options, product: 'postfix' })
    .description('from a main.cf of Postfix that relays, and the tables that it names')
    .argument('<file>', 'main.cf; tables beside it are taken first');
  addConverter(group, { ...options, product: 'wp-mail-smtp' })
    .description('from WP Mail SMTP: its constants, its settings, or both')
    .argument('<file...>', 'wp-config.php, and options of the plugin as JSON');
  addQueueImport(group, options);
}

function addConverter(
  group: Command,
  { product, io, setExitCode }: ImportCommandOptions & { readonly product: Product },
): Command {
  return group
    .command(product)
    .option('-o, --output <file>', 'write it there, and secrets beside it; else standard output')
    .option('--force', 'overwrite what is there', false)
    .option('--json', 'print the result as JSON', false)
    .action(async (files: string | string[], options: ImportOptions) => {
      const { runImport } = await import('./import.ts');
      setExitCode(runImport({ product, files: [files].flat() }, options, io()));
    });
}

function addQueueImport(
  group: Command,
  { configOption, io, setExitCode }: ImportCommandOptions,
): void {
  group
    .command('smtp2graph-queue')
    .description('hand the mail that waits in a folder of SMTP2Graph to a gateway that runs')
    .argument('<folder>', 'mailroot, or its queue')
    .option('--to <host:port>', 'the listener; else one of the configuration')
    .option('--listener <name>', 'which one; else the first')
    .option(...configOption)
    .option('--failed', 'also what SMTP2Graph has given up', false)
    .option('--temp', 'also what it never finished: some of it may be cut short', false)
    .option('--username <name>', `log in; ${passwordVariable} has the password`)
    .option('--dry-run', 'only say what would go to whom', false)
    .option('--json', 'print the result as JSON', false)
    .action(async (folder: string, options: Omit<QueueImportOptions, 'folder'>) => {
      const { runQueueImport } = await import('./import-queue.ts');
      setExitCode(await runQueueImport({ ...options, folder }, io()));
    });
}
