// The commands of `graphpost` and their options.
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { addDoctor } from './doctor-program.ts';
import { addCompletion } from './completion-program.ts';
import { arrangeHelp } from './help.ts';
import type { ExplainOptions } from './explain.ts';
import { addImport } from './import-program.ts';
import type { LoginOptions } from './login.ts';
import { addQueue, type QueueCommandOptions } from './queue-program.ts';
import { addRenew } from './renew-program.ts';
import { addSendTest } from './send-test-program.ts';
import { addSendmail } from './sendmail-program.ts';
import { addSetup } from './setup-program.ts';
import { addWhy } from './why-program.ts';

const configOption = [
  '-c, --config <file>',
  'configuration file; else GRAPHPOST_CONFIG, ./config/graphpost.yaml, /etc/graphpost/graphpost.yaml',
] as const;

/**
 * Each command loads what it needs when it runs: `serve` starts the sooner, and the smaller.
 *
 * Exit codes: 0 done, 1 what was asked failed, 2 usage or configuration, 3 `explain`: dropped, refused or held,
 * 4 gateway not reachable.
 */
export function createProgram(): Command {
  const program = new Command('graphpost')
    .description('SMTP in, Microsoft Graph out: a relay gateway that loses no mail.')
    .version(readVersion())
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  addServe(program);
  addCheck(program);
  addExplain(program);
  addRules(program);
  const ofQueue: QueueCommandOptions = {
    version: readVersion(),
    configOption,
    io: () => {
      // Whoever read along, such as `head`, has enough.
      process.stdout.on('error', () => process.exit(1));
      return { ...process, cwd: callerFolder(), now: () => Date.now() };
    },
    setExitCode: (code) => (process.exitCode = code),
  };
  addQueue(program, ofQueue);
  addWhy(program, ofQueue);
  addImport(program, ofQueue);
  addSendTest(program, ofQueue);
  addDoctor(program, ofQueue);
  addSendmail(program);
  addSetup(program, ofQueue);
  addRenew(program, ofQueue);
  addLogin(program);
  addHashPassword(program);
  addHealthcheck(program);
  addCompletion(program);
  arrangeHelp(program);
  return program;
}

/** Where relative paths begin: `npm run graphpost` changes into the folder of the package, and says where it was called. */
function callerFolder(): string {
  const { npm_lifecycle_event: script, INIT_CWD: folder } = process.env;
  return script === 'graphpost' && folder !== undefined ? folder : process.cwd();
}

/** Of the package, whether it runs from `src` or from `dist`. */
function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { readonly version: string };
  return version;
}

function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the gateway in the foreground; SIGTERM drains and stops it')
    .option(...configOption)
    .action(async (options: { config?: string }) => {
      const { runServe } = await import('./serve.ts');
      process.exitCode = await runServe({ ...options, version: readVersion() });
    });
}

function addCheck(program: Command): void {
  program
    .command('check')
    .description('read the configuration and print all its faults, each with line and column')
    .option(...configOption)
    .option('--json', 'print the result as JSON', false)
    .action(async (options: { config?: string; json: boolean }) => {
      const { runCheck } = await import('./check.ts');
      process.exitCode = await runCheck(options, { ...process, cwd: callerFolder() });
    });
}

