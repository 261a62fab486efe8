// `connections`: what each kind of sign-in needs.
import { at, entriesOf, isGiven, textOf, type Place, type Report } from '../place.ts';
import { checkExactlyOne } from './exactly-one.ts';

const credentials = ['secret', 'certificate', 'federatedToken', 'managedIdentity'];

export function checkConnections(file: Place, report: Report): void {
  for (const connection of entriesOf(at(file, 'connections'))) {
    if (textOf(at(connection, 'type')) === 'graph') checkGraph(connection, report);
  }
}

function checkGraph(connection: Place, report: Report): void {
  const credential = at(connection, 'credential');
  checkExactlyOne(credential, { of: credentials, report });
  checkCertificate(at(credential, 'certificate'), report);
  if (isGiven(at(connection, 'account'))) return;
  for (const place of [at(connection, 'tenant'), credential]) {
    if (!isGiven(place)) report(place, 'is missing', { isAbsence: true });
  }
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
