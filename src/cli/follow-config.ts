// Keeps a gateway that runs in step with its configuration file.
import { formatFault, type ConfigFault } from '../config/fault.ts';
import { loadConfig, type Loading } from '../config/load.ts';
import { watchFiles } from '../config/watch.ts';
import type { Gateway } from '../gateway.ts';
import { announcementOf } from '../identity/token-cache.ts';

type Loaded = Extract<Loading, { kind: 'loaded' }>;

/** Takes up what changes on the disk, and looks again at SIGHUP. A file that is wrong leaves the old configuration running. */
export function followChanges(gateway: Gateway, loaded: Loaded): void {
  let watching = new AbortController();
  follow(loaded);
  process.on('SIGHUP', reload);

  function follow({ config, watchedFiles }: Loaded): void {
    watching.abort();
    watching = new AbortController();
    const { signal } = watching;
    watchFiles(filesOf({ config, watchedFiles }), { onChange: reload, signal });
  }

  function reload(): void {
    const loading = loadConfig(loaded.config.file, { env: process.env });
    if (loading.kind === 'faulty') return refuse(gateway, loading.faults.map(lineOf));
    try {
      const keys = gateway.reload(loading);
      warnOf(loading.warnings, gateway);
      warn(gateway, keys.map(restartNeeded));
      follow(loading);
    } catch (error) {
      refuse(gateway, [error instanceof Error ? error.message : String(error)]);
    }
  }
}

/** What a connection is made of. Listeners look after their certificates themselves. */
function filesOf({
  config,
  watchedFiles,
}: Pick<Loaded, 'config' | 'watchedFiles'>): readonly string[] {
  const ofConnections = [...config.connections.values()].flatMap((connection) => {
    const credential = connection.type === 'graph' ? connection.credential : undefined;
    return credential?.kind === 'certificate' ? [credential.certFile, credential.keyFile] : [];
  });
  const ofSignIns = config.tokenCache ? [announcementOf(config.tokenCache.file)] : [];
  return [config.file, ...watchedFiles, ...ofConnections, ...ofSignIns];
}

function refuse(gateway: Gateway, faults: readonly string[]): void {
  const { events } = gateway;
  gateway.reloadRefused();
  for (const fault of faults) {
    const text = `The changed configuration is refused, the one before runs on: ${fault}`;
    events.notice({ level: 'warn', event: 'config.refused', text });
  }
}

function restartNeeded(key: string): string {
  return `${key}: the change takes a restart`;
}

/** Logs the warnings of a configuration. */
export function warnOf(warnings: readonly ConfigFault[], gateway: Gateway): void {
  warn(gateway, warnings.map(lineOf));
}

function warn({ events }: Gateway, lines: readonly string[]): void {
  for (const text of lines) events.notice({ level: 'warn', event: 'config.warning', text });
}

/** Without the excerpt. */
function lineOf(fault: ConfigFault): string {
  return formatFault(fault).split('\n', 1).join('');
}
