// A connection of WP Mail SMTP (its mailer, From and login) as one of ours.
import { parseAddress, domainOf } from '../core/address.ts';
import {
  isMicrosoftHost,
  isServerName,
  knownApp,
  smarthost,
  unknownGraph,
} from './import-connections.ts';
import { remarked, type Block, type Piece } from './import-document.ts';
import type { Findings } from './import-findings.ts';
import type { Settings } from './import-settings.ts';

export interface WpConnection {
  /** Of the connection here. */
  readonly name: string;
  /** What goes before the names of its settings, for the findings. */
  readonly label: string;
  readonly settings: Settings;
  readonly findings: Findings;
}

interface Server {
  readonly host: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly isUsernameSecret?: boolean;
}

/** Of those who take the key of their API as a password, too. */
function serverOf(mailer: string, key: (name: string) => string | undefined): Server | undefined {
  if (mailer === 'sendgrid') {
    return { host: 'smtp.sendgrid.net', username: 'apikey', password: key('api_key') };
  }
  if (mailer === 'resend') {
    return { host: 'smtp.resend.com', username: 'resend', password: key('api_key') };
  }
  if (mailer === 'mailjet') {
    const [username, password] = [key('api_key'), key('secret_key')];
    return { host: 'in-v3.mailjet.com', username, password };
  }
  if (mailer === 'sparkpost') {
    const region = key('region')?.toUpperCase() === 'EU' ? 'eu.' : '';
    const host = `smtp.${region}sparkpostmail.com`;
    return { host, username: 'SMTP_Injection', password: key('api_key') };
  }
  if (mailer === 'postmark') {
    const token = key('server_api_token');
    const host = 'smtp.postmarkapp.com';
    return { host, username: token, password: token, isUsernameSecret: true };
  }
  return undefined;
}

export function connectionOf(connection: WpConnection): Block {
  const { name, label, settings, findings } = connection;
  const mailer = settings.text('mail', 'mailer') ?? 'mail';
  const setting = `${label}mail.mailer`;
  if (mailer === 'outlook') return signedInGraph(connection);
  if (mailer === 'smtp') return otherServer(connection);
  const known = serverOf(mailer, (key) => settings.text(mailer, key));
  if (known !== undefined) {
    findings.differs(
      setting,
      `${mailer} gets mail by SMTP, with the key of its API as the password`,
    );
    return smarthost({ name, port: 587, implicitTls: false, ...known }, findings);
  }
  settings.ignore(mailer);
  const why =
    mailer === 'mail'
      ? 'is mail, the function of PHP'
      : `is ${mailer}, which has no counterpart here`;
  return unknownGraph({ name, setting, why }, findings);
}

/** Mailboxes of Outlook.com and its likes belong to no tenant. */
const personalDomain = /^(outlook|hotmail|live|msn)\.[a-z.]+$/i;

const ofItsSignIn = [
  ...['access_token', 'refresh_token', 'auth_code', 'user_details'],
  ...['is_setup_wizard_auth', 'one_click_setup_enabled'],
];

function signedInGraph({ name, label, settings, findings }: WpConnection): Block {
  const user =
    settings.text('outlook', 'user_details', 'email') ?? settings.text('mail', 'from_email');
  const account = parseAddress(user ?? '');
  for (const key of ofItsSignIn) settings.ignore('outlook', key);
  const isPersonal = account !== undefined && personalDomain.test(domainOf(account));
  const { tenant, clientId } = knownApp(
    {
      name,
      setting: `${label}outlook.client_id`,
      tenant: account && domainOf(account),
      clientId: settings.text('outlook', 'client_id'),
    },
    findings,
  );
  findings.toDo(
    `${label}outlook`,
    `add the redirect URI ${redirectUri} to the app, and sign in again: graphpost login ${name}`,
  );
  return {
    type: 'graph',
    account: account ?? remarked('To do: who signs in', 'someone@example.com'),
    ...(!isPersonal && { tenant: remarked('A domain of the tenant, or its id', tenant ?? '') }),
    clientId,
    credential: {
      secret: findings.secret(`${name}-secret`, settings.text('outlook', 'client_secret')),
    },
    redirectUri: remarked('To do: add it to the app, beside that of WordPress', redirectUri),
  };
}

const redirectUri = 'http://localhost:8400/callback';

function otherServer(connection: WpConnection): Block {
  const { name, label, settings, findings } = connection;
  const host = settings.text('smtp', 'host') ?? '';
  const needsLogin = settings.flag('smtp', 'auth') === true;
  const username = needsLogin ? settings.text('smtp', 'user') : undefined;
  const password = readablePassword(connection);
  const encryption = settings.text('smtp', 'encryption');
  const port = settings.number('smtp', 'port');
  settings.ignore('smtp', 'autotls');
  if (isMicrosoftHost(host) || !isServerName(host)) {
    const why = host === '' ? 'is absent' : `is ${host}, and Graph takes no password`;
    const mailbox = parseAddress(username ?? '');
    return unknownGraph({ name, setting: `${label}smtp.host`, why, mailbox }, findings);
  }
  const implicitTls = encryption === 'ssl';
  const login = username ? { username, password } : {};
  return smarthost(
    { name, host, port: port ?? (implicitTls ? 465 : 25), implicitTls, ...login },
    findings,
  );
}

/** The plugin encrypts what it keeps (a nonce of 24 bytes, a tag of 16, and the text); constants are in clear. */
function readablePassword({ label, settings, findings }: WpConnection): string | undefined {
  const password = settings.text('smtp', 'pass');
  if (password === undefined || password === '') return undefined;
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(password) && password.length % 4 === 0;
  if (!isBase64 || Buffer.from(password, 'base64').length < 40) return password;
  findings.toDo(`${label}smtp.pass`, 'is encrypted by the plugin: put the password in by hand');
  return undefined;
}

/** The From that the plugin forces; undefined where it has none. */
export function fromOf({ label, settings, findings }: WpConnection): Piece | undefined {
  const address = parseAddress(settings.text('mail', 'from_email') ?? '');
  const name = settings.text('mail', 'from_name')?.trim() ?? '';
  const isForced = settings.flag('mail', 'from_email_force') === true;
  const isNameForced = settings.flag('mail', 'from_name_force') === true;
  settings.ignore('mail', 'return_path');
  if (address === undefined) return undefined;
  if (isNameForced && !isForced) {
    findings.differs(
      `${label}mail.from_name_force`,
      'the name is set where From is replaced, and an own From of a plugin keeps its name',
    );
  }
  const showsName = (isNameForced || !isForced) && /^[^\p{Cc}]{1,998}$/u.test(name);
  return {
    force: remarked('Force From Email', isForced ? 'always' : 'default'),
    address,
    ...(showsName && { name }),
    ...(!isForced && { defaults: ['wordpress@*', '*@localhost'] }),
  };
}
