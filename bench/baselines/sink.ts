// The least that can answer SMTP: shows what the load generator itself can do at most.
import { createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls';
import { answerParent } from '../children.ts';
import { listen, type SmtpPart } from './smtp-part.ts';

const closingDot = '\r\n.\r\n';
let secureContext: SecureContext | undefined;

const server = createServer({ noDelay: true }, (socket) => {
  serve(socket);
  socket.write('220 sink\r\n');
});

answerParent<SmtpPart>({
  start: ({ certificate }) => {
    if (certificate)
      secureContext = createSecureContext({ cert: certificate.certPem, key: certificate.keyPem });
    return listen(server);
  },
});

/** Answers each line as if it were a proper command, and keeps nothing. */
function serve(socket: Socket): void {
  let inData = false;
  let rest = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (text) => {
    rest += text.toString('latin1');
    for (;;) {
      const end = rest.indexOf(inData ? closingDot : '\r\n');
      if (end === -1) break;
      const line = rest.slice(0, end);
      rest = rest.slice(end + (inData ? closingDot.length : 2));
      if (inData) socket.write('250 OK\r\n');
      else answer(line);
      inData = !inData && line === 'DATA';
    }
    // Of a message only its end is looked for.
    if (inData) rest = rest.slice(-closingDot.length);
  });

  function answer(line: string): void {
    if (line === 'DATA') socket.write('354 Go on\r\n');
    else if (line === 'QUIT') socket.end('221 Bye\r\n');
    else if (line === 'STARTTLS') startTls(socket);
    else socket.write('250 OK\r\n');
  }
}

function startTls(socket: Socket): void {
  socket.write('220 Go on\r\n');
  socket.removeAllListeners('data');
  serve(new TLSSocket(socket, { isServer: true, ...(secureContext && { secureContext }) }));
}
