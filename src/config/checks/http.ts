// `http`: who may see the page and use the API.
import { isLoopback, parseEndpoint } from '../endpoint.ts';
import { at, entriesOf, textOf, type Place, type Report } from '../place.ts';

/** One that is guessed lets somebody read all mail. */
const shortestToken = 16;

export function checkHttp(file: Place, report: Report): void {
  const token = at(file, 'http', 'adminToken');
  const text = textOf(token);
  if (text === undefined || text === '' || text.length >= shortestToken) return;
  report(token, `must have ${shortestToken} characters or more`, {
    hint: 'such as what "openssl rand -base64 24" prints; without the key, the gateway makes one',
  });
}

/** While all connections are the sandbox no token is asked for, whoever comes. */
export function warnOfOpenAdmin(file: Place, warn: Report): void {
  const admin = at(file, 'http', 'admin');
  const endpoint = parseEndpoint(textOf(admin) ?? '');
  if (endpoint === undefined || isLoopback(endpoint)) return;
  const connections = entriesOf(at(file, 'connections'));
  if (connections.some((connection) => textOf(at(connection, 'type')) !== 'sandbox')) return;
  warn(
    admin,
    'is reached from beyond this machine, and no token is asked for while all connections are the sandbox: anybody may read mail, act on the queue and write copies of it',
  );
}
