// The ways in which every client is asked to send.

/** What not every program can: send without TLS, attach, send one message to several. */
export type Ability = 'clear' | 'attachment' | 'several';

export interface Case {
  readonly title: string;
  /** Without these it is not tried. */
  readonly needs: readonly Ability[];
  /** With a login, over TLS. */
  readonly secure: boolean;
  /** These are used by whoever can. */
  readonly uses: readonly Ability[];
}

const cases: readonly Case[] = [
  { title: 'plain', needs: ['clear'], secure: false, uses: [] },
  { title: 'attachment', needs: ['clear', 'attachment'], secure: false, uses: ['attachment'] },
  {
    title: 'several with Bcc',
    needs: ['clear', 'several'],
    secure: false,
    uses: ['attachment', 'several'],
  },
  { title: 'login over STARTTLS', needs: [], secure: true, uses: ['attachment', 'several'] },
];

export const caseTitles: readonly string[] = cases.map(({ title }) => title);

/** `npm run test:clients` tries all of them; otherwise those are enough that hold the others. */
const isWhole = process.env['GRAPHPOST_TEST_CLIENTS'] === 'all';

export const chosenCases: readonly Case[] = isWhole ? cases : cases.slice(2);
