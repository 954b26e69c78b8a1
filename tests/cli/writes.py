"""Writes of every noun and verb: what is sent or run for each, and all that is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.fakes import ALICE, BEFORE, BOB, QOS_ROWS, World, world
from tests.support import PHYSICS, account, association, qos

ROOT, SCIENCE = BEFORE.accounts[:2]
USERS = [row for row in BEFORE.associations if row["User"]]


def after(*rows: object) -> World:
    return world([ROOT, SCIENCE, *rows], USERS)  # type: ignore[list-item]


@dataclass(frozen=True)
class Write:
    """A write: its words, what it leaves, what is sent or run for it, and what is said."""

    words: str
    after: World
    rest: list[str]
    cli: list[str]
    said: str
    warned: Mapping[str, str] = field(default_factory=dict)
    """By executor; `both` for the same."""

    def warns(self, executor: str) -> str:
        """Return what is said on stderr."""
        return self.warned.get(executor, self.warned.get("both", ""))


LEFT = "".join(
    f"slurmctl-rest: warning: user '{name}' will have no account on alps, and so no default "
    "account\n"
    for name in ("alice", "bob")
)
UNCHECKED = (
    "slurmctl-rest: warning: could not check whether carol can log in: "
    "Slurm may run on another machine than this one\n"
)
CAROL = [
    association("physics", "carol", MaxJobs=4, Default=True),
    association("science", "carol", MaxJobs=4),
]
OPTICS = account("optics", "physics", MaxJobs=3)
WRITES = {
    "add": Write(
        "account add optics parent=physics MaxJobs=3",
        after(PHYSICS, OPTICS),
        ["POST /slurmdb/v0.0.43/accounts_association/"],
        ["sacctmgr -i add account name=optics cluster=alps Parent=physics Fairshare=1 MaxJobs=3"],
        "account optics: VERB\n"
        "  Description = optics\n"
        "  Organization = physics\n"
        "  Parent = physics\n"
        "  Fairshare = 1\n"
        "  MaxJobs = 3\n",
    ),
    "modify a limit": Write(
        "account modify physics set GrpTRES=cpu=7 MaxJobs=-1",
        after({**PHYSICS, "GrpTRES": {"cpu": 7, "mem": 2048}, "MaxJobs": None}),
        ["POST /slurmdb/v0.0.43/associations/"],
        ["sacctmgr -i modify account where name=physics cluster=alps set GrpTRES=cpu=7 MaxJobs=-1"],
        "account physics: VERB\n"
        "  GrpTRES: cpu=100,mem=2G -> cpu=7,mem=2G\n"
        "  MaxJobs: 5 -> (unset)\n",
    ),
    "modify a text": Write(
        "account modify physics set Description=optics",
        after({**PHYSICS, "Description": "optics"}),
        ["POST /slurmdb/v0.0.43/accounts/"],
        ["sacctmgr -i modify account where name=physics cluster=alps set Description=optics"],
        "account physics: VERB\n  Description: light and matter -> optics\n",
    ),
    "delete": Write(
        "account delete physics",
        world([ROOT, SCIENCE]),
        ["DELETE /slurmdb/v0.0.43/account/physics"],
        ["sacctmgr -i delete account where name=physics"],
        "account physics: VERB\n"
        "association alice in physics: VERB\n"
        "association bob in physics: VERB\n",
        {"both": LEFT},
    ),
    "add a user": Write(
        "user add carol account=physics,science Admin=operator MaxJobs=4",
        world([ROOT, SCIENCE, PHYSICS], [*USERS, *CAROL], levels={"carol": "Operator"}),
        ["POST /slurmdb/v0.0.43/users_association/"],
        [
            "sacctmgr -i add user name=carol account=physics,science cluster=alps "
            "AdminLevel=Operator DefaultAccount=physics Fairshare=1 MaxJobs=4"
        ],
        "user carol: VERB\n"
        "  AdminLevel = Operator\n"
        "  DefaultAccount = physics\n"
        "association carol in physics: VERB\n"
        "  Fairshare = 1\n"
        "  MaxJobs = 4\n"
        "association carol in science: VERB\n"
        "  Fairshare = 1\n"
        "  MaxJobs = 4\n",
        {"rest": UNCHECKED},
    ),
    "modify a user": Write(
        "user modify alice set AdminLevel=Operator MaxJobs=4",
        world([ROOT, SCIENCE, PHYSICS], [{**ALICE, "MaxJobs": 4}, BOB],
              levels={"alice": "Operator"}),
        ["POST /slurmdb/v0.0.43/associations/", "POST /slurmdb/v0.0.43/users/"],
        [
            "sacctmgr -i modify user where name=alice account=physics cluster=alps partition= "
            "set MaxJobs=4",
            "sacctmgr -i modify user where name=alice set AdminLevel=Operator",
        ],
        "user alice: VERB\n"
        "  AdminLevel: None -> Operator\n"
        "association alice in physics: VERB\n"
        "  MaxJobs: (unset) -> 4\n",
    ),
    "delete a user": Write(
        "user delete bob",
        world([ROOT, SCIENCE, PHYSICS], [ALICE]),
        ["DELETE /slurmdb/v0.0.43/user/bob"],
        ["sacctmgr -i delete user where name=bob"],
        "user bob: VERB\nassociation bob in physics: VERB\n",
    ),
    "add an association": Write(
        "assoc add account=science user=bob partition=gpu MaxJobs=1",
        world([ROOT, SCIENCE, PHYSICS],
              [*USERS, association("science", "bob", Partition="gpu", MaxJobs=1)]),
        ["POST /slurmdb/v0.0.43/users_association/"],
        [
            "sacctmgr -i add user name=bob account=science cluster=alps partition=gpu Fairshare=1 "
            "MaxJobs=1"
        ],
        "association bob in science (gpu): VERB\n  Fairshare = 1\n  MaxJobs = 1\n",
    ),
    "modify associations": Write(
        "assoc modify where account=physics set MaxWall=60",
        world([ROOT, SCIENCE, {**PHYSICS, "MaxWall": 60}],
              [{**ALICE, "MaxWall": 60}, {**BOB, "MaxWall": 60}]),
        ["POST /slurmdb/v0.0.43/associations/"],
        [
            "sacctmgr -i modify account where name=physics cluster=alps set MaxWall=01:00:00",
            "sacctmgr -i modify user where name=alice,bob account=physics cluster=alps partition= "
            "set MaxWall=01:00:00",
        ],
        "association physics: VERB\n"
        "  MaxWall: (unset) -> 01:00:00\n"
        "association alice in physics: VERB\n"
        "  MaxWall: (unset) -> 01:00:00\n"
        "association bob in physics: VERB\n"
        "  MaxWall: (unset) -> 01:00:00\n",
    ),
    "delete an association": Write(
        "assoc delete where account=physics user=bob --last",
        world([ROOT, SCIENCE, PHYSICS], [ALICE]),
        ["DELETE /slurmdb/v0.0.43/user/bob"],
        ["sacctmgr -i delete user where name=bob"],
        "user bob: VERB\nassociation bob in physics: VERB\n",
    ),
    "modify coordinators": Write(
        "coordinator add bob account=physics,science",
        world([ROOT, {**SCIENCE, "Coordinators": ("bob",)},
               {**PHYSICS, "Coordinators": ("alice", "bob")}], USERS),
        ["POST /slurmdb/v0.0.43/accounts/", "POST /slurmdb/v0.0.43/accounts/"],
        ["sacctmgr -i add coordinator account=physics,science names=bob"],
        "account physics: VERB\n"
        "  Coordinators: alice -> alice,bob\n"
        "account science: VERB\n"
        "  Coordinators: (unset) -> bob\n",
    ),
    "modify coordinators who go": Write(
        "coordinator delete alice account=physics",
        world([ROOT, SCIENCE, {**PHYSICS, "Coordinators": ()}], USERS),
        ["POST /slurmdb/v0.0.43/accounts/"],
        ["sacctmgr -i delete coordinator account=physics names=alice"],
        "account physics: VERB\n  Coordinators: alice -> (unset)\n",
    ),
    "add a qos": Write(
        "qos add slow Priority=3 Flags=NoDecay",
        world(BEFORE.accounts, USERS,
              qos_=[*QOS_ROWS, qos("slow", Priority=3, Flags=("NoDecay",))]),
        ["POST /slurmdb/v0.0.43/qos/"],
        ["sacctmgr -i add qos name=slow Priority=3 Flags=NoDecay"],
        "qos slow: VERB\n"
        "  Description = slow\n"
        "  Priority = 3\n"
        "  Flags = NoDecay\n",
    ),
    "modify a qos": Write(
        "qos modify high set Priority=11 GrpTRES=cpu=5",
        world(BEFORE.accounts, USERS,
              qos_=[QOS_ROWS[0], {**QOS_ROWS[1], "Priority": 11, "GrpTRES": {"cpu": 5}},
                    QOS_ROWS[2]]),
        ["POST /slurmdb/v0.0.43/qos/"],
        ["sacctmgr -i modify qos where name=high set Priority=11 GrpTRES=cpu=5"],
        "qos high: VERB\n  Priority: 10 -> 11\n  GrpTRES: (unset) -> cpu=5\n",
    ),
    "delete a qos": Write(
        "qos delete high",
        world(BEFORE.accounts, USERS, qos_=[QOS_ROWS[0], QOS_ROWS[2]]),
        ["DELETE /slurmdb/v0.0.43/qos/high"],
        ["sacctmgr -i delete qos where name=high"],
        "qos high: VERB\n",
        {
            "both": "slurmctl-rest: warning: deleting a QOS while an account or a user is added "
            "can hang slurmdbd (check with `slurmctl-rest doctor`)\n"
            "slurmctl-rest: warning: qos 'high' will be removed from QosLevel of physics; those "
            "without another QOS then inherit\n"
        },
    ),
}  # fmt: skip
