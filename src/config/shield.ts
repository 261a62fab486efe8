// Lets `${NAME}` stand unquoted inside `{ }` and `[ ]`, where YAML takes its braces for structure.
import { closingBrace } from './expansion.ts';

/** YAML's flow indicators, and letters for private use that stand for them while the text is parsed. */
const shields = new Map([
  ['{', '\uE000'],
  ['}', '\uE001'],
  ['[', '\uE002'],
  [']', '\uE003'],
  [',', '\uE004'],
]);
const indicators = new Map([...shields].map(([indicator, shield]) => [shield, indicator]));

/** The text with the indicators in its references shielded: as long as before, so that positions stay true. */
export function shieldReferences(text: string): string {
  if (/[\uE000-\uE004]/.test(text)) return text;
  return text.split('\n').map(shieldLine).join('\n');
}

export function unshield(text: string): string {
  return text.replace(/[\uE000-\uE004]/g, (letter) => indicators.get(letter) ?? letter);
}

function shieldLine(line: string): string {
  const start = line.indexOf('${');
  if (start === -1) return line;
  const end = closingBrace(line, start + 2) + 1;
  if (end === 0) return line;
  const reference = line
    .slice(start, end)
    .replace(/[{}[\],]/g, (sign) => shields.get(sign) ?? sign);
  return line.slice(0, start) + reference + shieldLine(line.slice(end));
}
