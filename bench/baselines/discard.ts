// Baseline: smtp-server, as it comes, which reads every message and forgets it.
import { SMTPServer } from 'smtp-server';
import { answerParent } from '../children.ts';
import { listen, type SmtpPart, type SmtpPartAsk } from './smtp-part.ts';

answerParent<SmtpPart>({ start });

async function start({ certificate }: SmtpPartAsk) {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: certificate ? ['AUTH'] : ['STARTTLS', 'AUTH'],
    ...(certificate && { cert: certificate.certPem, key: certificate.keyPem }),
    disableReverseLookup: true,
    logger: false,
    onData(stream, _session, done) {
      stream.on('end', () => done());
      stream.resume();
    },
  });
  server.on('error', () => undefined);
  return await listen(server.server);
}
