"""The user interface: commands, options, prompts, messages and exit codes."""
