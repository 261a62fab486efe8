// WP Mail SMTP as one of our files: its constants, its settings, its additional connections.
import { isName, uniqueName } from './import-connections.ts';
import { remarked, type Block, type Piece } from './import-document.ts';
import {
  createFindings,
  type Findings,
  type Imported,
  type ImportSurroundings,
} from './import-findings.ts';
import { createSettings, type Settings } from './import-settings.ts';
import { alertsOf } from './import-wp-alerts.ts';
import { layConstants } from './import-wp-config.ts';
import { connectionOf, fromOf, type WpConnection } from './import-wp-connection.ts';
import { routesOf } from './import-wp-routes.ts';
import { readWpSource } from './import-wp-source.ts';

/**
 * `texts`: any of wp-config.php, and of the options `wp_mail_smtp` and `wp_mail_smtp_additional_connections` as JSON.
 * Throws `UnfitSource` where none of it is there.
 */
export function importWpMailSmtp(
  texts: readonly string[],
  surroundings: ImportSurroundings,
): Imported {
  const source = readWpSource(texts);
  const findings = createFindings();
  const settings = createSettings(
    layConstants(source.constants, { options: source.options, findings }),
  );
  const blocks = blocksOf({ settings, findings, additional: source.additional, ...surroundings });
  for (const name of settings.unread()) {
    if (!isAboutPlugin(name)) findings.leftOut(name, 'has no counterpart');
  }
  return { blocks, findings: findings.all, secrets: findings.secrets };
}

interface Parts extends ImportSurroundings {
  readonly settings: Settings;
  readonly findings: Findings;
  readonly additional: object;
}

function blocksOf(parts: Parts): Block {
  const { settings, findings } = parts;
  const primary: WpConnection = { name: 'main', label: '', settings, findings };
  const others = additionalOf(parts);
  const names = new Map(others.map(({ id, name }) => [id, name]));
  const backup = names.get(settings.text('backup_connection', 'connection_id') ?? '');
  const routing = routesOf({ settings, findings, connections: names });
  const used = new Set([...routing.map(({ via }) => via), backup]);
  const connections = {
    main: withPace(connectionOf(primary), parts),
    ...othersAsBlocks(others, { used, findings }),
  };
  const needsCache = Object.values(connections).some((block) => block['account'] !== undefined);
  return {
    clients: [wordpress],
    connections,
    ...(needsCache && { tokenCache: tokenCacheOf(parts) }),
    from: fromOf(primary),
    routes: orNothing(routing.map(({ route }) => route)),
    default: {
      send: {
        via: 'main',
        ...(backup !== undefined && { backup: remarked('Backup Connection', [backup]) }),
      },
    },
    ...(settings.flag('general', 'do_not_send') === true && {
      sending: remarked('Do Not Send. Without this line mail goes out', 'drop'),
    }),
    queue: keepOf(settings),
    alerts: orNothing(alertsOf({ settings, findings, via: backup ?? 'main' })),
  };
}

const wordpress: Block = {
  name: 'wordpress',
  networks: remarked(
    'WordPress on this machine. Set its mailer to "Other SMTP": host 127.0.0.1, port 2525, no encryption, no authentication. For one elsewhere: a listener, and its network or a login',
    ['127.0.0.0/8', '::1'],
  ),
  senders: ['*'],
};

interface Other extends WpConnection {
  readonly id: string;
}

function additionalOf({ additional, findings }: Parts): readonly Other[] {
  const taken = new Set(['main']);
  return Object.entries(additional).map(([id, options]) => {
    const settings = createSettings(options);
    const wanted = settings.text('connection', 'name') ?? id;
    const name = uniqueName(isName(wanted) ? wanted : id, taken);
    taken.add(name);
    return { id, name, label: `${name}: `, settings, findings };
  });
}

function othersAsBlocks(
  others: readonly Other[],
  {
    used,
    findings,
  }: { readonly used: ReadonlySet<string | undefined>; readonly findings: Findings },
): Readonly<Record<string, Block>> {
  const isUsed = ({ name }: Other) => used.has(name);
  for (const { name } of others.filter((other) => !isUsed(other))) {
    findings.leftOut(name, 'no route and no backup uses this connection');
  }
  return Object.fromEntries(
    others.filter(isUsed).map((other) => {
      const from = fromOf(other) ?? { force: 'never' };
      return [other.name, { ...connectionOf(other), from }];
    }),
  );
}

/** Its limits are those of a mailbox here. */
function withPace(connection: Block, { settings, findings }: Parts): Block {
  if (settings.flag('rate_limit', 'enabled') !== true) {
    settings.ignore('rate_limit');
    return connection;
  }
  const [minute, hour, day] = ['minute', 'hour', 'day'].map((key) =>
    settings.count('rate_limit', key),
  );
  const limits: Block = {
    ...(minute && { messagesPerMinute: minute }),
    ...(hour && { messagesPerHour: hour }),
    ...(day && { messagesPerDay: day }),
  };
  if (Object.keys(limits).length === 0) return connection;
  if (connection['type'] !== 'graph') {
    findings.leftOut('rate_limit', 'a smart host has no pace of its own here');
    return connection;
  }
  return { ...connection, limits: remarked('Email Rate Limiting; here of each mailbox', limits) };
}

function tokenCacheOf({ findings, randomText }: Parts): Block {
  return { file: '../data/tokens', key: findings.secret('token-key', randomText()) };
}

function keepOf(settings: Settings): Piece | undefined {
  const isLogged = settings.flag('logs', 'enabled') === true;
  const seconds = settings.count('logs', 'log_retention_period');
  const hasContent = settings.flag('logs', 'log_email_content') === true;
  settings.ignore('logs');
  if (!isLogged || (!seconds && !hasContent)) return undefined;
  return {
    keep: {
      ...(seconds && { sent: remarked('Log Retention Period', `${Math.ceil(seconds / 3_600)}h`) }),
      ...(hasContent && { bodies: remarked('Log Email Content', true) }),
    },
  };
}

function orNothing<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** Its licence, its pages, what WordPress itself sends, mailers that are not in use. */
function isAboutPlugin(name: string): boolean {
  return /^(license|general|control|debug_events|usage_tracking|alert_events|deprecated|logs|mail\.|gmail|outlook|zoho|amazonses|mailgun|mailjet|mailersend|mandrill|sendgrid|sparkpost|postmark|smtpcom|sendinblue|sendlayer|elasticemail|smtp2go|resend|pepipost|smtp\b)/.test(
    name,
  );
}
