"""What the lab is made of: suites, ports, packages and configuration texts. Pure data, no I/O."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

SUITES = ("trixie", "forky")
USERS = ("alice", "bob", "operator")
REST_USER = "slurmrest"
NODE = "node1"
# Slurm's daemons talk to each other on this address of the loopback interface, which has a route
# of its own (see machine.fast_loopback); slurmrestd alone listens on 127.0.0.1.
ADDRESS = "127.26.8.1"
TOKEN_LIFESPAN = 30 * 24 * 3600
DATABASE = "slurm_acct_db"

# Paths inside a root. The socket's directory belongs to REST_USER, who has to create it.
MUNGE_SOCKET = "/run/munge/munge.socket.2"
MYSQL_SOCKET = "/run/mysqld/mysqld.sock"
REST_SOCKET = "/run/slurmrestd/socket"
JWT_KEY = "/etc/slurm/jwt.key"
# A site's identity provider: tokens signed with its key (RS256) are good beside Slurm's own.
JWKS = "/etc/slurm/jwks.json"
PROVIDER_KEY = "/etc/slurm/provider.pem"
PROVIDER_KEY_ID = "lab"
MYSQL_DATA = "/var/lib/mysql"
MYSQL_PRISTINE = "/var/lib/mysql-pristine"

COMMANDS = (
    "sacctmgr",
    "sacct",
    "scancel",
    "squeue",
    "scontrol",
    "sreport",
    "sshare",
    "sbatch",
    "sinfo",
)

PACKAGES = (
    "mariadb-server",
    "munge",
    "slurmctld",
    "slurmd",
    "slurmdbd",
    "slurmrestd",
    "slurm-client",
    "slurm-wlm-jwt-plugin",
    "slurm-wlm-basic-plugins",
    "slurm-wlm-mysql-plugin",
    "procps",
    "iproute2",
)

# The database is thrown away at each start: speed and small files before durability.
MARIADB_OPTIONS = (
    "--no-defaults",
    "--user=mysql",
    "--skip-log-bin",
    "--performance-schema=OFF",
    "--innodb-buffer-pool-size=256M",
    "--innodb-log-file-size=32M",
    "--innodb-undo-tablespaces=0",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=OFF",
    "--innodb-lock-wait-timeout=900",
    "--innodb-snapshot-isolation=OFF",
    "--max-allowed-packet=64M",
)

# dpkg's fsync of each file costs more than all the rest; docs and locales are never read here.
DPKG_OPTIONS = """\
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/locale/*
"""

NO_SERVICES = "#!/bin/sh\nexit 101\n"


def provision_script() -> str:
    """The shell script that turns a freshly debootstrapped root into a lab root."""
    users = " ".join(USERS)
    return f"""\
set -eu
chmod 1777 /dev/shm
for gpu in 0 1; do mknod -m 666 /dev/fakegpu$gpu c 1 3; done
apt-get -q -o Acquire::Check-Valid-Until=false update
apt-get -q install -y --no-install-recommends {" ".join(PACKAGES)}
apt-get clean
useradd --system --no-create-home --shell /usr/sbin/nologin {REST_USER}
# -N: Debian has a group named "operator" already, so no group of the user's own.
for user in {users}; do useradd -N -m -s /bin/bash "$user"; done
rm -rf {MYSQL_DATA} {MYSQL_PRISTINE}
mariadb-install-db {" ".join(MARIADB_OPTIONS)} --datadir={MYSQL_PRISTINE} \\
    --skip-test-db --auth-root-authentication-method=normal
# slurmdbd would create the database itself, over a connection that failed once because of its
# absence; with libmariadb 11.8.9 such a connection refuses every result and slurmdbd dies.
install -d -o mysql -g mysql -m 700 {MYSQL_PRISTINE}/{DATABASE}
"""


def root_stamp() -> str:
    """Changes whenever a root that was built earlier is no longer what this recipe would build."""
    text = "\n".join((DPKG_OPTIONS, NO_SERVICES, provision_script()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Ports:
    """TCP ports of one cluster, on 127.0.0.1; below the range the kernel gives to clients."""

    slurmctld: int
    slurmd: int
    slurmdbd: int
    slurmrestd: int


def ports(suite: str) -> Ports:
    """Each suite has ports of its own, so that all run at once, and none of Slurm's defaults."""
    first = 26810 + 10 * SUITES.index(suite)
    return Ports(first + 1, first + 2, first + 3, first + 4)


def _auth() -> str:
    return f"""\
AuthType=auth/munge
AuthInfo=socket={MUNGE_SOCKET}
AuthAltTypes=auth/jwt
AuthAltParameters=jwt_key={JWT_KEY},jwks={JWKS}
SlurmUser=slurm
"""


def slurm_conf(suite: str) -> str:
    """One node of 64 pretended CPUs, so that many jobs run at once on any machine."""
    port = ports(suite)
    return f"""\
ClusterName={suite}
SlurmctldHost=localhost({ADDRESS})
SlurmctldPort={port.slurmctld}
SlurmdPort={port.slurmd}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
{_auth()}
StateSaveLocation=/var/lib/slurm/slurmctld
SlurmdSpoolDir=/var/lib/slurm/slurmd
SlurmctldPidFile=/run/slurm/slurmctld.pid
SlurmdPidFile=/run/slurm/slurmd.pid
MailProg=/bin/true
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
PropagateResourceLimits=NONE
ReturnToService=2
KillWait=1

SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=100
# Tests submit a job and look at once; the defaults wait up to a minute.
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
PriorityType=priority/multifactor
# Usage is counted each minute and never decays, so that what a job used can be asserted.
PriorityCalcPeriod=1
PriorityDecayHalfLife=0
PriorityUsageResetPeriod=NONE
PriorityWeightFairshare=1000
PriorityWeightQOS=1000

JobAcctGatherType=jobacct_gather/linux
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost={ADDRESS}
AccountingStoragePort={port.slurmdbd}
AccountingStorageEnforce=associations,limits,qos
AccountingStorageTRES=gres/gpu,gres/gpu:a100,license/matlab
GresTypes=gpu
Licenses=matlab:10

SlurmdParameters=config_overrides
NodeName={NODE} NodeHostname=localhost NodeAddr={ADDRESS} CPUs=64 RealMemory=64000 Gres=gpu:a100:2
PartitionName=batch Nodes={NODE} Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes={NODE} MaxTime=INFINITE State=UP
"""


def slurmdbd_conf(suite: str) -> str:
    """CommitDelay is not set: a test reads what it wrote."""
    return f"""\
DbdHost=localhost
DbdAddr={ADDRESS}
DbdPort={ports(suite).slurmdbd}
CommunicationParameters=NoInAddrAny
{_auth()}
PidFile=/run/slurm/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
StorageLoc={DATABASE}
"""


def gres_conf() -> str:
    """Two GPUs that are copies of /dev/null: slurmd drops a GPU that has no File."""
    return f"AutoDetect=off\nNodeName={NODE} Name=gpu Type=a100 File=/dev/fakegpu[0-1]\n"


def hosts(hostname: str) -> str:
    """Daemons listen on the address that they find under the machine's name."""
    return f"127.0.0.1 localhost\n{ADDRESS} {hostname}\n"


def configuration(suite: str, hostname: str) -> dict[str, str]:
    """Path inside the root -> text, written at each cold start."""
    return {
        "/etc/hosts": hosts(hostname),
        "/etc/slurm/slurm.conf": slurm_conf(suite),
        "/etc/slurm/slurmdbd.conf": slurmdbd_conf(suite),
        "/etc/slurm/gres.conf": gres_conf(),
        "/etc/slurm/cgroup.conf": "CgroupPlugin=disabled\n",
    }


def directories() -> dict[str, str]:
    """Path inside the root -> owner; emptied at each cold start, so that nothing stale survives."""
    return {
        "/run/munge": "munge",
        "/run/mysqld": "mysql",
        "/run/slurm": "slurm",
        "/run/slurmrestd": REST_USER,
        "/var/lib/munge": "munge",
        "/var/log/munge": "munge",
        "/var/lib/slurm/slurmctld": "slurm",
        "/var/lib/slurm/slurmd": "root",
    }


def configuration_stamp(suite: str, hostname: str) -> str:
    """Changes whenever a running cluster was started with other texts than these."""
    text = repr((MARIADB_OPTIONS, sorted(configuration(suite, hostname).items())))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
