"""Client specifications: every form, and one clear error for everything else."""

import re

import pytest

from ssedrill.clients import CLIENTS
from ssedrill.clients.spec import load_here, parse_spec, parse_specs
from ssedrill.dialects import DIALECTS
from ssedrill.drivers.bad_spec import BadSpec
from support.tinyserver import drive

CLIENT = '''
from helper import WORD

async def show(target):
    """Show a word."""
    yield WORD

show.dialects = ("eventsource",)

def plain(target):
    yield WORD

class Thing:
    pass

def no_arguments():
    pass

def two_arguments(a, b):
    pass

def odd(target):
    pass

odd.dialects = ("morse",)
number = 5
'''


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a client, a neighbour that it imports, and modules that can't be imported."""
    (tmp_path / "my_drill_client.py").write_text(CLIENT)
    (tmp_path / "helper.py").write_text("WORD = 'hello'\n")
    (tmp_path / "exits.py").write_text("raise SystemExit(0)\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    (tmp_path / "needs.py").write_text("import no_such_thing\n")
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "data.txt").write_text("x")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    import sys

    for name in [
        name for name, module in sys.modules.items() if str(tmp_path) in str(getattr(module, "__file__", ""))
    ]:
        del sys.modules[name]


@pytest.mark.parametrize("client", CLIENTS.values(), ids=lambda client: client.name)
def test_built_ins_by_name(client):
    """Every built-in is found by its name."""
    assert parse_spec(client.name) is client


@pytest.mark.parametrize("spec", ["my_drill_client:show", "my_drill_client.py:show", "./my_drill_client.py:show"])
def test_functions(folder, spec):
    """A function of a module or a file in the current folder is a client, with its neighbours importable."""
    client = parse_spec(spec)
    assert (client.name, client.kind, client.dialects) == (spec, "in-process", ("eventsource",))
    assert client.description == "Show a word."
    told = drive(client.driver)
    assert (told.text, told.kinds) == ("hello", ["done"])


def test_functions_speak_everything_unless_they_say_otherwise(folder):
    """Without an attribute `dialects` a function is offered all of them."""
    assert parse_spec(f"{folder}/my_drill_client.py:plain").dialects == tuple(DIALECTS)


def test_programs():
    """Programs are split as a shell would, but no shell runs them."""
    client = parse_spec("""raw:printf '%s;%s' 'a b' "{dialect}" """)
    assert (client.kind, client.dialects) == ("program", tuple(DIALECTS))
    told = drive(client.driver)
    assert (told.text, told.kinds) == ("a b;eventsource", ["done"])
    assert parse_spec("cmd:sh -c :").kind == "program"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("antropic", "did you mean anthropic"),
        ("zzzz", "there are reference"),
        ("ope\0nai", "can't be printed"),
        ("a\nb", "can't be printed"),
        ("service:http://127.0.0.1:8000", "can't be driven yet"),
        ("cmd:", "no program is named; write for example cmd:"),
        ("raw:curl {urll}", "{urll} is no fact that a program is told; did you mean {url}"),
        ("cmd:env --patience={patience} true", "did you mean {patience_s}"),
        ("cmd:''", "no program is named"),
        ("raw:   ", "no program is named"),
        ("cmd:no-such-program-here", "there is no program"),
        ("cmd:/no/such/program --x", "there is no program"),
        ("cmd:'unbalanced", "quot"),
        ("cmd:./data.txt", "not executable"),
        ("cmd:data.txt", "write ./data.txt"),
        ("cmd:.", "folder"),
        (":f", "names no function"),
        ("m:", "names no function"),
        ("nowhere.py:f", "no file nowhere.py"),
        ("no/such/file:f", "no file no/such/file"),
        ("./:f", "./ is a folder"),
        ("no_such_module:f", "ModuleNotFoundError"),
        ("1nvalid:f", "no name of a module"),
        ("http://127.0.0.1:8000", "no"),
        ("..:f", "no name of a module"),
        ("my_drill_client:shwo", "show"),
        ("my_drill_client:number", "no function but of type int"),
        ("my_drill_client:Thing", "one argument"),
        ("my_drill_client:no_arguments", "one argument"),
        ("my_drill_client:two_arguments", "one argument"),
        ("my_drill_client:odd", "dialects"),
        ("exits.py:f", "SystemExit: 0"),
        ("exits:f", "SystemExit: 0"),
        ("broken.py:f", "SyntaxError"),
        ("needs.py:f", "no_such_thing"),
        ("empty.py:f", "no functions at all"),
        ("./data.txt:f", "must end in .py"),
    ],
)
def test_bad_specs(folder, spec, words):
    """Everything else is one error that says what is wrong and what would be right."""
    with pytest.raises(BadSpec) as caught:
        parse_spec(spec)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_client_under_a_name() -> None:
    """Whatever it is; what it was given as is kept for the command that repeats a run."""
    client = parse_spec("mine=raw:curl -sN {url}")
    assert (client.name, client.spec, client.kind) == ("mine", "raw:curl -sN {url}", "program")
    narrow = parse_spec("old.one@openai-chat=reference")
    assert (narrow.name, narrow.spec, narrow.dialects) == ("old.one", "reference", ("openai-chat",))


def test_a_name_does_not_tell_what_a_specification_hides() -> None:
    """A secret in it is a number there too."""
    client = parse_spec("mine=cmd:echo --api-key sk-1234567890abcdef1234567890")
    assert client.name == "mine"
    assert "sk-1234567890" not in client.spec
    assert client.secrets


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["x@latin=reference"], "is no dialect of it; use one of"),
        (["x@opnai-chat=reference"], "did you mean openai-chat"),
        (["x@eventsource=openai"], "openai speaks openai-chat"),
        (["x@=reference"], "is no dialect of it"),
        (["openai=reference"], "openai is a built-in client: call reference something else"),
        (["x="], "empty client"),
        (["x=zzzz"], "there is no client 'zzzz'"),
        (["x=reference", "x=curl"], "two clients are called x: write NAME=curl"),
    ],
)
def test_names_that_are_refused(texts: list[str], said: str) -> None:
    """With what would be right."""
    with pytest.raises(BadSpec, match=re.escape(said)):
        parse_specs(texts, load_here)
