#compdef slurmctl-rest

_slurmctl_rest_completion() {
  eval $(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" _SLURMCTL_REST_COMPLETE=complete_zsh slurmctl-rest)
}

compdef _slurmctl_rest_completion slurmctl-rest

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _slurmctl_rest_completion "$@"
fi
