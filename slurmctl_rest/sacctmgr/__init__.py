"""sacctmgr's language: its order of words, its spellings, columns and texts. Pure tables."""
