// Markdown tables for the reference pages, padded as the formatter of the repository wants them.

/** A table with its line breaks; cells may hold Markdown. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => escapeCell(row[column]).length)),
  );
  const rule = widths.map((width) => '-'.repeat(width));
  return [head, rule, ...rows].map((row) => formatRow(row, widths)).join('');
}

function formatRow(row: readonly string[], widths: readonly number[]): string {
  const cells = widths.map((width, column) => escapeCell(row[column]).padEnd(width));
  return `| ${cells.join(' | ')} |\n`;
}

function escapeCell(cell = ''): string {
  return cell.replaceAll('|', '\\|');
}
