// Baseline: smtp-server, as it comes, which reads every message and forgets it.
import { SMTPServer } from 'smtp-server';
import { answerParent } from '../children.ts';
import { listen, type SmtpPart } from './smtp-part.ts';

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  disableReverseLookup: true,
  logger: false,
  onData(stream, _session, done) {
    stream.on('end', () => done());
    stream.resume();
  },
});
server.on('error', () => undefined);

answerParent<SmtpPart>({ start: () => listen(server.server) });
