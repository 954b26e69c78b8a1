"""What tokens select: lists of each noun, whole, over both executors."""

from __future__ import annotations

import json

import pytest
from ruamel.yaml import YAML

from tests.cli.conftest import Program, Programs
from tests.fakes import world
from tests.support import account, association

WORLD = world(
    [
        account("root", None, QosLevel=("normal",), MaxWall=60),
        account("science", Coordinators=("bob",)),
        account("physics", "science", QosLevel=("+high",), MaxJobs=9),
        account("optics", "physics"),
        account("art", Coordinators=("alice", "bob")),
    ],
    [
        association("physics", "alice", Default=True),
        association("physics", "alice", Default=True, Partition="gpu", MaxJobs=2),
        association("art", "bob", Default=True, QosLevel=("low",)),
        association("optics", "bob", Partition="gpu"),
        association("optics", "gone", Deleted=True),
    ],
    levels={"bob": "Operator", "zoe": "None"},
)
A, G = "alice|", "alice|gpu"
PHYSICS, OPTICS, ART, SCIENCE, ROOT_ROW = (
    f"{name}||" for name in ("physics", "optics", "art", "science", "root")
)
ROWS = [
    ART, "art|bob|", OPTICS, "optics|bob|gpu", PHYSICS, f"physics|{A}", f"physics|{G}", ROOT_ROW,
    SCIENCE,
]  # fmt: skip


@pytest.fixture
def program(programs: Programs, executor: str) -> Program:
    return programs(executor, WORLD)


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("", ROWS),
        ("where account=physics", [PHYSICS, f"physics|{A}", f"physics|{G}"]),
        ("account=physics user=", [PHYSICS]),
        ("user=", [ART, OPTICS, PHYSICS, ROOT_ROW, SCIENCE]),
        ("user=,bob", [ART, "art|bob|", OPTICS, "optics|bob|gpu", PHYSICS, ROOT_ROW, SCIENCE]),
        ("user=alice", [f"physics|{A}", f"physics|{G}"]),
        ("user=alice partition=", [f"physics|{A}"]),
        ("partition=gpu", ["optics|bob|gpu", f"physics|{G}"]),
        ("user=alice partition=gpu,", [f"physics|{A}", f"physics|{G}"]),
        ("partition=gpu,nosuch", ["optics|bob|gpu", f"physics|{G}"]),
        ("user=bob account=physics", []),
        ("account=physics,art user=bob", ["art|bob|"]),
        ("parent=science", [PHYSICS]),
        ("qos=low", ["art|bob|"]),
        ("qos=high user=alice", [f"physics|{A}", f"physics|{G}"]),
        ("account=physics WithSubAccounts",
         [OPTICS, "optics|bob|gpu", PHYSICS, f"physics|{A}", f"physics|{G}"]),
        ("OnlyDefaults", ["art|bob|", f"physics|{A}", f"physics|{G}"]),
        ("account=optics WithDeleted", [OPTICS, "optics|bob|gpu", "optics|gone|"]),
        ("id=7,8", [f"physics|{G}", "art|bob|"]),
        ("id=7,8 user=alice", [f"physics|{G}"]),
        ("ID=99", []),
    ],
)  # fmt: skip
def test_associations(program: Program, words: str, rows: list[str]) -> None:
    tokens = [word for word in words.split(" ") if word]
    ended = program("assoc", "list", *tokens, "format=account,user,partition", "-nP")
    assert (ended.code, ended.err) == (0, "")
    assert sorted(ended.out.splitlines()) == sorted(rows)


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("", ["alice", "bob", "zoe"]),
        ("bob,alice", ["alice", "bob"]),
        ("where account=physics", ["alice"]),
        ("where account=physics,art", ["alice", "bob"]),
        ("where partition=gpu", ["alice", "bob"]),
        ("bob where partition=", ["bob"]),
        ("where account=optics partition=", []),
        ("where qos=low", ["bob"]),
        ("where admin=operator", ["bob"]),
        ("where DefaultAccount=", ["zoe"]),
        ("where coordinators=science", ["bob"]),
        ("where cluster=alps", ["alice", "bob"]),
        ("where account=physics admin=operator", []),
    ],
)
def test_users(program: Program, words: str, names: list[str]) -> None:
    ended = program("user", "list", *words.split(), "format=user", "-nP")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == names


