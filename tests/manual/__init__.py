"""sacctmgr's manual page as a list of rows, what each row gives, and the page of docs/ that says so.

`page.py` reads the page, `probes.py` has command lines for each row, `judge.py` runs them on the lab,
and `document.py` writes docs/sacctmgr-manual.md from what `sacctmgr-26.05.tsv` has recorded.
`make manual` does all of it.
"""
