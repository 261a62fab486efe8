// Which mailboxes each connection sends from, and as whom, as far as the configuration tells.
import {
  hasFullDomain,
  domainOf,
  parseAddress,
  sameAddress,
  type Address,
  type AddressPattern,
} from '../core/address.ts';
import { resolveSendAs, type SendAs } from '../core/send-as.ts';
import type { Config, GraphConnectionConfig } from '../config/config.ts';
import type { SendPair } from './doctor-graph.ts';

/** @param given mailboxes that somebody named */
export function sendPairs(
  connection: GraphConnectionConfig,
  config: Config,
  given: readonly Address[] = [],
): readonly SendPair[] {
  const { account } = connection;
  const pairs = account === undefined ? appPairs(connection, config) : [{ mailbox: account }];
  const all = [...given.map((mailbox) => ({ mailbox })), ...pairs];
  return [...new Map(all.map((pair) => [keyOf(pair), pair])).values()];
}

function keyOf({ mailbox, from = mailbox }: SendPair): string {
  return `${mailbox} ${from}`.toLowerCase();
}

function appPairs(connection: GraphConnectionConfig, config: Config): readonly SendPair[] {
  const { sendAs } = connection;
  const froms = fromsOver(connection, config).map((from) => pairOf(from, sendAs));
  const routes = [...config.routes, config.fallback].flatMap(({ action, from }) => {
    if (action.kind !== 'send' || action.sendAs === undefined) return [];
    if (action.via !== connection.name && !action.backup.includes(connection.name)) return [];
    const address = from?.address ?? config.from.address;
    if (address !== undefined) return [pairOf(address, action.sendAs)];
    return action.sendAs.kind === 'mailbox' ? [{ mailbox: action.sendAs.mailbox }] : [];
  });
  const own = sendAs.kind === 'mailbox' ? [{ mailbox: sendAs.mailbox }] : [];
  return [...own, ...froms, ...routes];
}

function pairOf(from: Address, sendAs: SendAs): SendPair {
  const mailbox = resolveSendAs(sendAs, from);
  return sameAddress(mailbox, from) ? { mailbox } : { mailbox, from };
}

/** From addresses that mail over it may have. */
function fromsOver(connection: GraphConnectionConfig, config: Config): readonly Address[] {
  const { name } = connection;
  if (connection.from?.address !== undefined) return [connection.from.address];
  const { from, bounce, alerts } = config;
  // What is always replaced, no client decides.
  const senders = from.force === 'always' ? [] : exactSenders(config);
  return [
    ...(from.address === undefined ? [] : [from.address]),
    ...senders,
    ...(bounce?.via === name ? [bounce.from] : []),
    ...alerts.flatMap(({ to }) =>
      to.kind === 'email' && to.via === name && to.from !== undefined ? [to.from] : [],
    ),
  ];
}

function exactSenders({ clients }: Config): readonly Address[] {
  return clients
    .flatMap(({ senders }) => senders)
    .filter((pattern) => !pattern.text.includes('*'))
    .flatMap(({ text }) => parseAddress(text) ?? []);
}

/** Domains of Microsoft's own, whose DNS is its affair. */
const microsofts =
  /(^|\.)(onmicrosoft\.com|onmicrosoft\.us|outlook\.com|hotmail\.com|live\.com|msn\.com)$/i;

/** The domains that mail is from, without those of Microsoft. */
export function sendingDomains(config: Config, pairs: readonly SendPair[]): readonly string[] {
  const ofPairs = pairs.flatMap(({ mailbox, from }) => (from === undefined ? [mailbox] : [from]));
  const domains = [
    ...ofPairs.filter(hasFullDomain).map(domainOf),
    ...config.clients.flatMap(({ senders }) => senders.map(domainOfPattern)),
  ];
  const known = domains.filter((domain) => domain.includes('.') && !domain.includes('*'));
  return [...new Set(known.map((domain) => domain.toLowerCase()))].filter(
    (domain) => !microsofts.test(domain),
  );
}

function domainOfPattern({ domain }: AddressPattern): string {
  return domain;
}
