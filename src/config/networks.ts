// IP networks as an operator writes them, and lists of them compiled for matching.
import { BlockList, isIP } from 'node:net';
import type { Networks } from '../core/condition.ts';

export interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Reads `10.0.0.0/8`, `fd00::/8`, or one address; undefined for what is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [, address = '', digits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const longest = version === 4 ? 32 : 128;
  const prefix = digits === undefined ? longest : Number(digits);
  if (prefix > longest) return undefined;
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** What it gives says in JSON which networks it has, so that two of them can be compared. */
export function compileNetworks(
  networks: readonly Network[],
): Networks & { toJSON(): readonly string[] } {
  const list = new BlockList();
  for (const { address, prefix, family } of networks) list.addSubnet(address, prefix, family);
  return {
    has(ip) {
      const version = isIP(ip);
      return version !== 0 && list.check(ip, version === 4 ? 'ipv4' : 'ipv6');
    },
    toJSON: () => networks.map(({ address, prefix }) => `${address}/${prefix}`),
  };
}

/** The networks that never leave this machine. */
export const thisMachine: readonly Network[] = [
  { address: '127.0.0.0', prefix: 8, family: 'ipv4' },
  { address: '::1', prefix: 128, family: 'ipv6' },
];

const loopback = compileNetworks(thisMachine);

/** The whole network lies within this machine. */
export function isThisMachine({ address, prefix, family }: Network): boolean {
  return loopback.has(address) && prefix >= (family === 'ipv4' ? 8 : 128);
}
