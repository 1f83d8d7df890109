"""Hostile client specifications, as a user types them: each is one clear message and exit code 2."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from ssedrill.cli.main import cli

FORMS = "module:function, path.py:function, cmd:PROGRAM ARGS, raw:PROGRAM ARGS or venv:FOLDER:CLIENT"
MODULES = {
    "hostile_fine.py": "def stream(target):\n    yield 'x'\n\ndef stranger():\n    pass\n\nclass Thing:\n    pass\n\n"
    "number = 5\nstream_dialects = stream\n",
    "hostile_syntax.py": "def f(:\n",
    "hostile_raises.py": "raise RuntimeError('first line\\nsecond \\x1b[31mline')\n",
    "hostile_exits.py": "import sys\nsys.exit(0)\n",
    "hostile_needs.py": "import no_such_library\n",
    "hostile_empty.py": "",
    "hostile_dialects.py": "def f(target):\n    yield ''\n\nf.dialects = ('morse',)\n",
    "hostile_deep.py": "def f(): return f()\nf()\n",
    "hostile text.py": "x = 1\n",
    "data.txt": "text",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with clients of which none can be had, as the current one."""
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "hostile_binary.py").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder.py").mkdir()
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if "hostile" in name:
            del sys.modules[name]


@pytest.mark.parametrize(
    ("spec", "wrong", "right"),
    [
        ("", "empty client", FORMS),
        ("  ", "empty client", FORMS),
        ("no-such-client", "no client 'no-such-client'", FORMS),
        ("Reference", "no client 'Reference'", "did you mean reference?"),
        ("reference,curl", "no client", "did you mean reference"),
        ("ไทย", "no client 'ไทย'", FORMS),
        ("-", "no client '-'", FORMS),
        ("{}", "no client '{}'", FORMS),
        ("a\x1b[2Jb", "can't be printed", FORMS),
        ("a\udcffb:f", "can't be printed", FORMS),
        ("x" * 100_000, "longer than 4096 characters", FORMS),
        ("folder", "it is a folder", FORMS),
        ("hostile_fine.py", "no client 'hostile_fine.py'", "did you mean hostile_fine.py:FUNCTION?"),
        ("data.txt", "no client 'data.txt'", "did you mean the program cmd:./data.txt?"),
        ("http://127.0.0.1:1/", "is an address, not a client", FORMS),
        ("https://example.com/x:f", "is an address, not a client", FORMS),
        ("service:http://127.0.0.1:8000", "can't be driven yet", FORMS),
        (":stream", "names no function", "write module:function"),
        ("hostile_fine:", "names no function", "write module:function"),
        ("no_such_module:f", "no module named 'no_such_module'", "looked for in the current folder"),
        ("no_such.module:f", "no module named 'no_such'", "looked for in the current folder"),
        ("ไทย:f", "no module named 'ไทย'", "looked for in the current folder"),
        ("1st:f", "'1st' is no name of a module", "path/to/file.py:function"),
        ("a:b:c", "'a:b' is no name of a module", "path/to/file.py:function"),
        (".hostile_fine:stream", "no name of a module", "path/to/file.py:function"),
        ("hostile_fine:sream", "no function 'sream'", "it has stream"),
        ("hostile_fine: stream", "no function ' stream'", "it has stream"),
        ("hostile_fine:number", "is no function", "of type int"),
        ("hostile_fine:Thing", "must be callable with one argument", "the target"),
        ("hostile_fine:stranger", "must be callable with one argument", "the target"),
        ("hostile_empty:f", "no function 'f'", "no functions at all"),
        ("hostile_syntax:f", "importing hostile_syntax failed: syntaxerror", "line 1"),
        ("hostile_syntax.py:f", "importing hostile_syntax.py failed: syntaxerror", "line 1"),
        ("hostile_binary.py:f", "importing hostile_binary.py failed", "error"),
        ("hostile_raises:f", "runtimeerror: first line second", "\\x1b[31mline"),
        ("hostile_exits:f", "systemexit: 0", "importing hostile_exits failed"),
        ("hostile_needs:f", "no module named 'no_such_library'", "importing hostile_needs failed"),
        ("hostile_deep:f", "recursionerror", "importing hostile_deep failed"),
        ("hostile_dialects:f", "`dialects` must be a tuple", "eventsource"),
        ("nowhere.py:f", "no file nowhere.py", "write module:function or path/to/file.py:function"),
        ("folder.py:f", "folder.py is a folder", "path/to/file.py:function"),
        ("./folder:f", "./folder is a folder", "path/to/file.py:function"),
        ("./" + "x" * 1000 + ".py:f", "there is no file ./xxx", "path/to/file.py:function"),
        ("./data.txt:f", "importing ./data.txt failed", "must end in .py"),
        ("cmd:", "no program is named", "write for example"),
        ("raw:   ", "no program is named", "write for example"),
        ("cmd:''", "no program is named", "write for example"),
        ("cmd:'unbalanced", "no closing quotation", "quote it as for a shell"),
        ('raw:sh -c "x', "no closing quotation", "quote it as for a shell"),
        ("cmd:sh \\", "no escaped character", "quote it as for a shell"),
        ("cmd:no-such-program-here --x", "there is no program no-such-program-here", "on the path"),
        ("raw:/no/such/program", "there is no program /no/such/program", "check the path"),
        ("cmd:./data.txt", "is not executable", "chmod +x"),
        ("cmd:data.txt", "no program data.txt on the path", "write ./data.txt"),
        ("cmd:./folder", "./folder is a folder", "not a program"),
        ("cmd:" + "x" * 1000, "there is no program xxx", "on the path"),
    ],
    ids=lambda text: text[:40],
)
def test_a_hostile_spec(folder: Path, spec: str, wrong: str, right: str) -> None:
    """What is wrong with it and what would be right is said in one short line, and nothing is run."""
    result = CliRunner().invoke(cli, ["run", "healthy", "--client", spec])
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.splitlines()
    assert line.startswith("ssedrill: ")
    assert wrong in line.lower() or wrong in line
    assert right in line.lower() or right in line
    assert line.isprintable()
    assert len(line) < 3000
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return 'text'", "must yield the text that it shows, not return it"),
        ("yield 5", "must yield the text that it shows, as str"),
        ("raise SystemExit(3)", "SystemExit: 3"),
    ],
)
def test_a_function_that_is_no_client(folder: Path, body: str, said: str) -> None:
    """A function whose fault shows only when it runs proves nothing, which is 1, and the reason is told."""
    (folder / "hostile_late.py").write_text(f"def f(target):\n    {body}\n")
    words = ["run", "healthy", "--client", "hostile_late.py:f", "--dialect", "eventsource"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 1
    assert said in " ".join(result.stdout.split())


@pytest.mark.parametrize("form", ["cmd", "raw"])
def test_a_program_that_the_system_does_not_start(folder: Path, form: str) -> None:
    """An executable file that is none proves nothing either, and the report says that it did not start."""
    path = folder / "program"
    path.write_text("#!/no/such/interpreter\n")
    path.chmod(0o755)
    result = CliRunner().invoke(cli, ["run", "healthy", "--client", f"{form}:./program", "--dialect", "eventsource"])
    assert result.exit_code == 1
    assert "the client died (did not start: " in " ".join(result.stdout.split())
