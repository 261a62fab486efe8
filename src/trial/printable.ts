// Text from outside that gives no orders to the terminal on which it is shown.

/** Controls, and what turns the direction of text. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;
const unprintableButTab = /(?:(?!\t)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}])+/gu;

/** Text from outside, on one line. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, ' ').trim();
}

/** A line that has text from outside in it, with its indent and its tabs. */
export function printableLine(line: string): string {
  return line.replaceAll(unprintableButTab, ' ');
}
