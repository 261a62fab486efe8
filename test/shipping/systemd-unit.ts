// packaging/systemd/graphpost.service, as systemd reads it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './package-artefact.ts';

export const unitFile = join(root, 'packaging/systemd/graphpost.service');

export interface Unit {
  /** The words of ExecStart. */
  readonly startCommand: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Each directive with all that it was set to, in their order. */
  readonly directives: ReadonlyMap<string, readonly string[]>;
}

export function readUnit(): Unit {
  const directives = new Map<string, string[]>();
  for (const [, name = '', value = ''] of readFileSync(unitFile, 'utf8').matchAll(
    /^(\w+)=(.*)$/gm,
  )) {
    directives.set(name, [...(directives.get(name) ?? []), value]);
  }
  const assignments = (directives.get('Environment') ?? []).flatMap((line) => line.split(' '));
  return {
    startCommand: directives.get('ExecStart')?.[0]?.split(' ') ?? [],
    environment: Object.fromEntries(assignments.map((text) => text.split('=', 2))),
    directives,
  };
}
