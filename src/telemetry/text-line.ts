// A line of the log for a terminal: one readable line per event, in which nothing from outside can draw.
import { styleText } from 'node:util';

/** Controls, line separators, and invisible marks, among them those that turn the direction of writing. */
const unprintable = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

const plainWord = /^[^\s"=]+$/;

/** Text with every unprintable character as `\u....`, as JSON has it. */
export function escapeUnprintable(text: string): string {
  return text.replaceAll(unprintable, (character) => character.split('').map(escapeUnit).join(''));
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * A JSON line of the log as `HH:MM:SS level event id text key=value …`, local time, with its line break.
 * What is no JSON object comes back escaped and otherwise as it is.
 */
export function formatTextLine(json: string, { color }: { readonly color: boolean }): string {
  const line = parseObject(json);
  if (line === undefined) return `${escapeUnprintable(json.trimEnd())}\n`;
  const { time, level, event, id, text, ...rest } = line;
  const words = [
    formatTime(time),
    formatLevel(formatText(level), color),
    paint('bold', formatText(event).padEnd(18), color),
    ...[id, text].filter((value) => value !== undefined).map(formatText),
    ...Object.entries(rest).map(([key, value]) => formatPair(key, value, color)),
  ];
  return `${words.join(' ').trimEnd()}\n`;
}

function parseObject(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function formatTime(time: unknown): string {
  return new Date(String(time)).toTimeString().slice(0, 8);
}

const levelColors = new Map([
  ['info', 'green'],
  ['warn', 'yellow'],
  ['error', 'red'],
] as const);

function formatLevel(level: string, color: boolean): string {
  const found = [...levelColors].find(([name]) => name === level);
  return paint(found?.[1] ?? 'dim', level.padEnd(5), color);
}

function formatPair(key: string, value: unknown, color: boolean): string {
  return `${paint('dim', `${escapeUnprintable(key)}=`, color)}${formatValue(value)}`;
}

function formatValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(formatValue).join(',');
  const text = toText(value);
  return escapeUnprintable(plainWord.test(text) ? text : JSON.stringify(text));
}

function formatText(value: unknown): string {
  return escapeUnprintable(toText(value));
}

function toText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function paint(style: Parameters<typeof styleText>[0], text: string, color: boolean): string {
  return color ? styleText(style, text, { validateStream: false }) : text;
}
