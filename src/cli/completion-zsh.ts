// Completion for zsh, with descriptions.
import type { CompletedCommand } from './completion.ts';
import { quoted } from './completion-words.ts';

export function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef graphpost
# Completion of graphpost for zsh: source <(graphpost completion zsh)
_graphpost() {
  local place=graphpost word
  local -a items
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$place $word" in
      (${commands
        .slice(1)
        .map(({ place }) => quoted(place))
        .join('|')}) place="$place $word" ;;
    esac
  done
  case "$place \${words[CURRENT-1]}" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$place" in
${commands.map(itemCase).join('\n')}
  esac
  _describe graphpost items
}
compdef _graphpost graphpost
`;
}

function valueCases({ place, options }: CompletedCommand): readonly string[] {
  return options.flatMap(({ flags, value }) => {
    if (value === 'none') return [];
    const pattern = `    (${flags.map((flag) => quoted(`${place} ${flag}`)).join('|')})`;
    if (value === 'file') return [`${pattern} _files; return ;;`];
    if (value === 'any') return [`${pattern} return ;;`];
    return [`${pattern} compadd -- ${value.map(quoted).join(' ')}; return ;;`];
  });
}

function itemCase({ place, subcommands, options, takesFiles }: CompletedCommand): string {
  const items = [
    ...subcommands.map(({ name, description }) => item(name, description)),
    ...options.flatMap(({ flags, description }) => flags.map((flag) => item(flag, description))),
  ];
  const files = takesFiles ? ' _files;' : '';
  return `    (${quoted(place)}) items=(${items.join(' ')});${files} ;;`.replace(';; ;;', ';;');
}

/** A colon parts the word from what it means. */
function item(word: string, description: string): string {
  return quoted(`${word.replaceAll(':', '\\:')}:${description}`);
}
