"""The action and the files for other CI systems: their scripts are run, as those systems would."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from support.doc_pages import EXAMPLES, ROOT
from support.workflow import Job, commands_in

DRILLS = "healthy clean-end-without-terminal"
HOSTILE = """
async def stream(target):
    yield ""
    print("::stop-commands::mine")
    raise ValueError("##[add-mask]one " + "word " * 30 + "::add-mask::two ::set-output name=a::b\\n::add-mask::three")
"""


@pytest.fixture
def job(tmp_path):
    """Return a job in a folder with two clients; pip is a function that notes what it is to install.

    With CODES in its environment, such as ``run=1 compare=0``, ssedrill is one that ends with these codes, and notes
    how it was called.
    """
    for name in ("my_client.py", "careful_client.py"):
        shutil.copy(EXAMPLES / name, tmp_path)
    (tmp_path / "hostile.py").write_text(HOSTILE)
    prelude = tmp_path / "prelude.sh"
    python = shlex.quote(sys.executable)
    prelude.write_text(
        f"""
pip() {{ echo "pip $*" >> pip.log; }}
python() {{ if [ "$1 $2" = "-m pip" ]; then shift 2; pip "$@"; else {python} "$@"; fi; }}
ssedrill() {{
  if [ -z "$CODES" ]; then {python} -m ssedrill "$@"; return; fi
  printf '<%s>' "$@" >> calls.log; echo >> calls.log
  for word in "$@"; do case "$word" in *.json) touch "$word";; esac; done
  local codes=" $CODES "; codes=${{codes#* $1=}}; return "${{codes%% *}}"
}}
"""
    )
    return Job(tmp_path, {"BASH_ENV": str(prelude), "GITHUB_ACTIONS": "true", "CI": "true", "CODES": ""})


def test_the_action(job):
    """Main's job, with a hostile client beside; then one with its record, which tells what is new."""
    app = f"{DRILLS} --client app=my_client.py:stream --client hostile.py:stream --dialect eventsource"
    missing = {"compare-with": "main-record.json"}
    assert job.act(ROOT / "action.yml", args=app, report="one", **missing) == 1
    assert (job.folder / "pip.log").read_text().split()[-1] == str(ROOT)
    found = commands_in(job.log)
    assert [one.name for one in found] == ["warning", "error", "error", "error"]
    assert "no record to compare with" in found[0].data
    assert {one.properties["title"] for one in found[1:]} == {
        "ssedrill: clean-end-without-terminal: app (eventsource)",
        "ssedrill: healthy: hostile.py:stream (eventsource)",
        "ssedrill: clean-end-without-terminal: hostile.py:stream (eventsource)",
    }
    assert job.log.count("add-mask") >= 3  # it was said, and is no command
    assert "28 of 40 tokens missing" in job.summary
    assert job.outputs == "exit-code=1\n"
    assert job.used == [{"uses": "actions/upload-artifact@v4", "name": "ssedrill-report", "path": "one"}]
    assert {"index.html", "junit.xml", "record.json"} <= {path.name for path in (job.folder / "one").iterdir()}

    args = f"{DRILLS} --client 'app=careful_client.py:stream' --dialect eventsource"
    assert job.act(ROOT / "action.yml", args=args, report="a b", artifact="", **{"compare-with": "one"}) == 0
    [fixed] = commands_in(job.log)
    assert fixed.name == "notice"
    assert "fixed: clean-end-without-terminal: app (eventsource)" in fixed.properties["title"]
    assert "### Fixed (1)" in job.summary
    assert "### Broken" not in job.summary
    assert "healthy" not in job.summary.split("### Gone")[0]
    assert (job.folder / "a b" / "comparison.html").exists()
    assert len(job.used) == 1


def test_what_the_action_is_given(job):
    """Words are words whatever is in them, a slip is an error, and what is asked for is used."""
    assert job.act(ROOT / "action.yml", args="healthy --client 'x") == 2
    assert [one.name for one in commands_in(job.log)] == ["error"]
    job.environment = {**job.environment, "CODES": "run=3"}
    hostile = {"args": "'$(touch ran)' `touch ran`\n; -k \"a b\"", "baseline": "$(touch ran)", "artifact": ""}
    assert job.act(ROOT / "action.yml", **hostile, **{"python-version": "3.12"}) == 3
    given = "<run><$(touch ran)><`touch><ran`><;><-k><a b><--baseline><$(touch ran)><--annotate><github>"
    assert (job.folder / "calls.log").read_text() == f"{given}<--report><ssedrill-report>\n"
    assert not (job.folder / "ran").exists()
    assert job.outputs == "exit-code=3\n"
    assert "exit code 3" in commands_in(job.log)[0].data
    assert [one["uses"] for one in job.used] == ["actions/upload-artifact@v4", "actions/setup-python@v5"]


@pytest.mark.parametrize(
    ("run", "compare", "code"), [(0, 0, 0), (1, 0, 1), (0, 1, 1), (1, 2, 2), (0, 2, 2), (2, 0, 2), (3, 0, 3)]
)
def test_a_comparison_makes_nothing_green(job, run, compare, code):
    """The worse of two exit codes is that of the action, of the shell script, and of GitLab's last job."""
    job.environment = {**job.environment, "CODES": f"run={run} compare={compare} report={run} merge=0"}
    (job.folder / "main-record.json").touch()
    assert job.act(ROOT / "action.yml", **{"compare-with": "main-record.json"}) == code
    calls = (job.folder / "calls.log").read_text().splitlines()
    assert len(calls) == (2 if run < 2 else 1)  # what was not run is not compared
    assert "<--annotate>" not in calls[0]
    assert job.run((EXAMPLES / "ci.sh").read_text("utf-8")) == code

    jobs = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text("utf-8"))
    drills, report = jobs["drills"], jobs["report"]
    node = {"CI_NODE_INDEX": "2", "CI_NODE_TOTAL": str(drills["parallel"])}
    passed_on = job.run("\n".join(drills["script"]), node)
    assert passed_on == (0 if run < 2 else 1)  # what went wrong is the last job's to tell, bad input is not
    assert (job.folder / "shard-2.json").exists()
    branch = {"CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}
    (job.folder / "main-record.json").write_text("old")
    assert job.run("\n".join([*jobs["default"]["before_script"], *report["script"]]), branch) == max(run, compare)
    assert (job.folder / "main-record.json").read_text() == ""
    *_, shard, merge, told, compared = (job.folder / "calls.log").read_text().splitlines()
    assert "<--shard><2/2>" in shard
    assert merge == "<merge><shard-2.json><--json><record.json>"
    assert report["artifacts"]["reports"]["junit"].startswith(f"{told.split('><')[-1][:-1]}/")
    assert compared.startswith("<compare><main-record.json><record.json>")


def test_the_workflow_uses_the_action_as_it_is():
    """The inputs of the example are inputs of the action, and every input is on the page."""
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    workflow = yaml.safe_load((EXAMPLES / "github-workflow.yml").read_text("utf-8"))
    [step] = [one for one in workflow["jobs"]["drills"]["steps"] if one.get("uses") == "./ssedrill"]
    assert step["with"].keys() <= action["inputs"].keys()
    page = (ROOT / "docs" / "ci.md").read_text("utf-8")
    assert all(f"| `{name}` |" in page for name in action["inputs"])


def test_the_action_is_where_github_looks_for_it():
    """At the root, and in what is packed as source."""
    assert (Path(ROOT) / "action.yml").is_file()
    assert '"/action.yml"' in (ROOT / "pyproject.toml").read_text("utf-8")
