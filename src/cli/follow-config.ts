// Keeps a gateway that runs in step with its configuration file.
import { formatFault, type ConfigFault } from '../config/fault.ts';
import { loadConfig, type Loading } from '../config/load.ts';
import { digestOf, watchFiles } from '../config/watch.ts';
import type { Gateway } from '../gateway.ts';
import { announcementOf } from '../identity/token-cache.ts';

/** What was read, of which files, and what these held just before. */
export interface Reading {
  readonly loading: Loading;
  readonly files: readonly string[];
  readonly digest: string;
}

/** Files may name further ones; this often the list may grow. */
const maxReadings = 4;

/** @param known files that are to be watched in any case */
export function readConfig(file: string, known: readonly string[] = [file]): Reading {
  let files = known;
  for (let reading = 1; ; reading++) {
    // First, so that what changes while it is read is seen afterwards.
    const digest = digestOf(files);
    const loading = loadConfig(file, { env: process.env });
    const named = [...new Set([file, ...filesOf(loading)])];
    // The old files of one that is refused, too: its names may be what is wrong.
    const wanted = loading.kind === 'faulty' ? [...new Set([...known, ...named])] : named;
    if (isSame(files, wanted) || reading === maxReadings) return { loading, files, digest };
    files = wanted;
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((file) => other.includes(file));
}

/** Calls back for each SIGHUP, those before it was asked for included. */
export type Hangups = (listener: () => void) => void;

/** Without a handler SIGHUP ends the process, be it still starting. */
export function catchHangups(): Hangups {
  let isPending = false;
  let tell: (() => void) | undefined;
  process.on('SIGHUP', () => {
    if (tell) tell();
    else isPending = true;
  });
  return (listener) => {
    tell = listener;
    if (isPending) listener();
  };
}

export interface FollowOptions {
  /** What the gateway was started with. */
  readonly reading: Reading;
  readonly hangups: Hangups;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Takes up what changes on the disk, and looks again at SIGHUP. A file that is wrong leaves the old configuration running. */
export function followChanges(
  gateway: Gateway,
  file: string,
  { reading, hangups, signal }: FollowOptions,
): void {
  let watching = new AbortController();
  signal.addEventListener('abort', () => watching.abort());
  follow(reading);
  hangups(() => {
    if (!signal.aborted) reload();
  });

  function follow({ files, digest }: Reading): void {
    watching.abort();
    watching = new AbortController();
    watchFiles(files, { onChange: reload, known: digest, signal: watching.signal });
  }

  function reload(): void {
    try {
      const found = readConfig(file, reading.files);
      takeUp(gateway, found.loading);
      follow(found);
    } catch (error) {
      refuse(gateway, [error instanceof Error ? error.message : String(error)]);
    }
  }
}

/** Throws what `Gateway.reload` throws. */
function takeUp(gateway: Gateway, loading: Loading): void {
  if (loading.kind === 'faulty') return refuse(gateway, loading.faults.map(lineOf));
  const keys = gateway.reload(loading);
  warnOf(loading.warnings, gateway);
  warn(gateway, keys.map(restartNeeded));
}

/** What a connection is made of. Listeners look after their certificates themselves. */
function filesOf(loading: Loading): readonly string[] {
  if (loading.kind === 'faulty') return loading.watchedFiles;
  const { config, watchedFiles } = loading;
  const ofConnections = [...config.connections.values()].flatMap((connection) => {
    const credential = connection.type === 'graph' ? connection.credential : undefined;
    if (credential?.kind === 'pfx') return [credential.file];
    return credential?.kind === 'certificate' ? [credential.certFile, credential.keyFile] : [];
  });
  const ofSignIns = config.tokenCache ? [announcementOf(config.tokenCache.file)] : [];
  return [...watchedFiles, ...ofConnections, ...ofSignIns];
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
