// `connections`: what each kind of sign-in needs.
import { at, entriesOf, isGiven, textOf, type Place, type Report } from '../place.ts';
import { placeholders } from '../placeholders.ts';
import { checkExactlyOne } from './exactly-one.ts';

const credentials = ['secret', 'certificate', 'federatedToken', 'managedIdentity'];

export function checkConnections(file: Place, report: Report): void {
  for (const connection of entriesOf(at(file, 'connections'))) {
    if (textOf(at(connection, 'type')) === 'graph') checkGraph(connection, report);
    if (textOf(at(connection, 'type')) === 'smtp') checkSmtp(connection, { file, report });
  }
  checkTokenCache(file, report);
}

interface Checking {
  readonly file: Place;
  readonly report: Report;
}

function checkTokenCache(file: Place, report: Report): void {
  const accounts = entriesOf(at(file, 'connections')).map((connection) =>
    at(connection, 'account'),
  );
  const tokenCache = at(file, 'tokenCache');
  if (isGiven(tokenCache) || !accounts.some(isGiven)) return;
  report(tokenCache, 'is missing: a connection with an account keeps its sign-in there', {
    isAbsence: true,
  });
}

function checkGraph(connection: Place, report: Report): void {
  const credential = at(connection, 'credential');
  checkExactlyOne(credential, { of: credentials, report });
  checkCertificate(at(credential, 'certificate'), report);
  const isManaged = isGiven(at(credential, 'managedIdentity'));
  const account = at(connection, 'account');
  const needed = isGiven(account) ? ['clientId'] : ['tenant', 'clientId', 'credential'];
  for (const key of isManaged ? [] : needed) {
    const place = at(connection, key);
    if (!isGiven(place)) report(place, 'is missing', { isAbsence: true });
  }
  if (isManaged && isGiven(account)) {
    report(account, 'cannot stand beside a managed identity: nobody signs in to one', {
      isKey: true,
    });
  }
}

function checkSmtp(connection: Place, { file, report }: Checking): void {
  const [username, password, oauth2] = ['username', 'password', 'oauth2'].map((key) =>
    at(connection, key),
  );
  if (!username || !password || !oauth2) return;
  const logsIn = isGiven(password) || isGiven(oauth2);
  if (logsIn && !isGiven(username)) report(username, 'is missing', { isAbsence: true });
  if (isGiven(username) && !logsIn) {
    report(username, 'needs a password, or oauth2, to log in with', { isKey: true });
  }
  if (isGiven(password) && isGiven(oauth2)) {
    report(oauth2, 'stands beside password: give one of them', { isKey: true });
  }
  checkIdentity(oauth2, { file, report });
}

function checkIdentity(oauth2: Place, { file, report }: Checking): void {
  const name = textOf(oauth2);
  if (name === undefined) return;
  const type = textOf(at(file, 'connections', name, 'type'));
  if (isGiven(at(file, 'connections', name, 'account'))) {
    report(oauth2, `must name a connection that sends as an app: "${name}" has an account`);
  }
  if (type === 'graph') return;
  report(oauth2, `must name a connection of type graph: "${name}" is ${type ?? 'none'}`);
}

function checkCertificate(certificate: Place, report: Report): void {
  checkExactlyOne(certificate, { of: ['cert', 'pfx'], report });
  const [cert, key] = [at(certificate, 'cert'), at(certificate, 'key')];
  if (isGiven(cert) && !isGiven(key)) report(key, 'is missing', { isAbsence: true });
}

/** What is sent over the simulator is not sent: it must not happen unseen. */
export function warnOfSandbox(file: Place, warn: Report): void {
  for (const connection of entriesOf(at(file, 'connections'))) {
    const type = at(connection, 'type');
    if (textOf(type) !== 'sandbox') continue;
    warn(type, 'mail over this connection ends in the built-in simulator, and reaches nobody');
  }
}

/** What was imported is valid before anybody has put the app in, and cannot send. */
export function warnOfPlaceholders(file: Place, warn: Report): void {
  for (const connection of entriesOf(at(file, 'connections'))) {
    const parts = [
      { place: at(connection, 'tenant'), text: placeholders.tenant },
      { place: at(connection, 'clientId'), text: placeholders.clientId },
      { place: at(connection, 'credential', 'secret'), text: placeholders.secret },
      { place: at(connection, 'password'), text: placeholders.secret },
    ];
    for (const { place, text } of parts) {
      if (textOf(place)?.trim() !== text) continue;
      warn(place, 'is a placeholder, with which nothing can be sent: put your own in');
    }
  }
}
