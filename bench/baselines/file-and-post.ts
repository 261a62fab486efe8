// Baseline: the plainest relay that loses nothing. smtp-server, one file and one fsync for each message, then a POST to Graph.
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { answerParent } from '../children.ts';
import { GraphClient } from './graph-client.ts';
import { listen, type SmtpPart } from './smtp-part.ts';

answerParent<SmtpPart>({ start });

async function start({ folder, simulator }: Parameters<SmtpPart['start']>[0]) {
  if (simulator === undefined) throw new Error('This baseline needs the simulator');
  const graph = await GraphClient.connect(simulator);
  let files = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    size: 35_000_000,
    onData(stream, session, done) {
      const file = join(folder, `${++files}.eml`);
      const { mailFrom } = session.envelope;
      const mailbox = mailFrom === false ? '' : mailFrom.address;
      void buffer(stream)
        .then(async (message) => {
          await writeDurably(file, message);
          done();
          await graph.send(mailbox, message);
          await unlink(file);
        })
        .catch((error: unknown) => done(error instanceof Error ? error : new Error(String(error))));
    },
  });
  server.on('error', () => undefined);
  return await listen(server.server);
}

/** Without the fsync of the folder, which would cost as much again. */
async function writeDurably(file: string, message: Buffer): Promise<void> {
  await using handle = await open(file, 'wx');
  await handle.write(message);
  await handle.sync();
}
