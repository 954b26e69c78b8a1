"""sacctmgr's manual page as rows, what each gives, and the page of docs/ that says so.

`page.py` reads the page, `probes.py` has command lines for each row, `judge.py` runs them on the
lab, and `table.py` writes docs/sacctmgr-manual.md from what `sacctmgr-26.05.tsv` has recorded.
`make manual` does all of it.
"""
