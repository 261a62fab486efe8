// Which changes of a configuration a gateway that runs cannot take up.
import type { Config } from './config.ts';

/** By key of the file; all others are taken up by a reload. */
const parts: Readonly<Record<string, (config: Config) => unknown>> = {
  hostname: ({ hostname }) => hostname,
  listeners: ({ listeners }) => listeners,
  direct: ({ direct }) => direct,
  'queue.store': ({ queue }) => queue.store,
  'queue.keep.bodies': ({ queue }) => queue.keepBodies,
  http: ({ http }) => http,
  log: ({ log }) => log,
};

/** Keys whose values differ, and take a restart. */
export function keysThatNeedRestart(running: Config, wanted: Config): readonly string[] {
  return Object.entries(parts)
    .filter(([, part]) => textOf(part(running)) !== textOf(part(wanted)))
    .map(([key]) => key);
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? '';
}

/** For the documentation. */
export const restartKeys: readonly string[] = Object.keys(parts);