@pytest.mark.parametrize(
    ("words", "out"),
    [
        (
            "user list -P",
            "User|Def Acct|Admin\nalice|physics|None\nbob|art|Operator\nzoe||None\n",
        ),
        (
            "user list bob withcoord -P",
            "User|Def Acct|Admin|Coord Accounts\nbob|art|Operator|art,science\n",
        ),
        ("coordinator list -P", "Account|User\nart|alice\nart|bob\nscience|bob\n"),
        ("coordinator list bob where account=art -nP", "art|bob\n"),
        ("coordinator show where account=science -nP", "science|bob\n"),
        (
            "qos list format=Name,Priority,Preempt,PreemptMode -P",
            "Name|Priority|Preempt|PreemptMode\n"
            "high|10|low|cluster\nlow|0||cluster\nnormal|0||cluster\n",
        ),
        ("qos list low,high format=name -nP", "high\nlow\n"),
        ("qos list where preempt=low format=name -nP", "high\n"),
        ("cluster list format=cluster,rpc,maxwall -nP", "alps|11008|01:00:00\n"),
        ("tres list -nP format=type,name", "billing|\ncpu|\ngres|gpu\ngres|gpu:a100\n"
                                            "license|matlab\nmem|\nnode|\n"),
        (
            "assoc list where account=physics -nP "
            "format=account,user,partition,maxjobs,maxwall,qos",
            "physics|||9|01:00:00|high,normal\n"
            "physics|alice||9|01:00:00|high,normal\n"
            "physics|alice|gpu|2|01:00:00|high,normal\n",
        ),
        (
            "assoc list where account=physics woplimits format=user,maxjobs,maxwall,qos -nP",
            "|9||+high\nalice|||\nalice|2||\n",
        ),
        (
            "assoc list where account=physics withrawqos format=user,maxwall,qos -nP",
            "|01:00:00|+high\nalice|01:00:00|\nalice|01:00:00|\n",
        ),
        ("assoc list where user=alice wopinfo format=account,parent -nP", "physics|\nphysics|\n"),
    ],
)  # fmt: skip
def test_lists_whole(program: Program, words: str, out: str) -> None:
    ended = program(*words.split())
    assert (ended.code, ended.out, ended.err) == (0, out, "")


def test_a_tree_with_users(program: Program) -> None:
    ended = program("assoc", "tree", "where", "account=science")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        "science  Fairshare=1\n"
        "└── physics  Fairshare=1 MaxJobs=9 QosLevel=+high\n"
        "    ├── @alice  Fairshare=1\n"
        "    ├── @alice (gpu)  Fairshare=1 MaxJobs=2\n"
        "    └── optics  Fairshare=1\n"
        "        └── @bob (gpu)  Fairshare=1\n"
    )


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("account list nosuch", "slurmctl-rest account list shows all accounts"),
        ("account list phisics", "did you mean physics?"),
        ("user list nobody", "slurmctl-rest user list shows all users"),
        ("user list alise", "did you mean alice?"),
        ("user list alise account=physics", "did you mean alice?"),
        ("user list alise -s", "did you mean alice?"),
        ("qos list hihg", "did you mean high?"),
        ("tres list nosuch", "slurmctl-rest tres list shows all tres"),
        ("tres list gres/gpus", "did you mean gres/gpu?"),
        ("cluster list nosuch", "slurmctl-rest cluster list shows all clusters"),
    ],
)
def test_a_list_of_what_does_not_exist(program: Program, words: str, hint: str) -> None:
    ended = program(*words.split())
    noun, _, name, *_ = words.split()
    assert (ended.code, ended.out) == (3, "")
    where = " on cluster 'alps'" if noun in {"account", "user"} else ""
    assert ended.err == f"slurmctl-rest: {noun} '{name}' does not exist{where} ({hint})\n"


