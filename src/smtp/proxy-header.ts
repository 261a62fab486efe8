// The header of the PROXY protocol, versions 1 and 2: which client a proxy speaks for (haproxy.org, proxy-protocol.txt §2).
import { isIPv4, isIPv6, SocketAddress, type Socket } from 'node:net';

/** The client, or nobody: a proxy that speaks for itself says UNKNOWN or LOCAL. */
export type ProxyHeader =
  | { readonly kind: 'client'; readonly ip: string; readonly port: number }
  | { readonly kind: 'unknown' };

/** A header of so many bytes; `more` when it has only begun; undefined for what is none. */
export type ScannedProxyHeader =
  { readonly header: ProxyHeader; readonly bytes: number } | 'more' | undefined;

/** The longest line of version 1 that the specification allows, CRLF included. */
const maxLineLength = 107;

/** Reads the line of version 1 without its CRLF; undefined for what is no such header. */
export function parseProxyHeader(line: string): ProxyHeader | undefined {
  if (/^PROXY UNKNOWN( .*)?$/.test(line)) return { kind: 'unknown' };
  const fields = /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})$/.exec(line);
  if (fields === null) return undefined;
  const [, family, source = '', destination = '', sourcePort, destinationPort] = fields;
  const isAddress = family === '4' ? isIPv4 : isIPv6;
  if (!isAddress(source) || !isAddress(destination)) return undefined;
  const port = Number(sourcePort);
  if (port > 65_535 || Number(destinationPort) > 65_535) return undefined;
  return { kind: 'client', ip: toPlainIp(source.toLowerCase()), port };
}

/** Finds the header at the start of what a proxy has sent. */
export function scanProxyHeader(start: Buffer): ScannedProxyHeader {
  const isBinary = start[0] === signature[0];
  return isBinary ? scanVersion2(start) : scanVersion1(start);
}

function scanVersion1(start: Buffer): ScannedProxyHeader {
  const end = start.indexOf('\r\n');
  const mayBeHeader = startsAlike(start, Buffer.from('PROXY '));
  if (end < 0) return mayBeHeader && start.length < maxLineLength ? 'more' : undefined;
  const bytes = end + 2;
  if (bytes > maxLineLength) return undefined;
  const header = parseProxyHeader(start.toString('latin1', 0, end));
  return header && { header, bytes };
}

/** What version 2 begins with. */
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const fixedLength = 16;
/** What follows the fixed part: addresses, and fields about the client that nobody reads here. */
const maxRestLength = 4096;

/** Version and command, in one byte. */
const local = 0x20;
const proxied = 0x21;

/** How long an address is, by family and transport: TCP over IPv4, TCP over IPv6. */
const addressLengths: ReadonlyMap<number, 4 | 16> = new Map([
  [0x11, 4],
  [0x21, 16],
]);
/** UNSPEC, and a socket of the proxy's own machine. */
const withoutAddress: ReadonlySet<number> = new Set([0x00, 0x31]);

function scanVersion2(start: Buffer): ScannedProxyHeader {
  if (!startsAlike(start, signature)) return undefined;
  if (start.length < fixedLength) return 'more';
  const command = start.readUInt8(12);
  const restLength = start.readUInt16BE(14);
  if ((command !== local && command !== proxied) || restLength > maxRestLength) return undefined;
  const bytes = fixedLength + restLength;
  if (start.length < bytes) return 'more';
  if (command === local) return { header: { kind: 'unknown' }, bytes };
  const header = readAddresses(start.readUInt8(13), start.subarray(fixedLength, bytes));
  return header && { header, bytes };
}

function readAddresses(family: number, rest: Buffer): ProxyHeader | undefined {
  if (withoutAddress.has(family)) return { kind: 'unknown' };
  const length = addressLengths.get(family);
  // Two addresses and two ports, the client's first.
  if (length === undefined || rest.length < 2 * length + 4) return undefined;
  const source = rest.subarray(0, length);
  const ip = length === 4 ? source.join('.') : toIpv6(source);
  return { kind: 'client', ip, port: rest.readUInt16BE(2 * length) };
}

function toIpv6(bytes: Buffer): string {
  const groups = bytes.toString('hex').match(/.{4}/g) ?? [];
  const { address } = new SocketAddress({ address: groups.join(':'), family: 'ipv6' });
  return toPlainIp(address);
}

/** IPv4 without the `::ffff:` prefix. */
function toPlainIp(ip: string): string {
  return ip.replace(/^::ffff:(?=\d+\.)/, '');
}

/** Takes the header off the socket, and no byte more; undefined when something else came, or the socket closed. */
export function readProxyHeader(socket: Socket): Promise<ProxyHeader | undefined> {
  return new Promise((resolve) => {
    let start = Buffer.alloc(0);
    function end(header: ProxyHeader | undefined): void {
      socket.off('readable', read).off('end', close).off('close', close).off('error', close);
      // Until somebody else listens.
      socket.on('error', () => undefined);
      resolve(header);
    }
    function close(): void {
      end(undefined);
    }
    function read(): void {
      for (let piece: unknown = socket.read(); Buffer.isBuffer(piece); piece = socket.read()) {
        start = Buffer.concat([start, piece]);
        const found = scanProxyHeader(start);
        if (found === 'more') continue;
        if (found === undefined) return end(undefined);
        const rest = start.subarray(found.bytes);
        if (rest.length > 0) socket.unshift(rest);
        return end(found.header);
      }
    }
    socket.on('readable', read).on('end', close).on('close', close).on('error', close);
  });
}

function startsAlike(start: Buffer, expected: Buffer): boolean {
  const length = Math.min(start.length, expected.length);
  return start.subarray(0, length).equals(expected.subarray(0, length));
}
