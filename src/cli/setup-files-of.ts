// Where setup writes: the configuration, and beside it what is secret.
import { dirname, join, relative, resolve } from 'node:path';
import type { SetupFiles } from '../setup/setup-plan.ts';
import type { ConfigIo } from './loaded-config.ts';

/** Absolute paths. */
export function filesFor(
  { config, connection }: { readonly config?: string; readonly connection: string },
  { env, cwd }: Pick<ConfigIo, 'env' | 'cwd'>,
): SetupFiles {
  const file = resolve(cwd, config ?? (env['GRAPHPOST_CONFIG'] || 'config/graphpost.yaml'));
  const beside = (end: string) => join(dirname(file), `${connection}${end}`);
  return {
    config: file,
    certificate: beside('.pem'),
    secret: beside('.secret'),
    tokenKey: beside('.token-key'),
  };
}

/** As somebody in that folder calls them. */
export function shownFrom(folder: string, files: SetupFiles): SetupFiles {
  const show = (file: string) => {
    const path = relative(folder, file);
    return path.startsWith('..') ? file : path;
  };
  return {
    config: show(files.config),
    certificate: show(files.certificate),
    secret: show(files.secret),
    tokenKey: show(files.tokenKey),
  };
}
