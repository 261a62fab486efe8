// The log: one JSON object per line (pino), or one readable line for a terminal.
import { pino } from 'pino';
import type { Clock } from '../relay/ports.ts';
import { hashAddress, hashAddressesIn } from './address-hash.ts';
import { LineWriter } from './line-writer.ts';
import {
  logKeys,
  type LogEventName,
  type LogKeyName,
  type LogLevel,
  type LogLine,
} from './log-events.ts';
import { escapeUnprintable, formatTextLine } from './text-line.ts';

export interface LogStream {
  /** One line with its line break. */
  write(line: string): void;
  /** The lines so far are not held back for others. */
  hurry?(): void;
  /** Resolves when the lines so far are where they belong. */
  flush?(): Promise<void>;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** `auto`: text where the log goes to a terminal, else JSON. */
  readonly format: 'auto' | 'json' | 'text';
  readonly addresses: 'full' | 'hashed';
  /** The log goes to a terminal. */
  readonly isTerminal: boolean;
  readonly clock: Pick<Clock, 'now'>;
  /** Default: standard output. */
  readonly stream?: LogStream;
  /** Colours in the text format. Default: on a terminal, unless the environment has NO_COLOR (no-color.org). */
  readonly color?: boolean;
}

export interface Log {
  /** One line with exactly the keys that `log-events.ts` lists for the event. */
  write<E extends LogEventName>(level: LogLevel, event: E, line: LogLine<E>): void;
  /** A line of its own kind: an event's name and a sentence. */
  notice(level: LogLevel, event: string, text: string): void;
  /** Resolves when all lines so far are written, or cannot be. */
  flush(): Promise<void>;
}

/** Its file descriptor. */
const standardOutput = 1;
/** They tell why something was done, and must be out should the process be killed at it. */
const urgentLevels: ReadonlySet<LogLevel> = new Set(['warn', 'error']);
const maxTextLetters = 1_000;
const maxProseLetters = 4_000;
const maxListEntries = 100;

export function createLog(options: LogOptions): Log {
  const output: LogStream = options.stream ?? new LineWriter(standardOutput);
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: () => `,"time":"${new Date(options.clock.now()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    formatted(output, options),
  );
  const show = options.addresses === 'hashed' ? showHashed : showFull;
  const put = (level: LogLevel, event: string, line: object) => {
    if (!logger.isLevelEnabled(level)) return;
    logger[level]({ event, ...shown(line, show) });
    if (urgentLevels.has(level)) output.hurry?.();
  };
  return {
    write: put,
    notice: (level, event, text) => put(level, event, { text }),
    flush: async () => output.flush?.(),
  };
}

function formatted(output: LogStream, options: LogOptions): LogStream {
  const { format, isTerminal } = options;
  if (format === 'text' || (format === 'auto' && isTerminal)) {
    const color = options.color ?? (isTerminal && !process.env['NO_COLOR']);
    return { write: (line) => output.write(formatTextLine(line, { color })) };
  }
  // In JSON these stand inside strings only, so that the escapes read back as what was there.
  return { write: (line) => output.write(`${escapeUnprintable(line.trimEnd())}\n`) };
}

type Show = (key: LogKeyName, text: string) => string;

function shown(line: object, show: Show): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(line)) {
    result[key] = isLogKey(key) ? shownValue(key, value, show) : undefined;
  }
  return result;
}

function shownValue(key: LogKeyName, value: unknown, show: Show): unknown {
  if (typeof value === 'string') return show(key, value);
  if (!Array.isArray(value)) return value;
  return value.slice(0, maxListEntries).map((entry) => show(key, String(entry)));
}

function isLogKey(key: string): key is LogKeyName {
  return Object.hasOwn(logKeys, key);
}

function showFull(key: LogKeyName, text: string): string {
  const maxLetters = logKeys[key].type === 'prose' ? maxProseLetters : maxTextLetters;
  return text.length > maxLetters ? `${text.slice(0, maxLetters)}…` : text;
}

function showHashed(key: LogKeyName, text: string): string {
  const { type } = logKeys[key];
  if (type === 'address' || type === 'addresses') return showFull(key, hashAddress(text));
  return type === 'prose' ? hashAddressesIn(showFull(key, text)) : showFull(key, text);
}
