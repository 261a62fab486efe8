// What somebody asks of a test e-mail, completed by the configuration: who it is from, and how it goes.
import type { Config, ConnectionConfig } from './config/config.ts';
import { parseAddress, type Address } from './core/address.ts';
import type { TestMailFault, TestMailQuestion } from './core/test-mail.ts';
import { senderHere } from './http/try-line.ts';
import type { TestMail } from './relay/test-mail.ts';

/** The message, or a sentence for whoever asked where the question makes no sense here. */
export function toMail(question: TestMailQuestion, config: Config): TestMail | TestMailFault {
  const { to, format, way } = question;
  const connection = way.kind === 'connection' ? config.connections.get(way.name) : undefined;
  if (way.kind === 'connection' && !connection) {
    const names = [...config.connections.keys()].join(', ');
    return { fault: `There is no connection "${way.name}": the configuration has ${names}` };
  }
  const from = question.from ?? senderOf(config, connection);
  if (from === undefined) {
    return { fault: 'Give the address that it is to be from: the configuration names none' };
  }
  return { from, to, format, way: wayText(question), hostname: config.hostname };
}

function wayText({ way }: TestMailQuestion): string {
  if (way.kind === 'connection') return `connection "${way.name}"`;
  return way.listener === undefined ? 'SMTP' : `SMTP at listener "${way.listener}"`;
}

/** An address that it may be from, as far as the configuration tells. */
function senderOf(config: Config, connection?: ConnectionConfig): Address | undefined {
  const own = connection && senderOverConnection(connection);
  const here = senderHere(config.clients);
  return own ?? config.from.address ?? (here === undefined ? undefined : parseAddress(here));
}

function senderOverConnection(connection: ConnectionConfig): Address | undefined {
  if (connection.from?.address !== undefined) return connection.from.address;
  if (connection.type === 'smtp') return undefined;
  if (connection.type === 'graph' && connection.account !== undefined) return connection.account;
  return connection.sendAs.kind === 'mailbox' ? connection.sendAs.mailbox : undefined;
}
