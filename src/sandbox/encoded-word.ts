// Encoded words of RFC 2047: how a header field carries letters beyond ASCII.

const encodedWord = /=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bq])\?([^?\s]*)\?=/gi;
/** Bytes of text in one encoded word, so that it stays within 75 letters. */
const maxWordBytes = 42;

/** The value with its encoded words decoded; a word in an unknown character set stays as it is. No line breaks come out. */
export function decodeWords(value: string): string {
  if (!value.includes('=?')) return value;
  // Blanks between two encoded words only separate them (RFC 2047 §6.2).
  const joined = value.replace(/(\?=)\s+(?==\?[^?\s]+\?[bq]\?)/gi, '$1');
  return joined.replace(encodedWord, decodeWord).replace(/[\r\n\0]+/g, ' ');
}

function decodeWord(word: string, charset: string, encoding: string, text: string): string {
  const bytes =
    encoding.toLowerCase() === 'b'
      ? Buffer.from(text, 'base64')
      : Buffer.from(unescapeQ(text), 'latin1');
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return word;
  }
}

function unescapeQ(text: string): string {
  return text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Text for an unstructured field or a phrase: as it is when it is plain ASCII, else as encoded words, folded. */
export function encodeWords(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes('=?')) return text;
  const words: string[] = [];
  let word = '';
  for (const letter of text) {
    if (Buffer.byteLength(word + letter) > maxWordBytes) {
      words.push(word);
      word = '';
    }
    word += letter;
  }
  words.push(word);
  return words.map((part) => `=?utf-8?B?${Buffer.from(part).toString('base64')}?=`).join('\r\n ');
}
