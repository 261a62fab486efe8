// The configuration that a command works with, or what is wrong with it on standard error.
import { formatFaults } from '../config/fault.ts';
import { findConfigFile, formatMissing } from '../config/find-config.ts';
import { loadConfig, type Loading } from '../config/load.ts';

export interface ConfigIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stderr: { write(text: string): unknown };
}

export type LoadedConfig = Extract<Loading, { kind: 'loaded' }>;

/** Undefined where there is no valid file: that has been said then. */
export function loadOrReport(flag: string | undefined, io: ConfigIo): LoadedConfig | undefined {
  const found = findConfigFile({ flag, env: io.env, cwd: io.cwd });
  if (found.kind === 'missing') {
    io.stderr.write(`${formatMissing(found.places)}\n`);
    return undefined;
  }
  const loading = loadConfig(found.file, { env: io.env });
  if (loading.kind === 'loaded') return loading;
  io.stderr.write(formatFaults(loading.faults));
  return undefined;
}
