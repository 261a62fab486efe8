// The look of the pages: light and dark, from a phone to a wide screen.

/** Served as a file. */
export const stylesheet = `:root {
  color-scheme: light dark;
  --ground: #f6f7f9;
  --card: #ffffff;
  --line: #dfe3e8;
  --ink: #1b2430;
  --muted: #5a6675;
  --link: #1f5f86;
  --code: #eef1f5;
  --blue: #1d5b8c; --blue-soft: #e2eefa;
  --green: #1f6b3f; --green-soft: #e0f3e7;
  --amber: #7a5200; --amber-soft: #fcefd3;
  --violet: #5b3f96; --violet-soft: #ece6f9;
  --red: #a1262b; --red-soft: #fbe5e5;
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #12161c;
    --card: #1a2029;
    --line: #2d3642;
    --ink: #e4e9ef;
    --muted: #9aa7b6;
    --link: #86c1e8;
    --code: #232b36;
    --blue: #9ccbf2; --blue-soft: #1b3347;
    --green: #93d9ae; --green-soft: #173524;
    --amber: #f0c674; --amber-soft: #3a2d10;
    --violet: #c9b6f5; --violet-soft: #2e2547;
    --red: #f5a3a3; --red-soft: #451f22;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere; }
header, main, footer { max-width: 76rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2.5rem); }
h1, h2, p, dl, dd, ul, pre { margin: 0; }
h1 { font-size: 1.5rem; line-height: 1.25; letter-spacing: -0.01em; }
h2 { font-size: 1.125rem; line-height: 1.3; }
a { color: var(--link); text-underline-offset: 0.15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
small { font-size: 0.8125rem; color: var(--muted); }
code, pre { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace; font-size: 0.8125rem; }
code { background: var(--code); border-radius: 4px; padding: 0.1em 0.35em; }
.muted, .empty, footer { color: var(--muted); }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.banner { background: var(--amber-soft); color: var(--amber); padding: 0.75rem clamp(1rem, 4vw, 2.5rem); text-align: center; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0.25rem 1rem; padding-block: 2rem 1.25rem; }
.tools { margin-inline-start: auto; display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; }
.switch { font-size: 0.875rem; color: var(--muted); }
.stale .switch::after { content: ' · no answer'; color: var(--red); }
main { display: grid; grid-template-columns: minmax(0, 1fr); gap: 2.5rem; padding-block-end: 3rem; }
main > section, main > details { display: block; }
section > h2 { margin-block-end: 0.75rem; }
footer { padding-block: 0 3rem; font-size: 0.875rem; }
.card, table { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.card { padding: 1.25rem 1.5rem; }
.empty { background: var(--card); border: 1px dashed var(--line); border-radius: 10px; padding: 1.5rem; text-align: center; }

.summary { font-size: 1.1875rem; line-height: 1.45; padding: 1rem 1.25rem; border-radius: 10px; border-inline-start: 5px solid; }
.summary.good { background: var(--green-soft); color: var(--green); }
.summary.attention { background: var(--amber-soft); color: var(--amber); }
.summary.bad { background: var(--red-soft); color: var(--red); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.75rem; margin-block-start: 1rem; }
.tiles > div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 0.875rem 1rem; }
.tiles dd { font-size: 1.625rem; line-height: 1.2; font-variant-numeric: tabular-nums; margin-block-start: 0.5rem; }
.tiles dd small { display: block; line-height: 1.35; margin-block-start: 0.25rem; }
.tiles .none dd { color: var(--muted); }

.badge { display: inline-block; border-radius: 999px; padding: 0.1rem 0.65rem; font-size: 0.8125rem; font-weight: 600; white-space: nowrap; }
.badge::before { content: ''; display: inline-block; inline-size: 0.5em; block-size: 0.5em; margin-inline-end: 0.45em; border-radius: 50%; background: currentColor; vertical-align: 0.08em; }
.ready, .sending { color: var(--blue); background: var(--blue-soft); }
.unsure, .held { color: var(--violet); background: var(--violet-soft); }
.deferred { color: var(--amber); background: var(--amber-soft); }
.failed { color: var(--red); background: var(--red-soft); }
.delivered { color: var(--green); background: var(--green-soft); }

summary { cursor: pointer; }
summary h2 { display: inline; }
details > :not(summary) { margin-block-start: 0.875rem; }
.listener + .listener { border-block-start: 1px solid var(--line); padding-block-start: 1rem; }
.listener > * + * { margin-block-start: 0.625rem; }
.facts { display: flex; flex-wrap: wrap; gap: 0.75rem 2.5rem; }
dt { font-size: 0.8125rem; color: var(--muted); }
.facts code { font-size: 1rem; }
.forced > div { display: grid; grid-template-columns: minmax(9rem, auto) 1fr; gap: 0.25rem 1rem; padding: 0.25rem 0; }
.forced dd { margin: 0; font-size: 0.9375rem; }
@media (max-width: 36rem) { .forced > div { grid-template-columns: 1fr; gap: 0; padding: 0.4rem 0; } }
.line { background: var(--code); border-radius: 8px; padding: 0.75rem 1rem; white-space: pre-wrap; }

table { table-layout: fixed; border-collapse: separate; border-spacing: 0; inline-size: 100%; overflow: hidden; }
th, td { text-align: start; vertical-align: top; padding: 0.875rem 0.75rem; }
th:first-child, td:first-child { padding-inline-start: 1.25rem; }
th { font-size: 0.8125rem; font-weight: 600; color: var(--muted); white-space: nowrap; }
td { border-block-start: 1px solid var(--line); font-size: 0.9375rem; }
td small { display: block; }
td strong { font-size: 1rem; }
.deliveries th:nth-child(1) { inline-size: 15%; }
.deliveries th:nth-child(2) { inline-size: 37%; }
.deliveries th:nth-child(3) { inline-size: 14%; }
.deliveries th:nth-child(4) { inline-size: 12%; }
.deliveries th:nth-child(5) { inline-size: 10%; }
.sandbox th:nth-child(1), .attachments th:nth-child(2) { inline-size: 18%; }
.sandbox th:nth-child(2) { inline-size: 46%; }
.sandbox th:nth-child(4), .attachments th:nth-child(3) { inline-size: 12%; }
.attachments th:nth-child(4) { inline-size: 42%; }
time > span { white-space: nowrap; }
time small, .id { display: block; inline-size: fit-content; font-variant-numeric: tabular-nums; }
.id { background: none; padding: 0; color: var(--muted); font-size: 0.75rem; }
.people .muted { white-space: nowrap; }
.trouble { margin-block-start: 0.5rem; padding: 0.5rem 0.75rem; border-radius: 8px; background: var(--code); font-size: 0.875rem; }
.trouble strong { font-size: inherit; }
.trouble code { background: var(--card); white-space: nowrap; }
.trouble small code { white-space: normal; }
.next { font-size: 0.875rem; }
.explain { display: grid; gap: 0.35rem; margin-block-start: 1rem; }
.explain label { font-size: 0.875rem; margin-block-start: 0.5rem; }
.explain input, .explain textarea { padding: 0.4rem 0.6rem; width: 100%; font: inherit; }
.explain textarea { background: inherit; color: inherit; border-radius: 8px; }
.explain textarea, .explanation { font-family: ui-monospace, monospace; font-size: 0.8125rem; }
.explain button { justify-self: start; padding: 0.4rem 1rem; margin-block-start: 0.5rem; }
.explanation { white-space: pre-wrap; overflow-wrap: anywhere; padding: 0.75rem; border: 1px solid var(--line, currentColor); border-radius: 0.5rem; }
.search { display: grid; grid-template-columns: auto minmax(0, 2fr) auto minmax(0, 2fr) auto minmax(7rem, 1fr) auto; gap: 0.5rem 0.75rem; align-items: center; margin-block-end: 1rem; }
.search label { font-size: 0.875rem; }
.search button { padding: 0.4rem 1rem; }
.pager { display: flex; gap: 1.5rem; margin-block-start: 1rem; }

.reading { padding-block-start: 2rem; gap: 1.75rem; max-width: 60rem; }
.fields { display: grid; gap: 0.625rem; }
.fields > div { display: grid; grid-template-columns: 6rem minmax(0, 1fr); gap: 1rem; align-items: baseline; }
.fields ul { list-style: none; padding: 0; }
.fields time small { display: inline; margin-inline-start: 0.5rem; }
.text { white-space: pre-wrap; font: inherit; }
.source { white-space: pre-wrap; max-block-size: 32rem; overflow: auto; }
.hash { background: none; padding: 0; }

.delivery { display: grid; gap: 0.875rem; }
.delivery > h2 { margin: 0; }
.delivery > h2 small { font-weight: 400; }
.delivery .attempts { border-radius: 8px; }
.delivery time small { display: inline; margin-inline-start: 0.5rem; }
.attempts th:nth-child(1) { inline-size: 22%; }
.attempts th:nth-child(3) { inline-size: 14%; }
.attempts th:nth-child(4) { inline-size: 11%; }
.attempts time small { display: block; margin: 0; }
.acts { display: flex; flex-wrap: wrap; gap: 0.5rem; align-items: flex-start; }
.acts details[open] { flex-basis: 100%; }
.acts form { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; background: var(--code); border-radius: 8px; padding: 0.75rem 1rem; }
.acts details > :not(summary) { margin-block-start: 0.5rem; }
.button { display: inline-block; font-size: 0.9375rem; font-weight: 600; color: var(--link); text-decoration: none; border: 1px solid var(--line); border-radius: 8px; padding: 0.3rem 0.8rem; list-style: none; }
.button::-webkit-details-marker { display: none; }
.changes { padding-inline-start: 2.25rem; }
.narrow { max-width: 30rem; padding-block-start: 15vh; gap: 1.25rem; }
.stack { display: grid; gap: 0.75rem; }
.error { color: var(--red); background: var(--red-soft); border-radius: 8px; padding: 0.5rem 0.75rem; }
label[for] { font-weight: 600; }
input:not([type='checkbox']), select { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--muted); border-radius: 8px; padding: 0.625rem 0.75rem; min-inline-size: 0; inline-size: 100%; }
.search input, .search select { padding: 0.4rem 0.6rem; }
button { font: inherit; font-weight: 600; cursor: pointer; color: var(--card); background: var(--link); border: 0; border-radius: 8px; padding: 0.625rem 1rem; }
.tools button { padding: 0.25rem 0.75rem; font-size: 0.875rem; }

@media (max-width: 56rem) {
  .card { padding: 1rem; }
  .search { grid-template-columns: auto minmax(0, 1fr); }
  .search button { grid-column: 1 / -1; }
  .fields > div { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.5rem; }
  .tiles > div { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; padding: 0.5rem 0.75rem; }
  .tiles dd { font-size: 1.125rem; margin: 0; }
  .tiles dd small { display: none; }
  .tiles > :last-child:nth-child(odd) { grid-column: 1 / -1; }
  thead { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody { display: block; }
  tr { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 0.625rem 0.75rem; padding: 1rem; }
  tr + tr { border-block-start: 1px solid var(--line); }
  td, td:first-child { border: 0; padding: 0; }
  td::before { content: attr(data-label); display: block; color: var(--muted); font-size: 0.75rem; }
  td.head::before { content: none; }
  .attachments td.head { order: -3; }
  td.time { grid-column: span 2; order: -2; }
  td.aside { order: -1; text-align: end; }
  td.wide { grid-column: 1 / -1; }
}
`;
