// `graphpost setup --remove`: takes back what setup made.
import type { GraphAgent } from '../graph/agent.ts';
import { planRemoval, runRemoval, type RemovalChoices } from '../setup/setup-remove.ts';
import { filesFor, shownFrom } from './setup-files-of.ts';
import { StepTeller } from './setup-report.ts';
import { signInForSetup } from './setup-sign-in.ts';
import {
  administratorParts,
  agentFor,
  cloudOf,
  halfCloud,
  sharedParts,
  usage,
  type SetupIo,
  type SetupOptions,
} from './setup.ts';
import { confirm, sayStopped } from './terminal.ts';

/** Returns the exit code: 0 nothing is left, 1 a step failed or was not wanted, 2 wrong or missing options. */
export async function runRemovalCommand(options: SetupOptions, io: SetupIo): Promise<number> {
  const cloud = cloudOf(options);
  if (!cloud) return usage(halfCloud, io);
  const connection = options.connection ?? (options.outlook === undefined ? 'main' : 'personal');
  const files = filesFor({ ...options, connection }, io);
  const { name } = options;
  const choices = { name, cloud, ...identityOf(options), keepsApp: keepsApp(options) };
  const steps = planRemoval(choices, shownFrom(io.cwd, files));
  const teller = new StepTeller(steps, { isJson: options.json, io });
  teller.plan('This is what setup takes back:');
  const answer = options.yes ? 'yes' : await confirm('Go on?', io);
  if (answer === 'nobody') return usage('Without a terminal, say --yes', io);
  if (answer === 'gone') return sayStopped(io);
  if (answer === 'no') return 1;
  await using agent = agentFor(io);
  const administrator = await administratorFor(choices, { options, agent, io });
  if (!administrator) return 1;
  const parts = {
    ...sharedParts(cloud, { files, agent, io }),
    ...administratorParts(cloud, { administrator, agent, io }),
  };
  const onStep = teller.onStep.bind(teller);
  const removal = await runRemoval(choices, { parts, steps, onStep });
  if (options.json) io.stdout.write(`${JSON.stringify(removal, null, 2)}\n`);
  else if (removal.exchange) teller.say(formatExchange(removal.exchange));
  return removal.ok ? 0 : 1;
}

/** Undefined where nobody has signed in: that has been said then. Where there are only files to remove, nobody has to. */
async function administratorFor(
  { cloud, identity, keepsApp: isFilesOnly }: RemovalChoices,
  {
    options,
    agent,
    io,
  }: { readonly options: SetupOptions; readonly agent: GraphAgent; readonly io: SetupIo },
) {
  if (isFilesOnly) return { accessToken: '', tenantId: '' };
  const { tenant, clientId, device, browser } = options;
  const permissions = identity
    ? ['Application.Read.All', 'AppRoleAssignment.ReadWrite.All']
    : ['Application.ReadWrite.All'];
  const { clock } = io;
  const wish = { cloud, tenant, clientId, device, browser, permissions, agent, clock };
  return await signInForSetup(wish, io);
}

function formatExchange(commands: readonly string[]): string {
  const lines = commands.map((command) => `    ${command}\n`).join('');
  return `\nIf Exchange was told of it, paste this into PowerShell, as Exchange Administrator:\n\n${lines}`;
}

/** An app that was there before setup stays. */
function keepsApp({ outlook, clientId }: SetupOptions): boolean {
  return outlook !== undefined && clientId !== undefined;
}

function identityOf({ principal, identity }: SetupOptions): Pick<RemovalChoices, 'identity'> {
  if (principal !== undefined) return { identity: { id: principal } };
  return identity === undefined || identity === 'system' ? {} : { identity: { appId: identity } };
}