@pytest.mark.parametrize(
    ("words", "code", "out", "said"),
    [
        ("assoc list where account=phisics", 3, "",
         "account 'phisics' does not exist on cluster 'alps' (did you mean physics?)"),
        ("assoc list where account=phisics WOPLimits", 3, "",
         "account 'phisics' does not exist on cluster 'alps' (did you mean physics?)"),
        ("assoc list user=alise,bob format=User", 7, "User\nbob\nbob\n",
         "user 'alise' does not exist on cluster 'alps' (did you mean alice?)"),
        ("assoc list user=nobody account=phisics", 3, "",
         "account 'phisics' does not exist on cluster 'alps' (did you mean physics?)"),
        ("assoc tree where account=phisics", 3, "",
         "account 'phisics' does not exist on cluster 'alps' (did you mean physics?)"),
        ("account list where parent=sience", 3, "",
         "account 'sience' does not exist on cluster 'alps' (did you mean science?)"),
        ("user list where account=phisics", 3, "",
         "account 'phisics' does not exist on cluster 'alps' (did you mean physics?)"),
        ("user list where defaultaccount=physics,arts format=User", 7, "User\nalice\n",
         "account 'arts' does not exist on cluster 'alps' (did you mean art?)"),
        ("coordinator list alise", 3, "",
         "user 'alise' does not exist on cluster 'alps' (did you mean alice?)"),
        ("coordinator list where account=phisics", 3, "",
         "account 'phisics' does not exist on cluster 'alps' (did you mean physics?)"),
    ],
)  # fmt: skip
def test_a_condition_on_a_name_that_does_not_exist(
    program: Program, words: str, code: int, out: str, said: str
) -> None:
    ended = program(*words.split(), "-P")
    assert (ended.code, ended.out, ended.err) == (code, out, f"slurmctl-rest: {said}\n")


@pytest.mark.parametrize(
    "words",
    [
        "coordinator list alice account=science",
        "user list where account=science",
        "assoc list account=art user=alice",
    ],
)
def test_a_name_that_exists_may_have_no_row(program: Program, words: str) -> None:
    ended = program(*words.split(), "-nP")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "out"),
    [
        ("user list bob,alice -o name", "alice\nbob\n"),
        ("-oname list users alice", "alice\n"),
        ("assoc list user=alice partition=gpu --template {Account}/{User}:{MaxJobs}",
         "physics/alice:2\n"),
        ("user list bob -o yaml --format User", "  - User: bob\n"),
        ("qos list high -o wide --format Name", "Name\nhigh\n"),
    ],
)  # fmt: skip
def test_formats_of_lists(program: Program, words: str, out: str) -> None:
    ended = program(*words.split())
    assert (ended.code, ended.err) == (0, "")
    assert out in ended.out if "yaml" in words else ended.out == out


def test_wide_has_all_columns_of_the_json(program: Program) -> None:
    words = ("account", "list", "physics")
    header = program(*words, "-o", "wide").out.splitlines()[0].split()
    [item] = json.loads(program(*words, "--json").out)["items"]
    assert header == [name for name in item if name != "inherited"]


def test_yaml_has_what_json_has(program: Program) -> None:
    words = ("account", "list", "physics")
    document = json.loads(program(*words, "--json").out)
    assert YAML(typ="safe").load(program(*words, "-o", "yaml").out) == document


@pytest.mark.parametrize(
    "words",
    ["account add zoo --dry-run --json", "schema --json", "schema account", "schema commands user"],
)
def test_documents_in_yaml_have_what_json_has(program: Program, words: str) -> None:
    document = json.loads(program(*words.split()).out)
    words = words.removesuffix(" --json")
    in_yaml = program(*words.split(), "-o", "yaml")
    assert (in_yaml.code, YAML(typ="safe").load(in_yaml.out)) == (0, document)


