// Takes up another configuration while the gateway runs.
import type { Config } from './config/config.ts';
import { keysThatNeedRestart } from './config/restart-keys.ts';
import { settingsOf } from './gateway-listeners.ts';
import type { Parts } from './gateway-parts.ts';
import { isSandboxAlone } from './gateway-sandbox.ts';
import { namesOf } from './gateway-telemetry.ts';
import type { LoadedConfig } from './gateway.ts';
import type { Listener } from './smtp/listener.ts';

export function reload(
  loaded: LoadedConfig,
  parts: Parts & { readonly listeners: readonly Listener[]; readonly started: LoadedConfig },
): readonly string[] {
  refuseUnguarded(loaded, parts.started.config);
  takeUp(loaded, parts);
  const { direct } = parts.started.config;
  for (const listener of parts.listeners) {
    listener.configure(settingsOf(parts.live.current, { mode: listener.mode, direct }));
  }
  parts.metrics.reloaded({
    ...namesOf(loaded.config),
    listeners: parts.listeners.map(({ name }) => name),
  });
  parts.alerts.configure(loaded);
  parts.events.notice({
    level: 'info',
    event: 'config.reloaded',
    text: `The configuration was read again: ${loaded.config.file}`,
  });
  return keysThatNeedRestart(parts.started, loaded);
}

/**
 * Sends by these connections from now on; what has waited for one that is not as it was goes. Throws, and changes nothing,
 * when one cannot be made.
 */
export function takeUp(
  loaded: LoadedConfig,
  parts: Pick<Parts, 'connections' | 'live' | 'store' | 'clock' | 'runner' | 'events'>,
): void {
  const { policy, changed } = parts.connections.adopt(loaded);
  parts.live.current = { ...loaded, policy };
  void retryOver(changed, parts);
}

/** The page asks for no token while all connections are the sandbox, and begins to ask at a start. */
function refuseUnguarded({ config }: LoadedConfig, started: Config): void {
  if (started.http.admin === false || !isSandboxAlone(started) || isSandboxAlone(config)) return;
  throw new Error(
    'connections: the first one beside the sandbox takes a restart, since the admin page asks for no token until then',
  );
}

/** What waits for a fault of these connections to be mended need wait no longer. */
async function retryOver(
  connections: readonly string[],
  { store, clock, runner, events }: Pick<Parts, 'store' | 'clock' | 'runner' | 'events'>,
): Promise<void> {
  try {
    for (const connection of connections) {
      await store.act({ kind: 'retry', now: clock.now() }, { connection, state: 'deferred' });
    }
  } catch (error) {
    events.fault({ where: 'reload', error });
  }
  runner.nudge();
}
