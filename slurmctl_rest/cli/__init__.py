"""What a user meets: commands, options, prompts, messages and exit codes."""
