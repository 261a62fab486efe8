// The HTTP servers: telemetry, and the operator's page with its API.
import { randomBytes } from 'node:crypto';
import type { Config } from './config/config.ts';
import { createCheckRun } from './gateway-checks.ts';
import { createExplainer } from './gateway-explain.ts';
import { createQueueOperator } from './gateway-operator.ts';
import type { Parts } from './gateway-parts.ts';
import { createGatewayTester } from './gateway-test-mail.ts';
import { createSignIns } from './gateway-sign-in.ts';
import { isSandboxAlone } from './gateway-sandbox.ts';
import { createViews } from './gateway-views.ts';
import { hasQueue } from './gateway-store.ts';
import type { GatewayOptions } from './gateway.ts';
import type { AccessRule } from './http/access.ts';
import type { ShownListener } from './http/admin-source.ts';
import { adminTokenFileOf, loadAdminToken } from './http/admin-token.ts';
import type { Readiness } from './http/readiness.ts';
import type { BoundPort } from './http/serve.ts';
import { createTelemetryApp } from './http/telemetry-app.ts';
import { senderHere } from './http/try-line.ts';
import { forcedOutcomes } from './sandbox/forced-outcomes.ts';
import type { Listener } from './smtp/listener.ts';

export function serveTelemetry(parts: Parts, port: BoundPort): void {
  port.serve(createTelemetryApp({ metrics: parts.metrics, ready: () => readinessOf(parts) }));
}

/** Graph may be away: mail is accepted all the same. */
function readinessOf({ pressure }: Parts): Readiness {
  const refusal = pressure.refusal();
  return { ok: !refusal, reasons: refusal ? [refusal.diagnostic] : [] };
}

export async function serveAdmin(
  options: GatewayOptions,
  parts: Parts & { readonly listeners: readonly Listener[] },
  { port, stack }: { readonly port: BoundPort; readonly stack: AsyncDisposableStack },
): Promise<void> {
  const { config, version } = options;
  // Mail is taken by now: loading page and API keeps no client waiting.
  const { createAdminApp } = await import('./http/admin-app.ts');
  const app = createAdminApp({
    version,
    hostname: config.hostname,
    host: port.endpoint.host,
    listeners: shownListeners(config, parts.listeners),
    isQueued: hasQueue(config),
    showBodies: config.http.showBodies,
    troubles: () => parts.alerts.troubles(),
    connections: () => [...parts.live.current.config.connections.values()],
    clients: () => parts.live.current.config.clients.map(({ name }) => name),
    explain: createExplainer(() => parts.live.current.config),
    sending: () => parts.live.current.config.sending,
    tester: createGatewayTester({
      ...parts,
      listeners: parts.listeners.map(({ name, address }) => ({ name, ...address })),
    }),
    signIns: createSignIns(options, parts, stack),
    checks: createCheckRun(options, parts),
    store: parts.store,
    views: createViews(parts),
    operator: createQueueOperator(
      {
        ...parts,
        hostname: config.hostname,
        policy: () => parts.live.current.policy,
        onDue: () => {
          parts.holds.tryNow();
          parts.runner.nudge();
        },
      },
      stack,
    ),
    clock: parts.clock,
    events: parts.events,
    ...(parts.sandbox && { sandbox: parts.sandbox.mailbox, forcedOutcomes }),
    ...trySenderOf(config),
    ready: () => readinessOf(parts),
    access: await accessRuleOf(config, parts.live),
    random: randomBytes,
  });
  port.serve(app);
}

/** With the ports that were bound. */
function shownListeners(config: Config, bound: readonly Listener[]): readonly ShownListener[] {
  return bound.map(({ name, address }) => {
    const listener = config.listeners.find((one) => one.name === name);
    const tls = listener?.tls?.mode;
    return { name, ...address, ...(listener && { mode: listener.mode }), ...(tls && { tls }) };
  });
}

/** No token is asked for while all connections are the sandbox: there is nothing to protect. */
async function accessRuleOf(config: Config, live: Parts['live']): Promise<AccessRule> {
  if (isSandboxAlone(config)) return { tokenNeeded: false };
  const isGiven = live.current.secrets.adminToken() !== undefined;
  const made = isGiven ? undefined : await loadAdminToken(adminTokenFileOf(config));
  let last = made ?? '';
  // One that is taken out of the configuration stays good until a restart: the page is never without.
  return { tokenNeeded: true, token: () => (last = live.current.secrets.adminToken() ?? last) };
}

export function needsTokenFile({ config, secrets }: GatewayOptions): boolean {
  return (
    config.http.admin !== false && !isSandboxAlone(config) && secrets.adminToken() === undefined
  );
}

export function trySenderOf({ clients }: Config): { readonly trySender?: string } {
  const trySender = senderHere(clients);
  return trySender === undefined ? {} : { trySender };
}