def test_a_query_of_a_document(program: Program) -> None:
    ended = program("schema", "account", "--query", "title")
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out) == json.loads(program("schema", "account").out)["title"]
    kinds = json.loads(program("schema", "--query", "[].Kind").out)
    assert kinds == sorted(kinds)
    assert "account" in kinds


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("user list --template {Uzer}", "user has no field 'Uzer' (did you mean User?)"),
        ("user list --template {User --json", ""),
        ("assoc list -o name", "associations have no names (use --template '{FIELD} {FIELD}')"),
        ("quota user=alice -o name", "limits have no names (use --template '{FIELD} {FIELD}')"),
        *(
            (f"{words} {option}",
             f"{option.partition(' {')[0]} prints the rows of a list, and {what} has none "
             "(use --json or --output yaml)")
            for words, what in (
                ("diff --as-of now", "diff"), ("schema", "schema"), ("schema account", "schema"),
                ("account add zoo -i", "a write"), ("undo last -i", "a write"),
                ("jobs cancel 7 -i", "a write"),
            )
            for option in ("-o csv", "-o name", "-o wide", "--template {Account}")
        ),
        ("plan -f x.toml --output csv",
         "-o csv prints the rows of a list, and plan has none (use --json or --output yaml)"),
        *(
            (f"{option} {command}",
             f"{command.split()[0]} prints a text, which {option} does not change "
             f"(slurmctl-rest {hint})")
            for command, hint in (
                ("help formats", "help --help"), ("export", "export --format json"),
                ("dump", "dump --help"), ("completion bash", "completion --help"),
            )
            for option in ("-o yaml", "-P")
        ),
        ("watch -o yaml", "-o yaml is one document, and a watch never ends (use -o ndjson)"),
        *(
            (f"user list --template {{User}} {more}",
             "--template stands alone (omit format=, the other formats and --query)")
            for more in ("-P", "--query=[]", "--format=User", "format=User")
        ),
    ],
)  # fmt: skip
def test_formats_that_cannot_be(program: Program, words: str, said: str) -> None:
    ended = program(*words.split())
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"slurmctl-rest: {said}\n" or not said


def test_tres_by_their_types_and_as_limits_spell_them(program: Program) -> None:
    ended = program("tres", "list", "gres/gpu,cpu", "format=Type,Name", "-nP")
    assert (ended.code, ended.out, ended.err) == (0, "cpu|\ngres|gpu\n", "")
    assert "gres|gpu\n" in program("tres", "list", "gres", "format=Type,Name", "-nP").out


def test_a_list_of_names_that_exist_in_part(program: Program) -> None:
    ended = program("user", "list", "alise,nobody,bob", "format=User", "-nP")
    assert (ended.code, ended.out) == (7, "bob\n")
    assert ended.err == (
        "slurmctl-rest: users do not exist on cluster 'alps': alise (did you mean alice?), nobody "
        "(slurmctl-rest user list shows all users)\n"
    )
    ended = program("user", "list", "bob", "defaultaccount=science", "format=User", "-nP")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("user modify where account=physics set MaxWall=5",
         ["alice in physics", "alice in physics (gpu)"]),
        ("user modify alice where partition= set MaxWall=5", ["alice in physics"]),
        ("user modify alice where partition=gpu, set MaxWall=5",
         ["alice in physics", "alice in physics (gpu)"]),
        ("user modify bob,alice where account=art set MaxWall=5", None),
        ("user modify --all set MaxWall=5",
         ["bob in art", "bob in optics (gpu)", "alice in physics", "alice in physics (gpu)"]),
        ("user modify where cluster=alps set AdminLevel=Operator", ["alice", "bob"]),
        ("assoc modify id=7 set MaxWall=5", ["alice in physics (gpu)"]),
        ("assoc modify where account=physics user= set MaxWall=5", ["physics"]),
    ],
)  # fmt: skip
def test_what_a_write_acts_on(program: Program, words: str, names: list[str] | None) -> None:
    ended = program(*words.split(), "--dry-run", "--output", "ndjson")
    if names is None:
        assert ended.code in {2, 7}
        return
    assert ended.code == 0
    assert [change["name"] for change in json.loads(ended.out)["changes"]] == names


def test_a_condition_on_no_cluster_is_a_usage_error(program: Program) -> None:
    """Not a cluster that is called None."""
    ended = program("account", "list", "where", "cluster=")
    assert "None" not in ended.err
