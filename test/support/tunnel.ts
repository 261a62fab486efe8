// What a proxy does with CONNECT (RFC 9110 §9.3.6): it joins its client with whom that names.
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** Either side that goes takes the other one along. */
export function openTunnel({ url = '' }: IncomingMessage, socket: Duplex): void {
  const [host, port] = url.split(':');
  const target = connect(Number(port), host, () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    socket.pipe(target).pipe(socket);
  });
  target.on('error', () => socket.destroy());
  socket.on('error', () => target.destroy());
  socket.on('close', () => target.destroy());
}
