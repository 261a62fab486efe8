// Whether sendmail was called, and with which words: asked before anything else is loaded.
import { basename } from 'node:path';

/**
 * What follows the command, or the name by which the program was called, as through a link /usr/sbin/sendmail.
 * Undefined: another command was called.
 */
export function sendmailWords([, file = '', ...words]: readonly string[]):
  readonly string[] | undefined {
  if (basename(file) === 'sendmail') return words;
  return words[0] === 'sendmail' ? words.slice(1) : undefined;
}
