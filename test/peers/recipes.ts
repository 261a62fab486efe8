// The settings in docs/recipes.md, as the clients of the tests use them: so they cannot rot.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const page = readFileSync(join(import.meta.dirname, '../../docs/recipes.md'), 'utf8');
const blocks = new Map(
  [...page.matchAll(/^```[a-z]+ ([\w-]+)\n([\s\S]*?)^```$/gm)].map(([, name = '', text = '']) => [
    name,
    text,
  ]),
);

export const recipeNames: readonly string[] = [...blocks.keys()];

/** Where the gateway of a test is, in place of the one on the page. */
export interface RecipePlace {
  readonly port: number;
  readonly certFile: string;
}

/** The block of that name, for a gateway on this machine and its login. */
export function recipe(name: string, { port, certFile }: RecipePlace): string {
  return recipeText(name)
    .replaceAll('gateway.example.com', '127.0.0.1')
    .replaceAll(/\b(2525|587)\b/g, String(port))
    .replaceAll('/etc/ssl/certs/ca-certificates.crt', certFile)
    .replaceAll(/the[ -]password/g, 'secret')
    .replaceAll(/\bshop\b(?!@)/g, 'app');
}

/** As it stands on the page. */
export function recipeText(name: string): string {
  const text = blocks.get(name);
  if (text === undefined) throw new Error(`docs/recipes.md has no block "${name}"`);
  return text;
}

/** The block for a login, where one is wanted. */
export function recipeFor(
  name: string,
  { secure, ...place }: RecipePlace & { readonly secure: boolean },
): string {
  return recipe(secure ? `${name}-login` : name, place);
}
