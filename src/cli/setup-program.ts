// The options of `graphpost setup`.
import { randomBytes } from 'node:crypto';
import { hostname, platform } from 'node:os';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { credentialKinds, places } from '../setup/setup-choices.ts';
import { cliClock } from './cli-clock.ts';
import type { QueueCommandOptions } from './queue-program.ts';
import type { SetupIo, SetupOptions } from './setup.ts';

interface Given extends SetupOptions {
  readonly remove: boolean;
  readonly rehearse: boolean;
}

export function addSetup(program: Command, { io, setExitCode }: QueueCommandOptions): void {
  const command = program
    .command('setup')
    .description(
      'register an app for the gateway with Microsoft, and write a configuration; asks for what no option says, on a terminal',
    )
    .option('--mailbox <address...>', 'Microsoft 365: the mailboxes that mail leaves from')
    .option('--outlook <address>', 'Outlook.com: the mailbox, whose owner signs in afterwards')
    .option('--large-messages', 'messages of more than 3 MB, too (Mail.ReadWrite)')
    .option('--no-large-messages', 'messages of up to 3 MB (Mail.Send is enough)')
    .addOption(new Option('--runs <where>', 'where the gateway will run').choices(places))
    .addOption(
      new Option(
        '--credential <kind>',
        'what proves the app; else what suits the place: a certificate',
      ).choices(credentialKinds),
    )
    .option('--days <number>', 'life of the certificate or secret; 365 if absent', toNumber)
    .option(
      '--issuer <url>',
      'federated: whose tokens are taken, such as the cluster’s OIDC issuer',
    )
    .option('--subject <text>', 'federated: for whom, such as system:serviceaccount:mail:graphpost')
    .option(
      '--identity <id>',
      'managed-identity: "system", or the client id of a user-assigned one',
    )
    .option('--principal <id>', 'managed-identity: object id of its service principal')
    .option('--grant', 'grant the permissions in Entra, for ALL mailboxes of the tenant')
    .option('--consent-url', 'likewise, but print the page on which somebody else consents')
    .option('--administrative-unit <id>', 'restrict to the mailboxes of an administrative unit')
    .option('--tenant <id>', 'id or domain of the tenant; else that of the administrator')
    .option(
      '--client-id <id>',
      'the public client that the administrator signs in with; with --outlook: the app, which is there already',
    )
    .option('--name <text>', 'of the app, which is found again by it', 'Graphpost')
    .option('--connection <name>', 'of the connection; else main, or personal')
    .addOption(
      new Option('--cloud <name>', 'whose cloud')
        .choices(['global', 'usgov', 'dod', 'china'])
        .default('global'),
    )
    .option('--authority <origin>', 'another cloud: where tokens come from')
    .option('--graph <origin>', 'another cloud: where Graph is')
    .option(
      '-c, --config <file>',
      'the file to write; else GRAPHPOST_CONFIG, ./config/graphpost.yaml',
    )
    .option('--force', 'replace a configuration that is there; it is kept as .old', false)
    .addOption(
      new Option('--device', 'sign in by a code, on any device')
        .conflicts('browser')
        .default(false),
    )
    .option('--browser', 'sign in in a browser of this machine', false)
    .option(
      '--print',
      'print the commands (Azure CLI, PowerShell) instead of doing anything',
      false,
    )
    .option('--rehearse', 'do it all against the built-in simulator; nothing stays', false)
    .option('--remove', 'take back what setup made, under the same --name and --connection', false)
    .option('-y, --yes', 'do not ask whether to go on', false)
    .option('--json', 'print the result as JSON, and ask nothing', false);
  command.action(async (given: Given) => {
    setExitCode(await run(given, withLogin(io())));
  });
}

async function run({ remove, rehearse, ...options }: Given, io: SetupIo): Promise<number> {
  if (remove) {
    const { runRemovalCommand } = await import('./setup-removal.ts');
    return await runRemovalCommand(options, io);
  }
  if (rehearse) {
    const { runRehearsal } = await import('./setup-rehearsal.ts');
    return await runRehearsal(options, io);
  }
  const { runSetupCommand } = await import('./setup.ts');
  return await runSetupCommand(options, io);
}

function withLogin(process: ReturnType<QueueCommandOptions['io']>): SetupIo {
  const io = {
    ...process,
    clock: cliClock,
    hostname: hostname(),
    randomBytes,
    platform: platform(),
  };
  return {
    ...io,
    async login(connection, config) {
      const { runLogin } = await import('./login.ts');
      return await runLogin({ connection, config }, io);
    },
  };
}

function toNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number is wanted');
}
