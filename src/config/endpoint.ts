// `host:port`, where something listens.
import { isIP, isIPv6 } from 'node:net';
import type { Endpoint } from './config.ts';
import { isThisMachine, parseNetwork } from './networks.ts';

const hostName = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

/** Reads `127.0.0.1:2525`, `[::1]:2525` or `localhost:2525`; port 0 lets the system choose. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const [, inBrackets, plain = '', digits] = /^(?:\[(.+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  if (inBrackets !== undefined) return isIPv6(inBrackets) ? { host: inBrackets, port } : undefined;
  return isHost(plain) ? { host: plain, port } : undefined;
}

export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Only this machine can reach what listens there. */
export function isLoopback({ host }: Endpoint): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const network = parseNetwork(host);
  return network !== undefined && isThisMachine(network);
}

/** A name that consists of digits and dots alone is a mistyped address. */
function isHost(text: string): boolean {
  return isIP(text) === 4 || (hostName.test(text) && !/^[\d.]+$/.test(text));
}
