"""The code that each shell runs at a TAB. No answer of the program is ever evaluated, only listed.

bash ends words at COMP_WORDBREAKS (= and : among them), so it hands the whole line over.
"""

from __future__ import annotations

from collections.abc import Mapping

VARIABLE = "_SLURMCTL_REST_COMPLETE"
"""If it is set, the program answers a shell; `source_bash` prints the script of bash."""

BASH = """\
# shellcheck shell=bash
_slurmctl_rest() {
    local program="${1/#\\~\\//$HOME/}"
    mapfile -t COMPREPLY < <(
        _SLURMCTL_REST_COMPLETE=bash "$program" "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" \\
            2>/dev/null </dev/null
    )
    if [[ ${COMPREPLY[0]-} == :files ]]; then
        COMPREPLY=()
        compopt -o default +o nospace
    fi
}

complete -o nospace -F _slurmctl_rest slurmctl-rest
"""

ZSH = """\
#compdef slurmctl-rest

_slurmctl_rest() {
  local program=${${(Q)words[1]}/#\\~\\//$HOME/} line entry
  local -a lines whole open
  lines=("${(@f)$(
    _SLURMCTL_REST_COMPLETE=zsh $program "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" \\
      2>/dev/null </dev/null
  )}")
  if [[ $lines[1] == :files* ]]; then
    [[ $lines[1] == :files$'\\t'-* ]] && compset -P '*='
    _files
    return
  fi
  for line in $lines; do
    entry=${${line%%$'\\t'*}//:/\\\\:}
    [[ $line == *$'\\t'* ]] && entry+=:${line#*$'\\t'}
    if [[ ${line%%$'\\t'*} == *[=,] ]]; then
      open+=("$entry")
    else
      whole+=("$entry")
    fi
  done
  local -a same=(-M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}') space=()
  [[ -z $compstate[quote] ]] && space=(-S ' ' -r ' ,')
  local -i found=1
  (( $#open )) && _describe -t fields field open $same -S '' && found=0
  (( $#whole )) && _describe -t words word whole $same $space && found=0
  return found
}

compdef _slurmctl_rest slurmctl-rest

# zsh runs the file at the first TAB, which is to be answered, too.
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _slurmctl_rest "$@"
fi
"""

FISH = """\
function __slurmctl_rest_complete
    set -l words (commandline -opc)
    set -l incomplete (commandline -ct)
    set -l lines (env _SLURMCTL_REST_COMPLETE=fish $words "$incomplete" 2>/dev/null </dev/null)
    if string match -q -- ':files*' "$lines[1]"
        set -l front (string split \\t -- $lines[1])[2]
        set -l begun (string sub -s (math (string length -- "$front") + 1) -- "$incomplete")
        for path in (__fish_complete_path "$begun")
            printf '%s%s\\n' "$front" $path
        end
        return
    end
    test -n "$lines"; and printf '%s\\n' $lines
end

complete -c slurmctl-rest -e
complete -c slurmctl-rest -f -a '(__slurmctl_rest_complete)'
"""

SCRIPTS: Mapping[str, str] = {"bash": BASH, "zsh": ZSH, "fish": FISH}
