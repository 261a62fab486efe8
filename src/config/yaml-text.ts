// The YAML of the configuration file: parsed, or what is wrong with its syntax.
import { Document, parseDocument, type YAMLParseError, type YAMLWarning } from 'yaml';
import type { Span } from './file-node.ts';
import { shieldReferences, unshield } from './shield.ts';

export interface SyntaxFault {
  readonly message: string;
  /** Absent: the text as a whole. */
  readonly span?: Span;
}

export interface ParsedYaml {
  /** What could be made of the text. */
  readonly document: Document;
  /** In the order of the text, one for each line. */
  readonly faults: readonly SyntaxFault[];
}

export function parseYaml(text: string): ParsedYaml {
  const document = parseDocument(shieldReferences(text), {
    prettyErrors: false,
    // Repeated keys are reported with the rest of what is wrong with keys.
    uniqueKeys: false,
  });
  const troubles = [...document.errors, ...document.warnings];
  // How far the parser came before it gave up depends on the machine: no position is given.
  const isTooDeep = troubles.some((trouble) => trouble.code === 'RESOURCE_EXHAUSTION');
  if (isTooDeep) return { document: new Document(), faults: [tooDeep] };
  return { document, faults: firstOfEachLine(troubles, text).map(toSyntaxFault) };
}

const tooDeep: SyntaxFault = { message: 'the file is nested too deeply' };

type Trouble = YAMLParseError | YAMLWarning;

/** What follows on the same line is mostly the same fault again. */
function firstOfEachLine(troubles: readonly Trouble[], text: string): readonly Trouble[] {
  const byLine = new Map<number, Trouble>();
  for (const trouble of troubles.toSorted((one, other) => one.pos[0] - other.pos[0])) {
    const line = text.slice(0, trouble.pos[0]).split('\n').length;
    if (!byLine.has(line)) byLine.set(line, trouble);
  }
  return [...byLine.values()];
}

/** In the words of the library, but where they speak of the library itself. */
function toSyntaxFault({ code, message, pos: [start, end] }: Trouble): SyntaxFault {
  const isSecondDocument = code === 'MULTIPLE_DOCS';
  const text = isSecondDocument
    ? 'the file must be one document'
    : `not YAML: ${toSentence(message)}`;
  return { message: text, span: { start, end } };
}

function toSentence(message: string): string {
  return unshield(message).replace(
    /^Missing closing (["'])quote$/,
    'A text that begins with $1 never ends',
  );
}
