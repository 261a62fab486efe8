// The least that can answer SMTP: shows what the load generator itself can do at most.
import { createServer, type Socket } from 'node:net';
import { answerParent } from '../children.ts';
import { listen, type SmtpPart } from './smtp-part.ts';

const closingDot = '\r\n.\r\n';

const server = createServer({ noDelay: true }, serve);

answerParent<SmtpPart>({ start: () => listen(server) });

/** Answers each line as if it were a proper command, and keeps nothing. */
function serve(socket: Socket): void {
  let inData = false;
  let rest = '';
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.write('220 sink\r\n');
  socket.on('data', (text: string) => {
    rest += text;
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
    else socket.write('250 OK\r\n');
  }
}
