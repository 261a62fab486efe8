// Where the URL of an alert may lead: not to this machine or into a private network, unless that is allowed.
import { lookup as lookUp } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** RFC 6890 and its IPv6 counterparts: what is no address of the internet. */
const local = new BlockList();
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  local.addSubnet(address, prefix, 'ipv4');
}
for (const [address, prefix] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  local.addSubnet(address, prefix, 'ipv6');
}

/** Of an IP address in any spelling that Node takes, IPv4 inside IPv6 included. */
export function isLocalAddress(address: string): boolean {
  const version = isIP(address);
  // BlockList looks into ::ffff:0:0/96 by itself, when it is asked for IPv6.
  return version === 0 || local.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** A sentence for people where the host of a URL is such an address by itself; names are looked at when they are resolved. */
export function literalFault(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const name = host.replace(/\.$/, '');
  const isLocalName = name === 'localhost' || name.endsWith('.localhost');
  return isLocalName || (isIP(host) !== 0 && isLocalAddress(host)) ? notAllowed : undefined;
}

const notAllowed =
  'The URL leads to this machine or into a private network, which takes "allowLocal: true"';

/** Resolves a name for the socket that is then opened: what it gives is what was looked at. */
export const lookUpPublic: LookupFunction = (hostname, options, callback) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, []);
    const isLocal = addresses.some(({ address }) => isLocalAddress(address));
    if (isLocal) return callback(new Error(notAllowed), []);
    if (options.all) return callback(null, addresses);
    const [first] = addresses;
    if (first) callback(null, first.address, first.family);
    else callback(new Error('The name of its host has no address'), []);
  });
};
