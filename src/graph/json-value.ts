// Looks into JSON of which nothing is believed.

/** The properties of an object; none for anything else. */
export function propertiesOf(value: unknown): { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** The elements of a list; none for anything else. */
export function elementsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
