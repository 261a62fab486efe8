// The packages that package-lock.json pins: ours to run, and those of development.
import { z } from 'zod';

export interface LockedPackage {
  /** In node_modules; a package may be there several times. */
  readonly path: string;
  readonly version?: string | undefined;
  readonly license?: string | undefined;
  readonly integrity?: string | undefined;
  readonly resolved?: string | undefined;
  readonly dev?: boolean | undefined;
}

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      integrity: z.string().optional(),
      resolved: z.string().optional(),
      dev: z.boolean().optional(),
    }),
  ),
});

/** @param text of package-lock.json; throws for what is none */
export function readLockedPackages(text: string): readonly LockedPackage[] {
  const { packages } = lockFile.parse(JSON.parse(text));
  return Object.entries(packages)
    .filter(([path]) => path !== '')
    .map(([path, locked]) => ({ path, ...locked }));
}
