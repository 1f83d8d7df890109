"""How the commands fail: every way to do so is one clear message and the right exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ssedrill import __version__
from ssedrill.model.clean_text import inert

if TYPE_CHECKING:
    from ssedrill.model.secrets.known import Secrets

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
EXIT_BAD_DRILL, EXIT_BAD_INPUT, EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_PIPE = 1, 2, 3, 130, 141
"""1: a drill failed, or proved nothing; the others say that something else went wrong."""


class Guarded(click.Group):
    """A group that turns every way to fail into one clear message and the right exit code."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run a command and exit."""
        extra["standalone_mode"] = False
        code = EXIT_INTERNAL
        try:
            result = super().main(*args, **extra)
            code = result if isinstance(result, int) else 0
            sys.stdout.flush()
        except click.Abort:
            code = EXIT_INTERRUPTED
        except click.ClickException as error:
            error.show()
            code = EXIT_BAD_INPUT
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            code = EXIT_INTERRUPTED
        except BrokenPipeError:
            _give_up_stdout()
            code = EXIT_PIPE
        except Exception as error:
            code = _told(error)
        sys.exit(code)


def _told(error: Exception) -> int:
    """Say what went wrong, and return the exit code for it."""
    if isinstance(error, _bad_input()):
        for line in str(error).splitlines() or [type(error).__name__]:
            click.echo(f"ssedrill: {inert(line)}", err=True)
        return EXIT_BAD_INPUT
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        click.echo(f"ssedrill: the output can't be written: {error.strerror}", err=True)
        _give_up_stdout()
        return EXIT_BAD_INPUT
    internal_fault(error)
    return EXIT_INTERNAL


def _bad_input() -> tuple[type[Exception], ...]:
    """Return what is raised for bad input. It is imported when something went wrong: ``--help`` needs none of it."""
    from ssedrill.campaign.bad_campaign import BadCampaign
    from ssedrill.drivers.bad_spec import BadSpec
    from ssedrill.loading.problems import BadScenario
    from ssedrill.reporting.formats.to_json import BadRecord
    from ssedrill.reporting.store.files import NotWritable
    from ssedrill.serving.refused import Refused
    from ssedrill_faults.extensions import BadExtension

    return (BadCampaign, BadScenario, BadSpec, BadExtension, BadRecord, NotWritable, Refused)


def _give_up_stdout() -> None:
    """Python flushes standard output once more at exit: give it something that takes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell_traceback(error: Exception) -> Secrets:
    """Print where an error is from, if that was asked for; return what is known of secrets, for the message."""
    from ssedrill.model.secrets.known import Secrets

    secrets = Secrets()
    secrets.learn_environment(os.environ)
    if os.environ.get("SSEDRILL_DEBUG") == "1":
        click.echo(inert(secrets.text("".join(traceback.format_exception(error)))), err=True, nl=False)
    return secrets


def internal_fault(error: Exception) -> None:
    """Tell of a fault of our own, and what to do about it."""
    secrets = tell_traceback(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    what = inert(secrets.text(f"{type(error).__name__}: {error}"))
    click.echo(f"ssedrill: internal fault at {where}: {what}", err=True)
    click.echo("This is a defect of ssedrill, not of a client. Run it again with SSEDRILL_DEBUG=1 for a", err=True)
    click.echo(f"traceback and report it with the command and the version ({__version__}).", err=True)