function addExplain(program: Command): void {
  program
    .command('explain')
    .description('say what would become of a message, and why; nothing is sent')
    .argument('[mail]', 'file with the message; - for standard input')
    .option(
      '--client <name|ip>',
      'who hands it over: a client by its name, or an IP address; else the only client',
    )
    .option('--address <ip>', 'IP address of a client that is named; else 127.0.0.1')
    .option('--listener <name>', 'where it is handed over; else the first listener')
    .option('--ehlo <name>', 'what the client says in EHLO')
    .option('--mail-from <address>', 'MAIL FROM, <> for none; else the address in From')
    .option('--rcpt <address...>', 'RCPT TO; else everybody in To, Cc and Bcc')
    .option(...configOption)
    .option(
      '--replay [folder]',
      'say what --config would do differently with the messages of the queue, or of a folder of .eml files',
    )
    .option('--against <file>', 'with --replay: the configuration in force; else as found')
    .option('--json', 'print the result as JSON', false)
    .action(async (mail: string | undefined, options: ExplainFlags, command: Command) => {
      const { replay, client, ...rest } = options;
      if (replay !== undefined) {
        const folder = typeof replay === 'string' ? { folder: replay } : {};
        const { runReplay } = await import('./replay.ts');
        process.exitCode = await runReplay(
          { ...rest, client, ...folder, version: readVersion() },
          { ...process, cwd: callerFolder(), now: () => Date.now() },
        );
        return;
      }
      if (mail === undefined) return command.error("error: missing required argument 'mail'");
      const { runExplain } = await import('./explain.ts');
      process.exitCode = await runExplain(
        { ...rest, client, mail },
        { ...process, cwd: callerFolder() },
      );
    });
}

type ExplainFlags = Omit<ExplainOptions, 'mail'> & {
  readonly replay?: string | true;
  readonly against?: string;
};

function addRules(program: Command): void {
  program
    .command('rules')
    .description('work with the routes of the configuration')
    .command('test')
    .description('try messages against the routes, and say where something else comes of them')
    .argument('<file...>', 'YAML lists of cases (docs/routing.md, "Trying rules")')
    .option(...configOption)
    .option('--json', 'print the result as JSON', false)
    .action(async (files: string[], options: { config?: string; json: boolean }) => {
      const { runRulesTest } = await import('./rules-test.ts');
      process.exitCode = await runRulesTest(
        { ...options, files },
        { ...process, cwd: callerFolder() },
      );
    });
}

function addLogin(program: Command): void {
  program
    .command('login')
    .description('sign in for a connection that sends as a user (its key `account`)')
    .argument('<connection>', 'its name')
    .option(...configOption)
    .addOption(new Option('--device', 'by a code, on any device').conflicts('browser'))
    .option('--browser', 'in a browser of this machine')
    .option('--json', 'print the result as JSON', false)
    .action(async (connection: string, options: Omit<LoginOptions, 'connection'>) => {
      const io = { ...process, cwd: callerFolder() };
      const { runLogin } = await import('./login.ts');
      process.exitCode = await runLogin({ ...options, connection }, io);
    });
  program
    .command('logout')
    .description('forget who has signed in for a connection')
    .argument('<connection>', 'its name')
    .option(...configOption)
    .option('--json', 'print the result as JSON', false)
    .action(async (connection: string, options: { config?: string; json: boolean }) => {
      const { runLogout } = await import('./logout.ts');
      process.exitCode = runLogout({ ...options, connection }, { ...process, cwd: callerFolder() });
    });
}

function addHashPassword(program: Command): void {
  program
    .command('hash-password')
    .description(
      "ask for a password (or read it from standard input) and print its hash for a client's login",
    )
    .option('--json', 'print the result as JSON', false)
    .action(async (options: { json: boolean }) => {
      const { runHashPassword } = await import('./hash-password.ts');
      process.exitCode = await runHashPassword(process, options);
    });
}

function addHealthcheck(program: Command): void {
  program
    .command('healthcheck')
    .description('ask a running gateway whether it can accept mail; for containers')
    .option('--url <url>', "the gateway's telemetry address; else that of the configuration")
    .option(...configOption)
    .option('--json', 'print the result as JSON', false)
    .action(async (options: { url?: string; config?: string; json: boolean }) => {
      const { runHealthcheck, telemetryUrl } = await import('./healthcheck.ts');
      const url = options.url ?? telemetryUrl(options.config, { cwd: callerFolder() });
      process.exitCode = await runHealthcheck({ url, json: options.json }, process);
    });
}
