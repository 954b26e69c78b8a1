"""The executor `cli`: sacctmgr and its siblings, run as subprocesses."""
