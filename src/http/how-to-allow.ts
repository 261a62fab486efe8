// What to change so that a client that was refused is taken: in words, and as YAML for the configuration.
import type { SeenRefusal } from './client-memory.ts';
import type { AdviceView } from './schema/client.ts';

type Refusal = Pick<
  SeenRefusal,
  'reason' | 'diagnostic' | 'client' | 'sender' | 'listener' | 'stage' | 'username'
>;

/** Undefined: there is nothing to allow, or the cause says all. */
export function howToAllow(ip: string, refusal: Refusal): AdviceView | undefined {
  const { reason, listener, client } = refusal;
  switch (reason) {
    case 'unknownClient':
      return allowAddress(ip, refusal);
    case 'loginRequired':
      return {
        text: `Let the application log in as one of the clients that have a login; or let ${ip} send without one`,
        yaml: newClient(ip, refusal),
      };
    case 'senderNotAllowed':
      return allowSender(refusal);
    case 'badCredentials':
      return logins(refusal);
    case 'tlsRequired':
      return {
        text: `Let the application use STARTTLS; or let listener "${listener}" take mail in clear`,
        yaml: `listeners:\n  - name: ${quote(listener)}\n    tls: optional`,
      };
    case 'tooLarge':
      return {
        text: 'Raise the limit, where the connections carry as much',
        yaml: 'limits:\n  messageSize: 100MB',
      };
    case 'rateLimited':
    case 'tooManyConnections':
      return {
        text: 'Let the application send less at once, or raise the limit that the cause names',
      };
    case 'tooManyRecipients':
      return client === undefined
        ? { text: 'Let the application name fewer recipients in one message' }
        : {
            text: `Let the application name fewer recipients in one message, or raise the limit of client ${quote(client)}`,
            yaml: entryOf(client, 'limits: { recipientsPerMessage: 500 }'),
          };
    case 'routing':
      return { text: 'See what the rules do with such a message: "graphpost explain"' };
    case 'badAddress':
    case 'badContent':
      return { text: 'The application has to mend what it sends: the cause says what is wrong' };
    case 'store':
    case 'timeout':
    case 'shutdown':
    case 'nextHop':
    case 'internal':
      return undefined;
  }
}

function allowAddress(ip: string, refusal: Refusal): AdviceView {
  const login = /logs in as "([^"]+)"/.exec(refusal.diagnostic)?.[1];
  if (login === undefined) {
    return { text: `Let ${ip} send, as a client of its own`, yaml: newClient(ip, refusal) };
  }
  return {
    text: `Add ${ip} to the networks of the client that logs in as "${login}"`,
    yaml: `clients:\n  - login: { username: ${quote(login)} }\n    networks: [${quote(ip)}] ${besides}`,
  };
}

const besides = '# beside those that it has';

function newClient(ip: string, { sender }: Refusal): string {
  const name = `client-${ip.replaceAll(/[^0-9a-z]+/gi, '-')}`;
  return `clients:\n  - name: ${name}\n    networks: [${quote(ip)}]\n    senders: [${quote(senderPattern(sender))}]`;
}

/** Whoever sends as one address of a domain is let send as that one alone: to widen it is for people. */
function senderPattern(sender: string | undefined): string {
  return sender === undefined || sender === '' || isPattern(sender) ? '*@example.com' : sender;
}

/** Both may stand in an address that a stranger makes up, and mean more in the configuration. */
function isPattern(address: string): boolean {
  return address.includes('*') || address.includes('${');
}

function allowSender({ client, diagnostic }: Refusal): AdviceView {
  const address = /"((?:[^"\\]|\\.)+)": it is not among/.exec(diagnostic)?.[1];
  if (client === undefined || address === undefined || isPattern(address)) {
    return {
      text: 'Let the application send as an address that is among the senders of its client',
    };
  }
  return {
    text: `Let client ${quote(client)} send as ${address}: add it to the senders that it has`,
    yaml: entryOf(client, `senders: [${quote(address)}] ${besides}`),
  };
}

function logins({ username, diagnostic }: Refusal): AdviceView {
  if (username === undefined) return { text: diagnostic };
  return {
    text: `Correct the user name ${quote(username)} or its password in the application; "graphpost hash-password" makes a new hash for the configuration`,
  };
}

function entryOf(client: string, line: string): string {
  return `clients:\n  - name: ${quote(client)}\n    ${line}`;
}

/** A flow scalar of YAML that is also JSON. */
function quote(text: string): string {
  return JSON.stringify(text);
}
