// The look-ups by $filter that the sandbox knows: by Message-ID, by draft or not, by extended property.
import type { StoredItem } from './stored-item.ts';

/** A test on an item. */
export type Filter = (item: StoredItem) => boolean;

/** The clauses of $filter that the sandbox knows, joined by `and`. */
const clauses: readonly {
  readonly pattern: RegExp;
  readonly toFilter: (groups: readonly string[]) => Filter;
}[] = [
  {
    pattern: /^internetMessageId eq '((?:[^']|'')*)'/,
    toFilter:
      ([id = '']) =>
      (item) =>
        item.internetMessageId === unquote(id),
  },
  {
    pattern: /^isDraft eq (true|false)/,
    toFilter:
      ([value]) =>
      (item) =>
        String(item.isDraft) === value,
  },
  {
    pattern:
      /^singleValueExtendedProperties\/any\((\w+):\s*\1\/id eq '((?:[^']|'')*)' and \1\/value eq '((?:[^']|'')*)'\)/,
    toFilter:
      ([, id = '', value = '']) =>
      (item) =>
        item.properties.some(
          (property) => sameProperty(property.id, unquote(id)) && property.value === unquote(value),
        ),
  },
];

/** Undefined for a $filter that the sandbox does not know. */
export function parseFilter(text: string): Filter | undefined {
  for (const { pattern, toFilter } of clauses) {
    const match = pattern.exec(text);
    if (match === null) continue;
    const filter = toFilter(match.slice(1));
    const rest = text.slice(match[0].length);
    if (rest === '') return filter;
    const others = rest.startsWith(' and ') ? parseFilter(rest.slice(5)) : undefined;
    return others && ((item) => filter(item) && others(item));
  }
  return undefined;
}

/** GUIDs in the names of properties come in either case. */
export function sameProperty(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** The text between the quotes of an OData literal. */
export function unquote(text: string): string {
  return text.replaceAll("''", "'");
}
