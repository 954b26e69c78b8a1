"""The executor `rest`: slurmrestd over HTTP, on TCP or a unix socket."""
