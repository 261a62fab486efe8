// The configuration of Postfix (main.cf and its tables), as far as it relays, as one of ours.
import { parseAddress } from '../core/address.ts';
import { parseNetwork } from '../config/networks.ts';
import { isHostname, usable } from './import-connections.ts';
import { remarked, type Block, type Piece } from './import-document.ts';
import {
  createFindings,
  UnfitSource,
  type Imported,
  type ImportSurroundings,
} from './import-findings.ts';
import { listOf, parseMainCf, parsePostfixTime, type ReadTable } from './import-postfix-files.ts';
import { listenersOf } from './import-postfix-listeners.ts';
import { relayOf, type PostfixReading, type Relay } from './import-postfix-relay.ts';
import { originOf, rewriting, senderRulesOf, type SenderRules } from './import-postfix-senders.ts';
import { createSettings } from './import-settings.ts';
import { mentionOthers } from './import-postfix-others.ts';

export interface PostfixSurroundings extends ImportSurroundings {
  readonly readTable: ReadTable;
}

/** Throws `UnfitSource` for a text that is no main.cf. */
export function importPostfix(text: string, surroundings: PostfixSurroundings): Imported {
  const values = parseMainCf(text);
  if (values.size === 0)
    throw new UnfitSource('has no line such as "relayhost = …": it is no main.cf');
  const settings = createSettings(Object.fromEntries(values));
  const findings = createFindings();
  const reading = { ...surroundings, settings, findings };
  const blocks = blocksOf(reading);
  mentionOthers(reading);
  return { blocks, findings: findings.all, secrets: findings.secrets };
}

function blocksOf(reading: PostfixReading): Block {
  const { settings } = reading;
  const relay = relayOf(reading);
  const bcc = parseAddress(settings.text('always_bcc') ?? '');
  const send: Block = {
    send: { via: relay.name },
    ...(bcc && { bcc: remarked('always_bcc', [bcc]) }),
  };
  const rules = senderRulesOf(reading, send);
  return {
    hostname: hostnameOf(reading),
    listeners: listenersOf(reading),
    clients: [clientOf(reading)],
    limits: sizeOf(reading),
    connections: { [relay.name]: relay.connection },
    from: fromOf(reading, { relay, rules }),
    ...(rules.routes.length > 0 && {
      routes: remarked('Senders that Postfix rewrote: the first that matches counts', rules.routes),
    }),
    default: send,
    queue: retriesOf(reading),
  };
}

function hostnameOf({ settings }: PostfixReading): Piece | undefined {
  const hostname = settings.text('myhostname') ?? '';
  return isHostname(hostname) ? hostname : undefined;
}

function clientOf({ settings, findings }: PostfixReading): Block {
  const given = listOf(settings.text('mynetworks')).map((network) =>
    network.replace(/^\[(.*)\](\/\d+)?$/, '$1$2'),
  );
  const [excluded, included] = [true, false].map((isExcluded) =>
    given.filter((network) => network.startsWith('!') === isExcluded),
  );
  for (const network of excluded ?? []) {
    findings.toDo('mynetworks', `${network}: name the other networks in smaller parts, without it`);
  }
  const networks = usable(included ?? [], { parse: parseNetwork, setting: 'mynetworks', findings });
  const recipients = settings.count('smtpd_recipient_limit');
  return {
    name: 'mynetworks',
    networks:
      networks.length > 0
        ? networks
        : remarked('mynetworks is absent: this machine', ['127.0.0.0/8', '::1']),
    senders: remarked('Postfix let them send as anybody. Better your own domains', ['*']),
    ...(recipients && { limits: { recipientsPerMessage: recipients } }),
  };
}

function sizeOf({ settings, findings }: PostfixReading): Piece | undefined {
  const bytes = settings.count('message_size_limit');
  if (settings.number('message_size_limit') === 0) {
    findings.differs('message_size_limit', '0 is no limit there; here limits.messageSize is 35 MB');
  }
  return bytes && { messageSize: remarked('message_size_limit, in bytes', bytes) };
}

function fromOf(
  reading: PostfixReading,
  { relay, rules }: { readonly relay: Relay; readonly rules: SenderRules },
): Piece | undefined {
  if (rules.everybody !== undefined) {
    const block = rewriting(rules.everybody);
    return remarked('The table of senders has a row that all match', block);
  }
  if (relay.mailbox === undefined) return undefined;
  const own = [originOf(reading), reading.settings.text('myhostname') ?? 'localhost'];
  const patterns = [...new Set([...own, 'localhost'])].map((name) => `*@${name}`);
  const defaults = patterns.filter(
    (pattern) => parseAddress(pattern.replace('*', 'x')) !== undefined,
  );
  const isOurs = defaults.includes(`*@${relay.mailbox.slice(relay.mailbox.lastIndexOf('@') + 1)}`);
  return remarked('What cron and the machine itself send leaves as who logged in', {
    force: 'default',
    address: relay.mailbox,
    defaults: ['root@*', ...(isOurs ? ['*@localhost'] : defaults)],
  });
}

function retriesOf({ settings, findings }: PostfixReading): Piece | undefined {
  const first = parsePostfixTime(settings.text('minimal_backoff_time') ?? '', 's');
  const longest = parsePostfixTime(settings.text('maximal_backoff_time') ?? '', 's');
  const lifetime = parsePostfixTime(settings.text('maximal_queue_lifetime') ?? '', 'd');
  if (!first && !longest && !lifetime) return undefined;
  if ((first ?? 30) > (longest ?? 3_600)) {
    findings.leftOut('minimal_backoff_time', 'is longer than maximal_backoff_time');
    return undefined;
  }
  return {
    retry: {
      ...(first && { first: remarked('minimal_backoff_time', `${first}s`) }),
      ...(longest && { longest: remarked('maximal_backoff_time', `${longest}s`) }),
      ...(lifetime && { giveUpAfter: remarked('maximal_queue_lifetime', `${lifetime / 3_600}h`) }),
    },
  };
}
