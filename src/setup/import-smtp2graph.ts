// The configuration of SMTP2Graph (config.yml) as one of ours.
import { parse } from 'yaml';
import { parseAddress } from '../core/address.ts';
import { knownApp, leastPermission, unknownGraph } from './import-connections.ts';
import { remarked, type Block, type Piece } from './import-document.ts';
import {
  createFindings,
  UnfitSource,
  type Imported,
  type ImportSurroundings,
  type Reading,
} from './import-findings.ts';
import { pathOf } from './import-paths.ts';
import { createSettings, type Settings } from './import-settings.ts';
import { clientsOf, limitsOf, listenerOf } from './import-smtp2graph-intake.ts';

/** Throws `UnfitSource` for a text that is no configuration of SMTP2Graph. */
export function importSmtp2Graph(text: string, surroundings: ImportSurroundings): Imported {
  const settings = createSettings(readYaml(text));
  if (!['mode', 'send', 'receive'].some((key) => settings.has(key))) {
    throw new UnfitSource('has neither mode nor send nor receive: it is no file of SMTP2Graph');
  }
  const findings = createFindings();
  const blocks = blocksOf({ ...surroundings, settings, findings });
  for (const name of settings.unread()) findings.leftOut(name, 'is not known here');
  return { blocks, findings: findings.all, secrets: findings.secrets };
}

function readYaml(text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new UnfitSource(`is no YAML: ${reason}`, { cause });
  }
}

function blocksOf(reading: Reading): Block {
  const { settings, findings } = reading;
  const mode = settings.text('mode')?.toLowerCase();
  const isReceiving = mode !== 'send';
  if (!isReceiving) {
    settings.ignore('receive');
    findings.differs(
      'mode',
      'mode: send takes mail from a folder; here apps hand it over by SMTP, on this machine at 127.0.0.1:2525',
    );
  }
  mentionRetries(reading);
  mentionProxy(reading);
  return {
    ...(isReceiving && { listeners: [listenerOf(reading)], clients: clientsOf(reading) }),
    limits: limitsOf(reading),
    connections: { main: connectionOf(reading) },
    default: { send: { via: 'main' } },
    ...(mode === 'receive' && {
      sending: remarked(
        'mode: receive only took mail in. Here it waits in the queue until this is normal',
        'hold',
      ),
    }),
  };
}

function connectionOf(reading: Reading): Piece {
  const { settings, findings } = reading;
  const forced = settings.text('send', 'forceMailbox');
  const mailbox = parseAddress(forced ?? '');
  if (forced !== undefined && mailbox === undefined) {
    findings.leftOut('send.forceMailbox', 'is no e-mail address');
  }
  if (!settings.has('send', 'appReg')) {
    const unknown = { name: 'main', setting: 'send.appReg', why: 'is absent', mailbox };
    return unknownGraph(unknown, findings);
  }
  const app = { tenant: tenantOf(settings), clientId: settings.text('send', 'appReg', 'id') };
  return {
    type: 'graph',
    ...knownApp({ name: 'main', setting: 'send.appReg', ...app }, findings),
    credential: credentialOf(reading),
    ...(mailbox !== undefined && {
      sendAs: remarked(
        'send.forceMailbox: the mailbox that all mail leaves from. From stays as the app has it',
        mailbox,
      ),
    }),
    largeMessages: remarked(leastPermission, false),
  };
}

/** SMTP2Graph wants what comes before `.onmicrosoft.com`, or the id. */
function tenantOf(settings: Settings): string | undefined {
  const tenant = settings.text('send', 'appReg', 'tenant');
  if (tenant === undefined || tenant.includes('.')) return tenant;
  const isGuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(tenant);
  return isGuid ? tenant : `${tenant}.onmicrosoft.com`;
}

function credentialOf(reading: Reading): Piece {
  const { settings, findings } = reading;
  const secret = settings.text('send', 'appReg', 'secret');
  const key = settings.text('send', 'appReg', 'certificate', 'privateKeyPath');
  if (key === undefined) return { secret: findings.secret('main-secret', secret) };
  settings.ignore('send', 'appReg', 'certificate', 'thumbprint');
  const setting = 'send.appReg.certificate';
  const keyPath = pathOf(key, { ...reading, setting });
  const cert = `${keyPath.replace(/\.(key|pem)$/i, '')}.crt`;
  findings.toDo(
    setting,
    `the certificate of that key is needed, too, and not its thumbprint alone: put it into ${cert}, as PEM`,
  );
  if (secret !== undefined) {
    findings.leftOut('send.appReg.secret', 'the certificate stands beside it, and one is enough');
  }
  return {
    certificate: {
      cert: remarked('To do: the certificate of the key, as PEM', cert),
      key: keyPath,
    },
  };
}

function mentionRetries({ settings, findings }: Reading): void {
  const names = ['retryLimit', 'retryInterval'].filter(
    (key) => settings.number('send', key) !== undefined,
  );
  if (names.length === 0) return;
  findings.differs(
    names.map((key) => `send.${key}`).join(', '),
    'mail is tried again for five days, after 30 s, 1 min … 1 h (queue.retry)',
  );
}

/** The proxy is no part of the file. */
function mentionProxy({ settings, findings }: Reading): void {
  if (!settings.has('httpProxy')) return;
  const [host, port] = [settings.text('httpProxy', 'host'), settings.number('httpProxy', 'port')];
  const scheme = settings.text('httpProxy', 'protocol') ?? 'http';
  const login = settings.has('httpProxy', 'username') ? 'user:password@' : '';
  settings.ignore('httpProxy');
  findings.toDo(
    'httpProxy',
    `set the environment variable HTTPS_PROXY=${scheme}://${login}${host}:${port}`,
  );
}
