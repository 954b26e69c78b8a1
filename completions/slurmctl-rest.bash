_slurmctl_rest_completion() {
    local IFS=$'
'
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" \
                   COMP_CWORD=$COMP_CWORD \
                   _SLURMCTL_REST_COMPLETE=complete_bash $1 ) )
    return 0
}

complete -o default -F _slurmctl_rest_completion slurmctl-rest
