// The header of the PROXY protocol, version 1: which client a proxy speaks for (haproxy.org, proxy-protocol.txt §2.1).
import { isIPv4, isIPv6, type Socket } from 'node:net';

/** The client, or nobody: a proxy that speaks for itself says UNKNOWN. */
export type ProxyHeader =
  | { readonly kind: 'client'; readonly ip: string; readonly port: number }
  | { readonly kind: 'unknown' };

/** The longest line that the specification allows, CRLF included. */
const maxLength = 107;

/** Reads the line without its CRLF; undefined for what is no such header. */
export function parseProxyHeader(line: string): ProxyHeader | undefined {
  if (/^PROXY UNKNOWN( .*)?$/.test(line)) return { kind: 'unknown' };
  const fields = /^PROXY TCP([46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})$/.exec(line);
  if (fields === null) return undefined;
  const [, family, source = '', destination = '', sourcePort, destinationPort] = fields;
  const isAddress = family === '4' ? isIPv4 : isIPv6;
  if (!isAddress(source) || !isAddress(destination)) return undefined;
  const port = Number(sourcePort);
  if (port > 65_535 || Number(destinationPort) > 65_535) return undefined;
  return { kind: 'client', ip: source.toLowerCase(), port };
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
        const length = start.indexOf('\r\n');
        if (length < 0 && start.length < maxLength && mayBeHeader(start)) continue;
        if (length < 0 || length + 2 > maxLength) return end(undefined);
        const rest = start.subarray(length + 2);
        if (rest.length > 0) socket.unshift(rest);
        return end(parseProxyHeader(start.subarray(0, length).toString('latin1')));
      }
    }
    socket.on('readable', read).on('end', close).on('close', close).on('error', close);
  });
}

function mayBeHeader(start: Buffer): boolean {
  const length = Math.min(start.length, 6);
  return start.toString('latin1', 0, length) === 'PROXY '.slice(0, length);
}
