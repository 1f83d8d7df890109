"""Bad scenario files end in one clear error, never in a traceback."""

from __future__ import annotations

import os

import pytest

from ssedrill.loading.choose import find
from ssedrill.loading.load import load_file, load_text
from ssedrill.loading.problems import SHOWN_PROBLEMS, BadScenario
from support.hostile_scenarios import GOOD, HOSTILE


def refusal(path) -> str:
    """Return the message with which a file is refused."""
    with pytest.raises(BadScenario) as refused:
        load_file(path)
    return str(refused.value)


def test_the_victim_is_good(tmp_path):
    """The file that all the hostile ones are made from loads, so that each is refused for its own change alone."""
    file = tmp_path / "victim.toml"
    file.write_text(GOOD)
    assert load_file(file).name == "victim"


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_refused_with_file_key_and_remedy(hostile, tmp_path):
    """The message names the file, the key, what is wrong and what would be right, in bounded lines one can print."""
    file = tmp_path / "victim.toml"
    file.write_bytes(hostile.data)
    lines = refusal(file).splitlines()
    prefix = f"{file}: {hostile.key}: " if hostile.key else f"{file}: "
    meant = [line for line in lines if line.startswith(prefix) and hostile.wrong in line and hostile.right in line]
    assert meant, "\n".join(lines)
    assert all(line.isprintable() and len(line) < 1000 for line in lines)


def test_hostile_names_are_distinct():
    """No hostile file hides behind another one of its name, and there are at least sixty."""
    names = [hostile.name for hostile in HOSTILE]
    assert len(set(names)) == len(names) >= 60


@pytest.mark.parametrize("hostile", [h for h in HOSTILE if h.key and h.name != "deep"], ids=lambda h: h.name)
def test_one_change_one_problem(hostile, tmp_path):
    """A single mistake is told once: no other line of the good file is blamed for it."""
    file = tmp_path / "victim.toml"
    file.write_bytes(hostile.data)
    extra = {"key-misspelled": 0, "no-about": 1, "key-plural": 0}.get(hostile.name, 0)
    assert len(refusal(file).splitlines()) == 1 + extra


def test_all_problems_of_a_file_are_told_together():
    """Three mistakes in three tables are three lines of one error."""
    text = GOOD.replace("tokens = 40", "tokens = 0").replace("after_token", "after_tokn").replace("<= 4", "4")
    with pytest.raises(BadScenario) as refused:
        load_text(text, "stdin")
    assert [problem.key for problem in refused.value.problems] == [
        "attempt[0].faults[0].reset.after_tokn",
        "must.requests",
        "stream.tokens",
    ]
    assert str(refused.value).count("stdin: ") == 3


def test_problems_beyond_reading_are_counted():
    """A file with a hundred mistakes tells some and counts the rest."""
    text = GOOD + "".join(f"wrong{i} = 1\n" for i in range(100))
    with pytest.raises(BadScenario) as refused:
        load_text(text, "stdin")
    lines = str(refused.value).splitlines()
    assert len(refused.value.problems) == 100
    assert len(lines) == SHOWN_PROBLEMS + 1
    assert lines[-1] == f"... and {100 - SHOWN_PROBLEMS} more problems"


def test_impossible_in_the_second_attempt_is_blamed_on_it():
    """A fault that can't be applied is told with the index of its own attempt, and in which dialect."""
    text = GOOD.replace("[[attempt]]\n\n", "[[attempt]]\nfaults = [{ fin = { after_token = 77 } }]\n\n")
    with pytest.raises(BadScenario, match=r"attempt\[1\]\.faults\[0\]\.fin\.after_token: .*\(in eventsource\)"):
        load_text(text)


def test_a_folder_is_no_file(tmp_path):
    """A folder that is called as a file says that it is one."""
    (tmp_path / "x.toml").mkdir()
    assert "this is a folder; name a .toml file in it" in refusal(tmp_path / "x.toml")


def test_no_such_file(tmp_path):
    """A file that is not there is named."""
    assert "there is no such file; check the path" in refusal(tmp_path / "none.toml")


def test_a_pipe_is_not_read(tmp_path):
    """A pipe that nobody writes to is refused at once, not waited for."""
    os.mkfifo(tmp_path / "pipe.toml")
    assert "no regular file" in refusal(tmp_path / "pipe.toml")


def test_unreadable(tmp_path, monkeypatch):
    """A file without permission to read it says so."""
    file = tmp_path / "victim.toml"
    file.write_text(GOOD)

    def denied(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(file), "open", denied)
    assert "it can't be read: permission denied; check" in refusal(file)


@pytest.mark.parametrize("name", ["\0", "x" * 5000, "a\0.toml"])
def test_names_that_no_file_can_have(name):
    """What can't be a path is an unknown scenario, not a crash."""
    with pytest.raises(BadScenario, match=r"no such (scenario|file)") as refused:
        find([name])
    assert "\0" not in str(refused.value)


def test_unknown_name_is_answered_with_the_nearest():
    """A misspelled built-in is met with the right spelling."""
    with pytest.raises(BadScenario, match=r"reset-midstream: no such scenario.*did you mean reset-mid-stream"):
        find(["reset-midstream"])


def test_all_bad_arguments_are_told_together(tmp_path):
    """Two bad arguments are two lines of one error."""
    with pytest.raises(BadScenario) as refused:
        find(["healthy", "nonsense", str(tmp_path)])
    assert len(str(refused.value).splitlines()) == 2
    assert "no scenario in this folder" in str(refused.value)


def test_two_files_of_one_name(tmp_path):
    """Two files in a folder that hold scenarios of one name are refused, and both are named."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "victim.toml").write_text(GOOD)
    with pytest.raises(BadScenario, match=r'b/victim\.toml: name: "victim" is taken; .*a/victim\.toml'):
        find([str(tmp_path)])


def test_a_users_file_can_not_pose_as_a_builtin(tmp_path):
    """A file whose scenario is called as a built-in one can't be run next to it."""
    (tmp_path / "healthy.toml").write_text(GOOD.replace("victim", "healthy"))
    with pytest.raises(BadScenario, match='"healthy" is taken'):
        find(["healthy", str(tmp_path / "healthy.toml")])


def test_an_event_of_another_dialect_may_be_meant():
    """Who names the dialect in which it is to be sent has not mistaken it."""
    done = 'insert_event = { after_token = 3, data = "[DONE]", dialects = ["eventsource"] }'
    assert load_text(GOOD.replace("reset = { after_token = 12 }", done)).attempts[0].faults
