// Which changes of a configuration a gateway that runs cannot take up.
import type { Config } from './config.ts';
import type { Secrets } from './secrets.ts';

export interface Comparable {
  readonly config: Config;
  readonly secrets: Pick<Secrets, 'queueUrl'>;
}

/** By key of the file; all others are taken up by a reload. */
const parts: Readonly<Record<string, (from: Comparable) => unknown>> = {
  hostname: ({ config }) => config.hostname,
  listeners: ({ config }) => config.listeners,
  direct: ({ config }) => config.direct,
  // With the password, which is no part of the rest.
  'queue.store': ({ config, secrets }) => [config.queue.store, secrets.queueUrl()],
  'queue.keep.bodies': ({ config }) => config.queue.keepBodies,
  http: ({ config }) => config.http,
  log: ({ config }) => config.log,
};

/** Keys whose values differ, and take a restart. */
export function keysThatNeedRestart(running: Comparable, wanted: Comparable): readonly string[] {
  return Object.entries(parts)
    .filter(([, part]) => textOf(part(running)) !== textOf(part(wanted)))
    .map(([key]) => key);
}

function textOf(value: unknown): string {
  return JSON.stringify(value) ?? '';
}

/** For the documentation. */
export const restartKeys: readonly string[] = Object.keys(parts);
