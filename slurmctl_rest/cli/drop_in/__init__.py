"""The voice `sacctmgr`: the program as it answers to that name."""
