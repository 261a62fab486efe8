// `graphpost setup`: from a tenant to a configuration that sends, and back.
import { clouds } from '../config/resolve/connections.ts';
import { createAgent, type GraphAgent } from '../graph/agent.ts';
import { AppClient } from '../identity/app-client.ts';
import type { Clock } from '../relay/ports.ts';
import { AppDirectory } from '../setup/app-directory.ts';
import { AppRequests } from '../setup/app-requests.ts';
import {
  readChoices,
  type Cloud,
  type CloudName,
  type SetupChoices,
  type SetupFlags,
} from '../setup/setup-choices.ts';
import {
  canAskForToken,
  permissionsToSetUp,
  planSetup,
  tellFate,
  type SetupFiles,
} from '../setup/setup-plan.ts';
import { formatCommands } from '../setup/setup-print.ts';
import { runSetup, type SetupRun } from '../setup/setup-run.ts';
import type { SetupParts } from '../setup/setup-step.ts';
import { fateOfPresent } from '../setup/setup-write.ts';
import type { LoginIo } from './login.ts';
import { filesFor, shownFrom } from './setup-files-of.ts';
import { askForFlags, isAtTerminal } from './setup-questions.ts';
import { formatClosing, StepTeller, toJson, type Closing } from './setup-report.ts';
import { signInForSetup } from './setup-sign-in.ts';
import { confirm, sayStopped, showProgress, type TerminalIo } from './terminal.ts';

