// Connections of an imported configuration: to Microsoft Graph as far as the source knows the app, and to other servers.
import { isIP } from 'node:net';
import type { Address } from '../core/address.ts';
import { placeholders } from '../config/placeholders.ts';
import { headerName, hostname, name } from '../config/schema/values.ts';
import { remarked, type Block } from './import-document.ts';
import type { Findings } from './import-findings.ts';

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const domain = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i;

/** The servers where Microsoft takes mail by SMTP with a login. */
export function isMicrosoftHost(host: string): boolean {
  return /(^|\.)(office365\.com|office365\.us|outlook\.com|partner\.outlook\.cn)$/i.test(host);
}

export interface AppSource {
  /** Name of the connection. */
  readonly name: string;
  /** Where the source has it. */
  readonly setting: string;
  readonly tenant: string | undefined;
  readonly clientId: string | undefined;
}

/** Tenant and app as far as they can be used; what cannot is to be put in. */
export function knownApp(
  { name, setting, tenant, clientId }: AppSource,
  findings: Findings,
): Block {
  const hasTenant = tenant !== undefined && (guid.test(tenant) || domain.test(tenant));
  const hasClientId = clientId !== undefined && guid.test(clientId);
  if (!hasTenant)
    findings.toDo(setting, `put the domain or id of your tenant into connections.${name}`);
  if (!hasClientId) findings.toDo(setting, `put the id of the app into connections.${name}`);
  return {
    tenant: hasTenant ? tenant : remarked('To do: your tenant', placeholders.tenant),
    clientId: hasClientId ? clientId : remarked('To do: the id of the app', placeholders.clientId),
  };
}

export interface UnknownApp {
  readonly name: string;
  readonly setting: string;
  /** Goes behind the name of the setting. */
  readonly why: string;
  /** The mailbox that mail left from. */
  readonly mailbox?: Address | undefined;
}

/** A connection to Graph whose app somebody has to register. */
export function unknownGraph(
  { name, setting, why, mailbox }: UnknownApp,
  findings: Findings,
): Block {
  findings.toDo(
    setting,
    `${why}: register an app in Entra (docs/entra.md), and put its tenant, id and secret into connections.${name}`,
  );
  return {
    type: 'graph',
    tenant: remarked('To do: your tenant, the app, and its secret', placeholders.tenant),
    clientId: placeholders.clientId,
    credential: { secret: findings.secret(`${name}-secret`, undefined) },
    ...(mailbox !== undefined && {
      sendAs: remarked('All mail left from this mailbox, and still does', mailbox),
    }),
    largeMessages: remarked(leastPermission, false),
  };
}

export const leastPermission =
  'The app needs Mail.Send alone. With Mail.ReadWrite beside it, true sends messages over 3 MB, and looks for one whose answer was lost';

export interface SmarthostSource {
  readonly name: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly implicitTls: boolean;
  readonly username?: string | undefined;
  /** It is all that one needs to log in. */
  readonly isUsernameSecret?: boolean;
  /** Absent beside a username: the source has it in a form that cannot be read. */
  readonly password?: string | undefined;
}

/** The path that its password has among the secrets is made of its name. */
export function smarthost(
  { name, host, port, implicitTls, username, password, isUsernameSecret }: SmarthostSource,
  findings: Findings,
): Block {
  const scheme = implicitTls ? 'smtps' : 'smtp';
  const usual = implicitTls ? 465 : 25;
  const isPort = port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65_535;
  return {
    type: 'smtp',
    url: `${scheme}://${bracketed(host)}:${isPort ? port : usual}`,
    ...(username !== undefined && {
      username: isUsernameSecret ? findings.secret(`${name}-username`, username) : username,
      password: findings.secret(`${name}-password`, password),
    }),
  };
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** Addresses and patterns that can be used; the others are said. */
export function usable<T>(
  texts: readonly string[],
  {
    parse,
    setting,
    findings,
  }: {
    readonly parse: (text: string) => T | undefined;
    readonly setting: string;
    readonly findings: Findings;
  },
): readonly string[] {
  const unusable = texts.filter((text) => parse(text) === undefined);
  for (const text of unusable) findings.leftOut(setting, `"${text}" cannot be used here`);
  return texts.filter((text) => !unusable.includes(text));
}

/** Unlike those that are taken, by a number where need be. As a key it must refer to nothing (`${…}`). */
export function uniqueName(wanted: string, taken: ReadonlySet<string>): string {
  const clean = wanted
    .replaceAll(/\p{Cc}/gu, ' ')
    .replaceAll('${', '{')
    .trim()
    .slice(0, 60)
    .trim();
  const base = clean === '' || clean === '__proto__' ? 'unnamed' : clean;
  let unique = base;
  for (let number = 2; taken.has(unique); number++) unique = `${base} ${number}`;
  return unique;
}

/** What can label a client, a connection or a route, and be a username. */
export function isName(text: string): boolean {
  return name.safeParse(text).success;
}

/** A name, also one with an underscore as containers have them, or an IP address. */
export function isServerName(text: string): boolean {
  return /^\w[\w-]*(\.[\w-]+)*$/.test(text) || isIP(text) !== 0;
}

/** One that can be a part of a key. */
export function isHeaderName(text: string): boolean {
  return headerName.safeParse(text).success && !text.includes('$');
}

export function isHostname(text: string): boolean {
  return hostname.safeParse(text).success;
}
