// The queue of a gateway process in a test: how it is configured, and when it is empty.
import type { GatewayProcess } from '../support/gateway-process.ts';
import { until } from '../support/until.ts';

/** A `queue` block in which nothing waits for long. @param store the value of `queue.store` */
export function impatientQueue(store: string): string {
  const retry = '{ first: 100ms, longest: 1s, giveUpAfter: 1h }';
  return `queue: { store: "${store}", lookupAfter: 200ms, retry: ${retry}, full: { freeDisk: 0% } }`;
}

/** By the gateway's own figures: nothing waits, and nothing is under way. */
export async function untilEmpty(
  { telemetryPort }: GatewayProcess,
  options: { readonly withinMs: number },
): Promise<void> {
  const open = /^graphpost_queue_messages\{state="(?:ready|sending|unsure|deferred)"\} [1-9]/m;
  await until(async () => {
    const response = await fetch(`http://127.0.0.1:${telemetryPort}/metrics`);
    return response.ok && !open.test(await response.text());
  }, options);
}
