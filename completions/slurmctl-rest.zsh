#compdef slurmctl-rest

_slurmctl_rest() {
  local program=${${(Q)words[1]}/#\~\//$HOME/} line entry
  local -a lines whole open
  lines=("${(@f)$(
    _SLURMCTL_REST_COMPLETE=zsh $program "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" \
      2>/dev/null </dev/null
  )}")
  if [[ $lines[1] == :files* ]]; then
    [[ $lines[1] == :files$'\t'-* ]] && compset -P '*='
    _files
    return
  fi
  for line in $lines; do
    entry=${${line%%$'\t'*}//:/\\:}
    [[ $line == *$'\t'* ]] && entry+=:${line#*$'\t'}
    if [[ ${line%%$'\t'*} == *[=,] ]]; then
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
