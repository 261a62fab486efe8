// `graphpost why`: what became of one message, by its queue id, its Message-ID or an address.
import type { DeliveryJson, MessageJson } from '../http/message-json.ts';
import type { FilterFields } from '../http/delivery-filter.ts';
import { ApiProblem, type QueueApi } from './queue-api.ts';
import { usage, withQueue, writeJson, type QueueIo, type QueueOptions } from './queue.ts';
import { distance, when, type TextOptions } from './queue-text.ts';
import { printable } from '../trial/printable.ts';
import { lifeOf, type DeliveryLife, type LifeStep } from './why-life.ts';

export interface WhyOptions extends QueueOptions {
  /** At most so many messages. */
  readonly limit: number;
}

/** Exit code 0: found; 1: nothing is of that name; 2: usage, configuration or token; 4: neither gateway nor queue is there. */
export async function runWhy(what: string, options: WhyOptions, io: QueueIo): Promise<number> {
  const wanted = what.trim();
  if (wanted === '') return usage('Give a queue id, a Message-ID or an address', io);
  return await withQueue(options, io, async ({ api, text }) => {
    const { messages, isMore } = await find(wanted, { api, limit: options.limit });
    if (options.json) {
      writeJson(
        messages.map((message) => ({ ...message, life: lifeOf(message) })),
        io,
      );
    } else {
      io.stdout.write(messages.map((message) => formatLife(message, text)).join('\n'));
    }
    if (messages.length === 0) {
      io.stderr.write(`${[notFound(wanted), ...(await troubleOf(api))].join('\n')}\n`);
    }
    if (isMore) io.stderr.write('There are more, older ones: --limit\n');
    return messages.length === 0 ? 1 : 0;
  });
}

function notFound(wanted: string): string {
  const kept =
    'What was sent long ago is not kept (queue.keep), nor what was deleted, and what was refused never came in';
  return `The queue has nothing of "${printable(wanted)}". ${kept}: see the log`;
}

/** What was refused a moment ago may have met what is wrong now. */
async function troubleOf(api: QueueApi): Promise<readonly string[]> {
  const { summary } = await api.status();
  if (summary.tone !== 'bad') return [];
  const remedy = summary.remedy === undefined ? [] : [`To do: ${summary.remedy}`];
  return [`Just now: ${summary.text}`, ...remedy].map(printable);
}

interface Found {
  /** Newest first. */
  readonly messages: readonly MessageJson[];
  readonly isMore: boolean;
}

interface Search {
  readonly api: QueueApi;
  readonly limit: number;
}

/** What has an @ may be a Message-ID, or a part of an address. */
async function find(wanted: string, search: Search): Promise<Found> {
  const isId = /^[0-9a-z]{16}(-\d+)?$/i.test(wanted);
  if (isId) {
    const message = await show(wanted.toLowerCase(), search.api);
    if (message) return { messages: [message], isMore: false };
  }
  const byMessageId = await list({ messageId: wanted }, search);
  return byMessageId.messages.length > 0 ? byMessageId : await list({ address: wanted }, search);
}

async function show(id: string, api: QueueApi): Promise<MessageJson | undefined> {
  try {
    return await api.show(id);
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 404) return undefined;
    throw error;
  }
}

async function list(fields: FilterFields, { api, limit }: Search): Promise<Found> {
  const ids = new Set<DeliveryJson['messageId']>();
  let isMore = false;
  for await (const { messageId } of api.list(fields)) {
    isMore = ids.size === limit && !ids.has(messageId);
    if (isMore) break;
    ids.add(messageId);
  }
  const shown = await Promise.all([...ids].map((id) => show(id, api)));
  return { messages: shown.flatMap((message) => message ?? []), isMore };
}

function formatLife(message: MessageJson, options: TextOptions): string {
  const { id, accepted, deliveries } = lifeOf(message);
  const lines = [
    line(0, `Message ${id}, Message-ID ${message.messageId}`),
    ...stepLines(1, accepted, options),
    ...deliveries.flatMap((delivery) => deliveryLines(delivery, options)),
  ];
  return lines.join('');
}

function deliveryLines(
  { way, attempts, next, nextAt, remedy }: DeliveryLife,
  options: TextOptions,
): readonly string[] {
  const time = nextAt === undefined ? 'when it can be' : distance(nextAt, options);
  return [
    line(1, way),
    ...attempts.flatMap((step) => stepLines(2, step, options)),
    line(2, `Next: ${next.replace('{time}', time)}`),
    ...(remedy === undefined ? [] : [line(2, `To do: ${remedy}`)]),
  ];
}

function stepLines(
  depth: number,
  { time, what, meaning }: LifeStep,
  options: TextOptions,
): readonly string[] {
  return [
    line(depth, `${when(time, options)}: ${what}`),
    ...(meaning === undefined ? [] : [line(depth + 1, `It means: ${meaning}`)]),
  ];
}

function line(depth: number, text: string): string {
  return `${'  '.repeat(depth)}${printable(text)}\n`;
}
