// The configuration in the form that the parts of the gateway get, from a file without faults.
import { dirname, resolve } from 'node:path';
import type { Config, QueueConfig, QueueStoreConfig } from '../config.ts';
import { readPostgresUrl } from '../queue-store.ts';
import type { FileContent } from '../schema/config-file.ts';
import { toAlert } from './alerts.ts';
import { toConnection } from './connections.ts';
import { toFromBlock } from './from.ts';
import { toClients, toDirect, toIntakeLimits, toListener } from './intake.ts';
import { toFallback, toRule } from './routes.ts';

export interface ConfigOrigin {
  /** Absolute path of the file. */
  readonly file: string;
  /** The machine's own name, for a file that gives none. */
  readonly hostname: string;
  /** STATE_DIRECTORY (systemd.exec(5)): where the queue lies unless the file says where. */
  readonly stateFolder?: string | undefined;
}

export function toConfig(
  content: FileContent,
  { file, hostname, stateFolder }: ConfigOrigin,
): Config {
  const folder = dirname(file);
  return {
    file,
    hostname: content.hostname ?? hostname,
    listeners: content.listeners.map((listener) => toListener(listener, folder)),
    clients: toClients(content.clients),
    limits: toIntakeLimits(content.limits),
    direct: toDirect(content.direct, folder),
    connections: new Map(
      Object.entries(content.connections).map(([name, connection]) => [
        name,
        toConnection(connection, { name, folder }),
      ]),
    ),
    ...(content.tokenCache && { tokenCache: { file: resolve(folder, content.tokenCache.file) } }),
    from: toFromBlock(content.from),
    routes: content.routes.map(toRule),
    fallback: toFallback(content),
    ...(content.sending !== 'normal' && { sending: content.sending }),
    queue: toQueue(content.queue, { folder, stateFolder }),
    ...(content.bounce && { bounce: content.bounce }),
    http: {
      telemetry: content.http.telemetry,
      admin: content.http.admin,
      showBodies: content.http.showBodies,
    },
    alerts: content.alerts.map(toAlert),
    log: content.log,
  };
}

function toQueue(
  { store, retry, lookupAfter, keep, full }: FileContent['queue'],
  folders: Folders,
): QueueConfig {
  return {
    store: toQueueStore(store, folders),
    retry: {
      firstMs: retry.first,
      longestMs: retry.longest,
      giveUpAfterMs: retry.giveUpAfter,
    },
    lookupAfterMs: lookupAfter,
    keepDeliveredMs: keep.sent,
    keepFailedMs: keep.failed,
    keepBodies: keep.bodies,
    full: { messages: full.messages, bytes: full.bytes, freeDiskShare: full.freeDisk },
  };
}

interface Folders {
  /** Of the configuration file. */
  readonly folder: string;
  readonly stateFolder: string | undefined;
}

function toQueueStore(
  store: string | undefined,
  { folder, stateFolder = '' }: Folders,
): QueueStoreConfig {
  if (store === undefined) {
    const dataFolder = stateFolder === '' ? resolve(folder, '../data') : stateFolder;
    return { kind: 'sqlite', file: resolve(dataFolder, 'graphpost.db') };
  }
  const postgres = readPostgresUrl(store);
  if (postgres) return { kind: 'postgres', address: postgres.address };
  return { kind: 'sqlite', file: resolve(folder, store.replace(/^sqlite:/, '')) };
}
