// Whether a smart host would take mail: a session with its login, and no message.
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Outcome } from '../core/outcome.ts';
import { logIn, NoToken } from './login.ts';
import { numberOf, outcomeOf, textOf, type Stage } from './replies.ts';
import { settingsOf, withoutToken, type SmarthostOptions } from './transport.ts';

/** Undefined: it would. Never throws for what the server says. */
export async function verifySmarthost(options: SmarthostOptions): Promise<Outcome | undefined> {
  const connection = new SMTPConnection(settingsOf(options));
  const cut = Promise.withResolvers<never>();
  connection.on('error', cut.reject);
  cut.promise.catch(() => undefined);
  let stage: Stage = 'connect';
  try {
    await Promise.race([connect(connection), cut.promise]);
    stage = 'login';
    if (options.login) await Promise.race([logIn(connection, options.login), cut.promise]);
    connection.quit();
    return undefined;
  } catch (error) {
    if (error instanceof NoToken) return withoutToken(error);
    const code = numberOf(error, 'responseCode');
    const text = textOf(error);
    return outcomeOf({ stage, text, wasGiven: false, ...(code !== undefined && { code }) });
  } finally {
    connection.close();
  }
}

function connect(connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error ? reject(error) : resolve()));
  });
}
