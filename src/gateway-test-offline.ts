// Test e-mails of a command, without the gateway: over the same connections, with nothing stored.
import type { MailTester } from './core/test-mail.ts';
import { systemClock } from './gateway-clock.ts';
import { Connections } from './gateway-connections.ts';
import { startSandbox } from './gateway-sandbox.ts';
import { createTelemetry } from './gateway-telemetry.ts';
import { createMailTester } from './gateway-test-mail.ts';
import type { GatewayOptions } from './gateway.ts';

export type OfflineTester = Pick<MailTester, 'send'> & AsyncDisposable;

/** Rejects, with a sentence for the operator, where a connection cannot be made. */
export async function openOfflineTester(
  options: Pick<GatewayOptions, 'config' | 'secrets' | 'version' | 'env'>,
): Promise<OfflineTester> {
  const { config, env } = options;
  await using opening = new AsyncDisposableStack();
  const silent = { ...options, isTerminal: false, logStream: { write() {} } };
  const { events } = await createTelemetry(silent, opening);
  const sandbox = await startSandbox(config, opening);
  const shared = { clock: systemClock, events, env, hostname: config.hostname };
  const connections = opening.use(new Connections({ ...shared, ...(sandbox && { sandbox }) }));
  const { policy } = connections.adopt(options);
  const tester = createMailTester({
    ...{ clock: systemClock, events, listeners: config.listeners },
    config: () => config,
    policy: () => policy,
  });
  const open = opening.move();
  return {
    send: (question) => tester.send(question),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
