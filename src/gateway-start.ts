// Starts the parts of a gateway in their order: what takes mail first, then what can wait for that.
import { setTimeout as delay } from 'node:timers/promises';
import { startListeners } from './gateway-listeners.ts';
import { createParts } from './gateway-parts.ts';
import { bindHttpPorts } from './gateway-ports.ts';
import { reload } from './gateway-reload.ts';
import type { OpenQueue } from './gateway-store.ts';
import type { Gateway, GatewayOptions } from './gateway.ts';
import { adminTokenFileOf } from './http/admin-token.ts';

/** Who has waited for the gateway is greeted in that time; what is loaded then keeps the next ones waiting for a moment. */
const firstGreetingsMs = 20;

/** As `startGateway`; `starting` holds the queue already. */
export async function startParts(
  options: GatewayOptions & { readonly queue: OpenQueue | undefined },
  starting: AsyncDisposableStack,
): Promise<Gateway> {
  const parts = await createParts(options, starting);
  const { telemetry, admin } = await bindHttpPorts(options, starting);
  const listeners = await startListeners(options, parts, starting);
  await delay(firstGreetingsMs);
  const { serveTelemetry, serveAdmin, needsTokenFile, trySenderOf } =
    await import('./gateway-http.ts');
  if (telemetry) serveTelemetry(parts, telemetry);
  if (admin) {
    await serveAdmin(options, { ...parts, listeners }, { port: admin, stack: starting });
  }
  // Nobody asks any more while the listeners drain.
  starting.defer(async () => void (await Promise.all([telemetry?.close(), admin?.close()])));
  parts.runner.start();
  parts.connections.askForTokens();
  const running = starting.move();
  return {
    listeners: listeners.map(({ name, address }) => ({ name, ...address })),
    ...(telemetry && { telemetry: telemetry.address }),
    ...(admin && { admin: admin.address }),
    ...(parts.sandbox && { sandbox: parts.sandbox }),
    ...(needsTokenFile(options) && { adminTokenFile: adminTokenFileOf(options.config) }),
    ...trySenderOf(options.config),
    events: parts.events,
    reloadRefused: () => parts.metrics.reloaded(),
    reload: (loaded) => reload(loaded, { ...parts, listeners, started: options }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
