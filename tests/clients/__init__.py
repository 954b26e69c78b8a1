"""Real clients of sacctmgr, each in an environment of its own, which are driven on the lab."""
