// Where the configuration file is looked for.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

export interface FindOptions {
  /** Of `--config`. */
  readonly flag?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly exists?: (path: string) => boolean;
}

export type FoundConfig =
  | { readonly kind: 'found'; readonly file: string }
  /** Absolute paths that were tried. */
  | { readonly kind: 'missing'; readonly places: readonly string[] };

/** A file that is named is taken, be it there or not; of those that are not, the first that is there. */
export function findConfigFile({ flag, env, cwd, exists = existsSync }: FindOptions): FoundConfig {
  const named = flag ?? env['GRAPHPOST_CONFIG'];
  if (named !== undefined && named !== '') return { kind: 'found', file: resolve(cwd, named) };
  const places = [resolve(cwd, 'config/graphpost.yaml'), '/etc/graphpost/graphpost.yaml'];
  const file = places.find((place) => exists(place));
  return file === undefined ? { kind: 'missing', places } : { kind: 'found', file };
}

/** What a person is told when there is none. */
export function formatMissing(places: readonly string[]): string {
  return `No configuration file: neither --config nor GRAPHPOST_CONFIG names one, and there is none at ${places.join(' or ')}; graphpost setup writes one`;
}
