// Reads the address lists of From, To, Cc and Bcc as RFC 5322 §3.4 writes them, and names what is none.
import { parseAddress, type Address } from '../core/address.ts';

export interface ListedMailbox {
  readonly address: Address;
  /** The display name holds an `@` outside of quotes: Exchange takes it amiss. */
  readonly hasBareAt: boolean;
}

export interface AddressList {
  readonly mailboxes: readonly ListedMailbox[];
  /** Pieces of the list that are no mailbox, as they stand there. */
  readonly invalid: readonly string[];
}

/** One element of the list while it is read. */
interface Element {
  /** Everything but comments. */
  text: string;
  /** What stands in angle brackets. */
  angle?: string;
  /** What stands outside of quotes and angle brackets, beside comments. */
  bare: string;
  broken: boolean;
}

/** A run of characters that mean nothing to the list, or one thing that does. */
const token =
  /"[^"\\]*(?:\\.[^"\\]*)*"|<[^<>"\\]*(?:"[^"\\]*(?:\\.[^"\\]*)*"[^<>"\\]*)*>|\[[^[\]\\]*\]|[(),:;"<>[\]\\]|[^(),:;"<>[\]\\]+/gs;

/** @param value a field's value, unfolded */
export function readAddressList(value: string): AddressList {
  const mailboxes: ListedMailbox[] = [];
  const invalid: string[] = [];
  for (const element of splitList(withoutComments(value))) {
    const address = element.broken ? undefined : parseAddress(addressText(element));
    if (address === undefined) invalid.push(element.text.trim());
    else mailboxes.push({ address, hasBareAt: hasBareAt(element) });
  }
  return { mailboxes, invalid };
}

/** Cuts at the commas between mailboxes; the names of groups and what closes them vanish. */
function splitList(value: string): Element[] {
  const elements: Element[] = [];
  let current = emptyElement();
  let inGroup = false;
  const finish = (): void => {
    if (current.text.trim() !== '') elements.push(current);
    current = emptyElement();
  };
  for (const [piece] of value.matchAll(token)) {
    if (piece === ',') finish();
    else if (piece === ':' && !inGroup && current.angle === undefined) {
      inGroup = true;
      current = emptyElement();
    } else if (piece === ';' && inGroup) {
      inGroup = false;
      finish();
    } else addPiece(current, piece);
  }
  current.broken ||= inGroup;
  if (inGroup) current.text ||= 'a group without its end';
  finish();
  return elements;
}

function addPiece(element: Element, piece: string): void {
  element.text += piece;
  const isQuoted = piece.startsWith('"') && piece.length > 1;
  const isAngle = piece.startsWith('<') && piece.length > 1;
  const isLiteral = piece.startsWith('[') && piece.length > 1;
  if (/^[():;"<>[\]\\]$/.test(piece)) element.broken = true;
  else if (isAngle) {
    element.broken ||= element.angle !== undefined;
    element.angle = piece.slice(1, -1);
  } else if (!isQuoted && !isLiteral) {
    element.bare += piece;
    element.broken ||= element.angle !== undefined && piece.trim() !== '';
  }
}

function addressText({ text, angle }: Element): string {
  return (angle ?? text).trim();
}

function hasBareAt({ angle, bare }: Element): boolean {
  return angle !== undefined && bare.includes('@');
}

function emptyElement(): Element {
  return { text: '', bare: '', broken: false };
}

/** Comments nest, and quoted strings may hold parentheses that open none. */
function withoutComments(value: string): string {
  if (!value.includes('(')) return value;
  let kept = '';
  let depth = 0;
  for (const [piece] of value.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|\\.|[()]|[^"\\()]+|./gs)) {
    if (piece === '(') depth += 1;
    else if (piece === ')' && depth > 0) depth -= 1;
    else if (depth === 0) kept += piece;
  }
  return kept;
}
