// Names that the configuration gives to what has none of its own.
import type { Endpoint } from './config.ts';

/** Of the route that is taken when no other matches. */
export const fallbackName = 'default';

/** Of the client that stands for this machine when none is configured. */
export const localClientName = 'local';

/** What listens when no listener is configured. */
export const defaultListener: Endpoint = { host: '127.0.0.1', port: 2525 };

export function listenerName({ port }: Endpoint): string {
  return `smtp-${port}`;
}
