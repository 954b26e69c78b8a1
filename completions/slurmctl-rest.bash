# shellcheck shell=bash
_slurmctl_rest() {
    local program="${1/#\~\//$HOME/}"
    mapfile -t COMPREPLY < <(
        _SLURMCTL_REST_COMPLETE=bash "$program" "${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" \
            2>/dev/null </dev/null
    )
    if [[ ${COMPREPLY[0]-} == :files ]]; then
        COMPREPLY=()
        compopt -o default +o nospace
    fi
}

complete -o nospace -F _slurmctl_rest slurmctl-rest
