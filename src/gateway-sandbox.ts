// The simulator, when a connection of type `sandbox` is configured.
import type { Config } from './config/config.ts';
import type { Sandbox } from './sandbox/sandbox.ts';

export async function startSandbox(
  config: Config,
  stack: AsyncDisposableStack,
): Promise<Sandbox | undefined> {
  const isWanted = [...config.connections.values()].some(({ type }) => type === 'sandbox');
  if (!isWanted) return undefined;
  // What it needs for its certificates takes a tenth of a start, and some MB: others do without.
  const { createSandbox } = await import('./sandbox/sandbox.ts');
  const sandbox = stack.use(await createSandbox({ now: Date.now }));
  for (const mailbox of namedMailboxes(config)) sandbox.grantSendAs(mailbox, '*');
  return sandbox;
}

/** The mailboxes that `sendAs` names: an operator who names one has given it Send As, so the simulator has too. */
function namedMailboxes({ connections, routes, fallback }: Config): readonly string[] {
  const ofRoutes = [...routes, fallback].map(({ action }) =>
    action.kind === 'send' ? action.sendAs : undefined,
  );
  const ofConnections = [...connections.values()].map((connection) =>
    connection.type === 'smtp' ? undefined : connection.sendAs,
  );
  return [...ofRoutes, ...ofConnections].flatMap((sendAs) => {
    if (sendAs?.kind === 'mailbox') return [sendAs.mailbox];
    return sendAs?.kind === 'map' ? sendAs.entries.map((entry) => entry.sendAs) : [];
  });
}

export function isSandboxAlone({ connections }: Config): boolean {
  return [...connections.values()].every(({ type }) => type === 'sandbox');
}
