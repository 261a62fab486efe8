// The SMTP listeners, and what they may be given anew while they run.
import { createHash } from 'node:crypto';
import type { Config } from './config/config.ts';
import { checkReversePath } from './core/senders.ts';
import { createDirectMode, largestDirectMessage } from './gateway-direct.ts';
import { createIds } from './gateway-ids.ts';
import type { Live, Parts } from './gateway-parts.ts';
import { clientGraceMs, directGraceMs, requestGraceMs } from './gateway-grace.ts';
import type { GatewayOptions } from './gateway.ts';
import { ThreadedContentReader } from './mime/content-reader.ts';
import { mime } from './mime/mime.ts';
import { messageParts } from './mime/part-port.ts';
import { createAccept } from './relay/accept.ts';
import type { Policy } from './relay/policy.ts';
import type { Digest } from './relay/ports.ts';
import { shareRates } from './relay/shared-rates.ts';
import { createListener, type Listener } from './smtp/listener.ts';
import { readPassedSockets } from './smtp/passed-sockets.ts';
import { Quotas } from './smtp/quotas.ts';
import type { ListenerSettings } from './smtp/reception.ts';

/** For one piece of a message; a piece takes a few ms. */
const contentDeadlineMs = 10_000;
export async function startListeners(
  { config, env }: GatewayOptions,
  parts: Parts,
  stack: AsyncDisposableStack,
): Promise<readonly Listener[]> {
  const { hostname } = config;
  const contents = stack.use(
    new ThreadedContentReader({
      deadlineMs: contentDeadlineMs,
      fault: (error) => parts.events.fault({ where: 'content', error }),
    }),
  );
  const accept = createAccept({
    ...parts,
    mime,
    messageParts,
    contents,
    hostname,
    policy: () => parts.live.current.policy,
    createId: createIds(parts.clock),
    createDigest: createSha256,
    onAccepted: () => parts.runner.nudge(),
  });
  const direct = config.listeners.some(({ mode }) => mode === 'direct')
    ? await createDirectMode({
        ...parts,
        config,
        contents,
        createDigest: createSha256,
        policy: () => parts.live.current.policy,
        lookupAfterMs: () => parts.live.current.config.queue.lookupAfterMs,
      })
    : undefined;
  const quotas = new Quotas();
  const sharing = new AbortController();
  stack.defer(() => sharing.abort());
  void shareRates({ ...parts, counts: quotas }, sharing);
  const listeners: Listener[] = [];
  // All at once: one that is slow to drain takes no time from the others, nor from the requests under way.
  stack.defer(async () => {
    await Promise.all([
      ...listeners.map((listener) => listener.drain({ graceMs: graceMsOf(listener) })),
      direct?.stop({ graceMs: directGraceMs }),
      parts.runner.stop({ graceMs: requestGraceMs }),
    ]);
  });
  const names = config.listeners.map(({ name }) => name);
  const descriptors = readPassedSockets({ env, pid: process.pid, listeners: names });
  for (const listenerConfig of config.listeners) {
    const listener = await createListener(listenerConfig, {
      hostname,
      ...settingsOf(parts.live.current, { ...listenerConfig, direct: config.direct }),
      accept,
      clock: parts.clock,
      events: parts.events,
      checkReversePath: (client, path) =>
        checkReversePath(client, path, parts.live.current.policy.from),
      overload: () => parts.pressure.refusal(),
      quotas,
      descriptor: descriptors.get(listenerConfig.name),
      ...(listenerConfig.mode === 'direct' && direct?.parts),
    });
    listeners.push(listener);
  }
  return listeners;
}

/** What a listener may be given anew while it runs. */
export function settingsOf(
  { config, secrets, policy }: Live,
  { mode, direct }: Pick<Listener, 'mode'> & Pick<Config, 'direct'>,
): ListenerSettings {
  const messageBytes = Math.min(
    config.limits.messageBytes,
    largestMessage(policy),
    mode === 'direct' ? largestDirectMessage(direct) : Infinity,
  );
  return { clients: config.clients, secrets, limits: { ...config.limits, messageBytes } };
}

/** What SIZE offers: nothing larger could ever leave. */
function largestMessage({ connections }: Policy): number {
  const sizes = [...connections.values()].map(({ transport }) => transport.maxMessageBytes);
  return Math.max(...sizes);
}

function graceMsOf({ mode }: Listener): number {
  return mode === 'direct' ? requestGraceMs : clientGraceMs;
}

function createSha256(): Digest {
  const hash = createHash('sha256');
  return { update: (piece) => void hash.update(piece), end: () => hash.digest('base64') };
}
