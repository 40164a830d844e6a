"""``fbcunn``: one command a file; `main` turns errors that a user can act on into one line and exit status 1."""

from __future__ import annotations

import re
import sys

import typer

from .. import __version__
from .bench import app as bench
from .convert import convert
from .doctor import doctor
from .inspect import inspect
from .port import port
from .tune import app as tune

app = typer.Typer(
    name="fbcunn",
    help="Lua Torch models and data on today's PyTorch: look into .t7 files, convert them, port models for good.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (inspect, convert, port, doctor):
    app.command()(command)
app.add_typer(tune, name="tune")
app.add_typer(bench, name="bench")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Entry point of the ``fbcunn`` program."""
    from ..port.spec import PortError
    from ..t7.errors import T7Error

    try:
        app()
    except (PortError, T7Error) as error:
        _fail(str(error))
    except OSError as error:
        # files are written under a temporary name first
        name = re.sub(r"\.[0-9a-f]{8}\.tmp(?=$|/)", "", str(error.filename or ""))
        place = f"{name}: " if name else ""
        _fail(f"{place}{error.strerror or error}")
    except KeyboardInterrupt:
        _fail("interrupted", 130)


def _fail(message: str, status: int = 1) -> None:
    sys.stdout.flush()
    print(f"fbcunn: {message}", file=sys.stderr)
    raise SystemExit(status)


if __name__ == "__main__":
    main()
