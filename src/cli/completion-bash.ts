// Completion for bash, without the package bash-completion.
import type { CompletedCommand } from './completion.ts';
import { quoted, wordsOf } from './completion-words.ts';

export function bashScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of graphpost for bash: source <(graphpost completion bash)
_graphpost() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD - 1]}"
  local place=graphpost words='' files='' index
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$place \${COMP_WORDS[index]}" in
      ${commands
        .slice(1)
        .map(({ place }) => quoted(place))
        .join(' | ')})
        place="$place \${COMP_WORDS[index]}" ;;
    esac
  done
  case "$place $before" in
${commands.flatMap(valueCases).join('\n')}
  esac
  case "$place" in
${commands.map(wordCase).join('\n')}
  esac
  _graphpost_reply "$words" "$files"
}
_graphpost_reply() {
  local IFS=$'\\n' current="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=($(compgen -W "\${1// /$'\\n'}" -- "$current"))
  if [[ -n $2 && $current != -* ]]; then
    type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -F _graphpost graphpost
`;
}

/** After an option that has a value. */
function valueCases({ place, options }: CompletedCommand): readonly string[] {
  return options.flatMap(({ flags, value }) => {
    if (value === 'none') return [];
    const pattern = flags.map((flag) => quoted(`${place} ${flag}`)).join(' | ');
    if (value === 'file') return [`    ${pattern}) _graphpost_reply '' files; return ;;`];
    if (value === 'any') return [`    ${pattern}) COMPREPLY=(); return ;;`];
    return [`    ${pattern}) _graphpost_reply ${quoted(value.join(' '))}; return ;;`];
  });
}

function wordCase(command: CompletedCommand): string {
  const files = command.takesFiles ? '; files=yes' : '';
  return `    ${quoted(command.place)}) words=${quoted(wordsOf(command).join(' '))}${files} ;;`;
}
