// What of a session on trial names nothing: a typing error would have the message judged as somebody else's.
import { isIP } from 'node:net';
import type { Config } from '../config/config.ts';
import type { TrialSession } from './trial.ts';

/** What is wrong with address and listener, where they are given: a sentence. Its client is `checkClient`'s to judge. */
export function sessionFault(
  { address, listener }: Pick<TrialSession, 'address' | 'listener'>,
  { listeners }: Pick<Config, 'listeners'>,
): string | undefined {
  if (address !== undefined && isIP(address) === 0) return `"${address}" is no IP address`;
  if (listener === undefined || listeners.some(({ name }) => name === listener)) return undefined;
  return `"${listener}" is no listener; listeners are: ${listeners.map(({ name }) => name).join(', ')}`;
}
