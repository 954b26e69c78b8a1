"""`python -m tests.record`: record anew what real slurmrestd answers, in each version it serves.

The tapes (recorded/tape.py) feed tests that run without the lab. What they hold is decided by
recorded/sentences.txt. Each tape begins on an empty database, and what no client may depend on is
made neutral before the program sees it, so that the same Slurm makes the same tapes, byte for byte.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import httpx

from slurmctl_rest.model.kinds.base import Json
from slurmctl_rest.model.versions import KNOWN
from tests.lab import cluster as lab
from tests.lab.cluster import Cluster
from tests.recorded.tape import (
    EXPIRED,
    HERE,
    Exchange,
    Scene,
    Tape,
    lines,
    perform,
    request_of,
)


class Recorder(httpx.BaseTransport):
    """Sends to a real slurmrestd with a real token; keeps and answers what is neutral of it."""

    def __init__(self, url: str, token: str) -> None:
        """`url` and `token` take the place of those that the program was given."""
        self.real = httpx.Client(base_url=url, timeout=60, trust_env=False)
        self.token = token
        self.exchanges: list[Exchange] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and keep it."""
        wanted = ("content-type", "x-slurm-user-name")
        headers = {name: request.headers[name] for name in wanted}
        response = self.real.request(
            request.method,
            request.url.raw_path.decode(),
            content=request.content or None,
            headers={**headers, "X-SLURM-USER-TOKEN": self.token},
        )
        type_ = response.headers.get("content-type", "")
        exchange = Exchange(*request_of(request), response.status_code, type_, neutral(response))
        self.exchanges.append(exchange)
        return exchange.response

    def close(self) -> None:
        """Close the real connection."""
        self.real.close()


def neutral(response: httpx.Response) -> Json:
    """Return the answer without what differs between recordings, or that nobody reads."""
    text = re.sub(r"\b0x[0-9a-f]+", "0x0", response.text)  # addresses in errors and warnings
    try:
        document = json.loads(text, object_hook=_neutral_object)
    except ValueError:
        return text
    document["meta"] = {"slurm": document["meta"]["slurm"]}
    return document


def _neutral_object(found: dict[str, Json]) -> dict[str, Json]:
    """Take an association's number away, and what the daemons say of the machine."""
    numbered = {"account", "cluster", "id"} <= found.keys()
    kept = {key: value for key, value in found.items() if not (numbered and key == "id")}
    return kept | {key: value for key, value in OF_THE_MACHINE.items() if key in kept}


OF_THE_MACHINE: Mapping[str, Json] = {"hostname": "head", "latency": 0, "statistics": {}}


def record(cluster: Cluster, version: str) -> Tape:
    """Tell the story of sentences.txt to one version of a cluster."""
    cluster.restart()
    tokens = tokens_of(cluster)
    scenes = []
    for line in lines():
        if line.sign == "%":
            cluster.sacctmgr(*shlex.split(line.words))
            continue
        recorder = Recorder(cluster.tcp_url, tokens[line.who])
        with tempfile.TemporaryDirectory() as folder:
            done = perform(line, cluster.suite, version, Path(folder), recorder)
        out, err = done.out.splitlines(), done.err.splitlines()
        scenes.append(Scene(str(line), done.code, out, err, recorder.exchanges))
    return Tape(cluster.suite, cluster.release, version, scenes)


def tokens_of(cluster: Cluster) -> Mapping[str, str]:
    """Return a real token for each prompt; that of `expired$` has ended."""
    tokens = {line.who: cluster.token(line.user) for line in lines()}
    if EXPIRED in tokens:
        tokens[EXPIRED] = cluster.token(lifespan=1)
        time.sleep(2)
    return tokens


def record_all(cluster: Cluster) -> list[Tape]:
    """Record each served version that the program speaks; the cluster is as fresh afterwards."""
    try:
        return [record(cluster, v) for v in cluster.api_versions if v in map(str, KNOWN)]
    finally:
        cluster.reset()


def main() -> int:
    """Write the tapes of both clusters, recorded at once, and remove those of other versions."""
    if reason := lab.reason_not_possible():
        print(f"no lab: {reason}", file=sys.stderr)
        return 1
    was_up = lab.is_running()
    try:
        with ProcessPoolExecutor() as pool:
            tapes = [tape for found in pool.map(record_all, lab.up()) for tape in found]
    finally:
        if not was_up:
            lab.down()
    for file in set(HERE.glob("*.json")) - {tape.file for tape in tapes}:
        file.unlink()
    for tape in tapes:
        tape.file.write_text(tape.text(), encoding="utf-8")
        print(f"{tape}: {len(tape.scenes)} sentences, {tape.file.stat().st_size // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
