// Where Postfix sends mail to (relayhost and its login), as a connection of ours.
import { parseAddress, type Address } from '../core/address.ts';
import { isMicrosoftHost, isServerName, smarthost, unknownGraph } from './import-connections.ts';
import type { Block } from './import-document.ts';
import type { Reading } from './import-findings.ts';
import { listOf, readTables, type ReadTable, type TableRow } from './import-postfix-files.ts';

export interface PostfixReading extends Reading {
  readonly readTable: ReadTable;
}

interface NextHop {
  readonly host: string;
  readonly port: number | undefined;
  /** As it was written: the first key of the password table. */
  readonly written: string;
}

export interface Relay {
  /** Name of the connection. */
  readonly name: 'main' | 'smarthost';
  readonly connection: Block;
  /** Who logged in, where that is a mailbox. */
  readonly mailbox: Address | undefined;
}

export function relayOf(reading: PostfixReading): Relay {
  const { settings, findings } = reading;
  const hop = nextHopOf(reading);
  const login = hop && loginOf(hop, reading);
  const mailbox = parseAddress(login?.username ?? '');
  const wrapped = settings.flag('smtp_tls_wrappermode') === true;
  if (hop === undefined || isMicrosoftHost(hop.host)) {
    const why = hop
      ? `is ${hop.host}, and Graph takes no password`
      : 'is absent, so Postfix sent to the servers of the recipients itself';
    const unknown = { name: 'main', setting: 'relayhost', why, mailbox };
    return { name: 'main', mailbox, connection: unknownGraph(unknown, findings) };
  }
  if (!hop.written.startsWith('[')) {
    findings.differs('relayhost', `mail goes to ${hop.host} itself, and not to its MX`);
  }
  const { host, port } = hop;
  const server = { name: 'smarthost', host, port, implicitTls: wrapped, ...login };
  return { name: 'smarthost', mailbox, connection: smarthost(server, findings) };
}

/** The first of relayhost. */
function nextHopOf({ settings, findings }: PostfixReading): NextHop | undefined {
  const [first, ...others] = listOf(settings.text('relayhost'));
  if (first === undefined) return undefined;
  if (others.length > 0) {
    findings.leftOut('relayhost', `${others.join(', ')}: make it a connection, and a backup`);
  }
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\w+))?$/.exec(first) ?? [];
  const host = (bracketed ?? plain ?? '').replace(/^ipv6:/i, '');
  if (!isServerName(host)) {
    findings.leftOut('relayhost', `"${first}" names no server`);
    return undefined;
  }
  return { host, port: portOf(port), written: first };
}

const services = new Map([
  ['smtp', 25],
  ['submission', 587],
  ['smtps', 465],
  ['submissions', 465],
]);

/** A number, or the name of a service. */
export function portOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = services.get(text) ?? Number(text);
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

interface Login {
  readonly username: string;
  readonly password: string;
}

function loginOf(
  hop: NextHop,
  { settings, findings, readTable }: PostfixReading,
): Login | undefined {
  const tables = settings.text('smtp_sasl_password_maps');
  if (settings.flag('smtp_sasl_auth_enable') !== true || tables === undefined) return undefined;
  const setting = 'smtp_sasl_password_maps';
  const logins = new Map<string, string>();
  for (const table of readTables(tables, readTable)) {
    if (table.kind === 'unreadable') findings.toDo(setting, `${table.why}: the login is missing`);
    else for (const row of table.rows) addLogin(row, logins);
  }
  const ofSenders = [...logins.keys()].filter((key) => /^[^@]*@[^@]+$/.test(key));
  if (ofSenders.length > 0) {
    findings.leftOut(
      setting,
      `the logins of ${ofSenders.join(', ')}: give each a connection, and a route by envelopeFrom`,
    );
  }
  const login = [...keysOf(hop), anyServer].flatMap((key) => logins.get(key) ?? [])[0];
  const [, username, password] = /^([^:]+):(.+)$/s.exec(login ?? '') ?? [];
  return username === undefined || password === undefined ? undefined : { username, password };
}

const anyServer = '*';

/** `static:` answers whatever is looked up. */
function addLogin(row: TableRow, logins: Map<string, string>): void {
  if (row.kind === 'key') logins.set(row.key, row.value);
  if (row.kind === 'pattern' && row.pattern === '.*') logins.set(anyServer, row.value);
}

function keysOf({ host, port, written }: NextHop): readonly string[] {
  const ports = port === undefined ? [] : [`[${host}]:${port}`, `${host}:${port}`];
  return [written, ...ports, `[${host}]`, host];
}