export interface SetupOptions extends SetupFlags {
  readonly config?: string;
  readonly cloud: Exclude<CloudName, 'custom'>;
  /** Origins of a cloud that has no name here. */
  readonly authority?: string;
  readonly graph?: string;
  readonly device: boolean;
  readonly browser: boolean;
  readonly print: boolean;
  readonly force: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

export interface SetupIo extends LoginIo, TerminalIo {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr: TerminalIo['stderr'];
  readonly clock: Clock;
  /** Of this machine. */
  readonly hostname: string;
  /** Good randomness: `size` bytes. */
  readonly randomBytes: (size: number) => Buffer;
  /** PEM of an authority to trust besides; absent: none. */
  readonly ca?: string;
  /** Signs somebody in for a connection of that file: the exit code. */
  readonly login: (connection: string, config: string) => Promise<number>;
}

/** Returns the exit code: 0 all is as it was asked for, 1 a step failed or was not wanted, 2 wrong or missing options, 130 Ctrl-C. */
export async function runSetupCommand(options: SetupOptions, io: SetupIo): Promise<number> {
  const cloud = cloudOf(options);
  if (!cloud) return usage(halfCloud, io);
  const flags = isAtTerminal(io) && !options.json ? await askForFlags(options, io) : options;
  if (!flags) return sayStopped(io);
  const read = readChoices(flags, cloud);
  if (read.kind === 'faults') return usage(read.faults.join('\n'), io);
  const { choices } = read;
  const files = filesFor({ ...options, connection: choices.connection }, io);
  const shown = shownFrom(io.cwd, files);
  if (!options.print) return await setUp(choices, { options, files, shown, io });
  const commands = formatCommands(choices, { files: shown, now: io.clock.now() });
  io.stdout.write(options.json ? `${JSON.stringify({ commands }, null, 2)}\n` : commands);
  return 0;
}

interface SetUpOptions {
  readonly options: SetupOptions;
  readonly files: SetupFiles;
  /** The same, as whoever runs it calls them. */
  readonly shown: SetupFiles;
  readonly io: SetupIo;
}

async function setUp(
  choices: SetupChoices,
  { options, files, shown, io }: SetUpOptions,
): Promise<number> {
  const fate = fateOfPresent(files.config, options);
  const steps = tellFate(planSetup(choices, shown), { config: shown.config, fate });
  const teller = new StepTeller(steps, { isJson: options.json, io });
  teller.plan('This is what setup does:');
  const answer = options.yes || options.json ? 'yes' : await confirm('Go on?', io);
  if (answer === 'gone') return sayStopped(io);
  // Without a terminal nobody is asked: who gave the flags has decided.
  if (answer === 'no') return 1;
  await using agent = agentFor(io);
  const parts = await partsFor(choices, { options, files, agent, io });
  if (!parts) {
    if (options.json) io.stdout.write(`${JSON.stringify({ ok: false, steps: [] })}\n`);
    return 1;
  }
  const onStep = teller.onStep.bind(teller);
  const run = await runSetup(choices, { parts, steps, force: options.force, onStep });
  return await close(choices, { run, options, configFile: shown.config, io });
}

export function agentFor({ env, ca }: Pick<SetupIo, 'env' | 'ca'>): GraphAgent {
  return createAgent({ env, connections: 4, ...(ca !== undefined && { ca }) });
}

interface PartsOptions {
  readonly options: Pick<SetupOptions, 'device' | 'browser'>;
  readonly files: SetupParts['files'];
  readonly agent: GraphAgent;
  readonly io: SetupIo;
}

/** Undefined where nobody has signed in: that has been said then. */
async function partsFor(
  choices: SetupChoices,
  { options, files, agent, io }: PartsOptions,
): Promise<SetupParts | undefined> {
  const { cloud, tenant } = choices;
  const shared = sharedParts(cloud, { files, agent, io });
  if (choices.kind === 'personal' && choices.clientId !== undefined) return shared;
  const administrator = await signInForSetup(
    {
      ...options,
      cloud,
      tenant,
      clientId: choices.kind === 'work' ? choices.signInClientId : undefined,
      permissions: permissionsToSetUp(choices),
      agent,
      clock: io.clock,
    },
    io,
  );
  return administrator && { ...shared, ...administratorParts(cloud, { administrator, agent, io }) };
}

export function sharedParts(
  { authority, graph }: Cloud,
  { files, agent, io }: Omit<PartsOptions, 'options'>,
): SetupParts {
  const { clock, hostname, randomBytes } = io;
  return {
    clock,
    files,
    hostname,
    randomBytes,
    tenantId: '',
    requestToken: (app) =>
      new AppClient({ ...app, authority, graph, dispatcher: agent, clock }).acquire(),
    progress: (text) => showProgress(io, text),
  };
}

export function administratorParts(
  { graph }: Cloud,
  {
    administrator: { accessToken, tenantId },
    agent,
    io: { clock },
  }: {
    readonly administrator: { readonly accessToken: string; readonly tenantId: string };
    readonly agent: GraphAgent;
    readonly io: Pick<SetupIo, 'clock'>;
  },
): Pick<SetupParts, 'directory' | 'tenantId'> {
  const requests = new AppRequests({ graph, accessToken, dispatcher: agent, clock });
  return { directory: new AppDirectory(requests), tenantId };
}

interface CloseOptions {
  readonly run: SetupRun;
  readonly options: SetupOptions;
  readonly configFile: string;
  readonly io: SetupIo;
}

async function close(
  choices: SetupChoices,
  { run, options, configFile, io }: CloseOptions,
): Promise<number> {
  const { connectionBlock } = run.state;
  const next = nextCommand(choices, { run, configFile });
  const closing: Closing = { run, configFile, next };
  if (options.json) io.stdout.write(toJson(closing));
  else if (run.ok) io.stdout.write(`\n${formatClosing(closing)}`);
  if (!run.ok) return 1;
  const canSignIn = choices.kind === 'personal' && connectionBlock === undefined;
  if (!canSignIn || options.json || !isAtTerminal(io)) return 0;
  return await io.login(choices.connection, configFile);
}

function nextCommand(
  choices: SetupChoices,
  { run, configFile }: Pick<CloseOptions, 'run' | 'configFile'>,
): string {
  const config = configFile === 'config/graphpost.yaml' ? '' : ` --config ${configFile}`;
  if (!run.ok) return 'run the same command again: what is done stays done';
  if (choices.kind === 'personal') return `graphpost login ${choices.connection}${config}`;
  const later = run.state.exchange ? ', when Exchange has taken it up' : '';
  if (!canAskForToken(choices)) {
    return `take ${configFile} to where the gateway runs, and there: graphpost doctor${later}`;
  }
  return `graphpost doctor${config}${later}; then graphpost serve${config}`;
}

export function cloudOf({
  cloud,
  authority,
  graph,
}: Pick<SetupOptions, 'cloud' | 'authority' | 'graph'>): Cloud | undefined {
  if (authority === undefined && graph === undefined) return { name: cloud, ...clouds[cloud] };
  const [one, other] = [originOf(authority), originOf(graph)];
  return one && other ? { name: 'custom', authority: one, graph: other } : undefined;
}

function originOf(text = ''): string | undefined {
  const url = URL.parse(text);
  return url?.protocol === 'https:' && url.pathname === '/' && url.username === ''
    ? url.origin
    : undefined;
}

export const halfCloud = '--authority and --graph are origins of https, and go together';

export function usage(text: string, { stderr }: Pick<SetupIo, 'stderr'>): number {
  stderr.write(`${text}\n`);
  return 2;
}
