// An alert as the JSON that each kind of webhook takes.
import type { AlertItem, AlertMessage } from '../core/alert.ts';
import { headlineOf, sentencesOf, titleOf } from '../core/alert-text.ts';

export type WebhookKind = 'webhook' | 'slack' | 'teams';

export interface BodyOptions {
  readonly kind: WebhookKind;
  /** Of this gateway. */
  readonly hostname: string;
  /** Epoch ms. */
  readonly now: number;
}

/** Slack takes 3,000 letters in a section, and Teams 28 KB in a message, of which escapes may take half. */
const maxSentenceLetters = 1_000;
const maxMessageLetters = 10_000;

export function bodyOf(message: AlertMessage, options: BodyOptions): object {
  switch (options.kind) {
    case 'webhook':
      return genericBody(message, options);
    case 'slack':
      return slackBody(message, options);
    case 'teams':
      return teamsBody(message, options);
  }
}

function genericBody(message: AlertMessage, { hostname, now }: BodyOptions): object {
  return {
    version: 1,
    gateway: hostname,
    time: new Date(now).toISOString(),
    headline: headlineOf(message, hostname),
    alerts: message.items.map(({ since, ...item }) => ({
      ...item,
      title: titleOf(item),
      since: new Date(since).toISOString(),
    })),
  };
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
function slackBody(message: AlertMessage, { hostname, ...rest }: BodyOptions): object {
  const options = { ...rest, hostname, items: message.items };
  const sections = message.items.map((item) => ({
    type: 'section',
    text: { type: 'mrkdwn', text: `*${titleOf(item)}*\n${asSlackText(linesOf(item, options))}` },
  }));
  return { text: asSlackText(headlineOf(message, hostname)), blocks: sections };
}

/** `&`, `<` and `>` are Slack's own: a text must not become a link or call everybody. */
function asSlackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** https://learn.microsoft.com/power-automate/overview-adaptive-cards; Markdown in TextBlocks is escaped. */
function teamsBody(message: AlertMessage, { hostname, ...rest }: BodyOptions): object {
  const options = { ...rest, hostname, items: message.items };
  const blocks = message.items.flatMap((item) => [
    {
      type: 'TextBlock',
      text: titleOf(item),
      weight: 'Bolder',
      color: item.state === 'resolved' ? 'Good' : 'Attention',
      wrap: true,
    },
    { type: 'TextBlock', text: asPlainMarkdown(linesOf(item, options)), wrap: true },
  ]);
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [
      { type: 'TextBlock', text: headlineOf(message, hostname), size: 'Medium', wrap: true },
      ...blocks,
    ],
  };
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content }] };
}

function asPlainMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]()#~|<>]/g, String.raw`\$&`).replaceAll('\n', '\n\n');
}

function linesOf(
  item: AlertItem,
  { now, items }: BodyOptions & { readonly items: readonly AlertItem[] },
): string {
  const most = Math.min(maxSentenceLetters, Math.floor(maxMessageLetters / items.length));
  const cut = (text: string) => (text.length <= most ? text : `${text.slice(0, most)}…`);
  return sentencesOf(item, now).map(cut).join('\n');
}
