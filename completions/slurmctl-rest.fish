function __slurmctl_rest_complete
    set -l words (commandline -opc)
    set -l incomplete (commandline -ct)
    set -l lines (env _SLURMCTL_REST_COMPLETE=fish $words "$incomplete" 2>/dev/null </dev/null)
    if string match -q -- ':files*' "$lines[1]"
        set -l front (string split \t -- $lines[1])[2]
        set -l begun (string sub -s (math (string length -- "$front") + 1) -- "$incomplete")
        for path in (__fish_complete_path "$begun")
            printf '%s%s\n' "$front" $path
        end
        return
    end
    test -n "$lines"; and printf '%s\n' $lines
end

complete -c slurmctl-rest -e
complete -c slurmctl-rest -f -a '(__slurmctl_rest_complete)'
