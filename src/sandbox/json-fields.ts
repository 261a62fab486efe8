// Reads JSON by its shape: every property is asked for with its type, and one that nobody asked for is refused.

/** What is wrong with a JSON value, and where in it. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';

  constructor(path: string, problem: string) {
    super(`${path || 'The body'} ${problem}`);
  }
}

/** Makes something of a JSON value. Throws `ShapeError`. */
export type Read<Value> = (value: unknown, path: string) => Value;

/** Reads an object. Throws `ShapeError`, also for a property that `read` did not ask for. */
export function readObject<Value>(
  value: unknown,
  path: string,
  read: (fields: JsonFields) => Value,
): Value {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ShapeError(path, 'is no object');
  }
  const fields = new JsonFields(new Map(Object.entries(value)), path);
  const result = read(fields);
  fields.refuseOthers();
  return result;
}

/** The properties of one object. One that is absent or null is undefined. */
export class JsonFields {
  readonly #path: string;
  readonly #values: Map<string, unknown>;
  readonly #asked = new Set<string>();

  constructor(values: Map<string, unknown>, path: string) {
    this.#values = values;
    this.#path = path;
  }

  /** Text of any letters. */
  text(name: string): string | undefined {
    return this.one(name, (value, path) => {
      if (typeof value === 'string') return value;
      throw new ShapeError(path, 'is no text');
    });
  }

  /** Text that can stand in one line of a header. */
  line(name: string): string | undefined {
    const text = this.text(name);
    if (text === undefined || !/[\r\n\0]/.test(text)) return text;
    throw new ShapeError(this.#pathOf(name), 'holds a line break');
  }

  /** One of a few words, in lower case whatever the case it came in. */
  word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const text = this.text(name)?.toLowerCase();
    const found = words.find((word) => word === text);
    if (text === undefined || found !== undefined) return found;
    throw new ShapeError(this.#pathOf(name), `is none of ${words.join(', ')}`);
  }

  flag(name: string): boolean | undefined {
    return this.one(name, (value, path) => {
      if (typeof value === 'boolean') return value;
      throw new ShapeError(path, 'is neither true nor false');
    });
  }

  /** A whole number, 0 or more. */
  count(name: string): number | undefined {
    return this.one(name, (value, path) => {
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
      throw new ShapeError(path, 'is no whole number');
    });
  }

  /** Empty when it is absent. */
  list<Value>(name: string, read: Read<Value>): readonly Value[] {
    const list = this.one(name, (value, path) => {
      if (!Array.isArray(value)) throw new ShapeError(path, 'is no list');
      return value.map((item: unknown, at) => read(item, `${path}[${at}]`));
    });
    return list ?? [];
  }

  one<Value>(name: string, read: Read<Value>): Value | undefined {
    this.#asked.add(name);
    const value = this.#values.get(name) ?? undefined;
    return value === undefined ? undefined : read(value, this.#pathOf(name));
  }

  /** Throws `ShapeError` when `value`, read from `name`, is absent. */
  required<Value>(name: string, value: Value | undefined): Value {
    if (value !== undefined) return value;
    throw new ShapeError(this.#pathOf(name), 'is missing');
  }

  /** A line that must be there, and not empty. Throws `ShapeError`. */
  requiredLine(name: string): string {
    return this.required(name, this.line(name) || undefined);
  }

  refuseOthers(): void {
    const other = [...this.#values.keys()].find((name) => !this.#asked.has(name));
    if (other !== undefined) throw new ShapeError(this.#pathOf(other), 'is no known property');
  }

  #pathOf(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`;
  }
}
