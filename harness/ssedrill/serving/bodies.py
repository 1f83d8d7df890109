"""What is said to the control API and by it, as data: requests are checked by it, and the API is described by it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ssedrill.drivers.sink import CLASS_CHARS
from ssedrill.model.record import Claim, Outcome, Severity, Status, Verdict

LONGEST_NAME = 200
State = Literal["waiting", "running", "over"]


class Body(BaseModel):
    """What stands in no field is an error, and so is a value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class NewDrill(Body):
    """A drill that is to be made: of a built-in scenario, or of what a scenario file says."""

    scenario: str | None = Field(
        None, description="The name of a built-in scenario, or of one that serve was given.", max_length=LONGEST_NAME
    )
    toml: str | None = Field(None, description="What a scenario file says, in place of a name.")
    dialect: str | None = Field(
        None, description="The protocol; by default the scenario's first.", max_length=LONGEST_NAME
    )
    seed: int = Field(0, ge=0, description="What decides the text of the answers.")


class ErrorTold(Body):
    """The error that the client raised to its application."""

    error_class: str = Field("Error", alias="class", description="What the error is called.", max_length=CLASS_CHARS)
    message: str = Field("", description="What it says.")


class Shown(Body):
    """What the client has shown its application since this was last said, and how the call ended, if it did."""

    call: int = Field(1, ge=1, description="Of several calls: which of them.")
    restart: bool = Field(False, description="What was shown before was taken back.")
    text: str = Field("", description="More text, to the letter.")
    tokens: list[str] = Field([], description="The same in pieces; what comes in pieces is told in either way.")
    usage: dict[str, int] = Field({}, description="How many tokens the client says that the answer took.")
    finish: str | None = Field(None, description="Why the model stopped, as the client says it.")
    complete: bool = Field(False, description="The client has said that the answer is complete: the call is over.")
    error: ErrorTold | str | None = Field(None, description="The client has said that it failed: the call is over.")


class Refusal(Body):
    """Why something is not done."""

    error: str = Field(description="What is wrong.")
    right: str = Field(description="What would be right.")


class CallMade(Body):
    """One of several calls, which has begun."""

    call: int = Field(description="Its number, from 1.")
    url: str = Field(description="Where its client is sent.")
    fallback_url: str = Field(description="Where it turns when that fails; empty if there is no such place.")
    prompt: str = Field(description="What it asks for: by that the server knows it.")


class DrillView(Body):
    """A drill, and how a client is pointed at it."""

    id: str = Field(description="Its name in this API.")
    scenario: str = Field(description="What is served.")
    about: str = Field(description="What happens in it, in a sentence.")
    dialect: str = Field(description="The protocol.")
    seed: int = Field(description="What decides the text of the answers.")
    round: int = Field(description="1, and one more after each reset.")
    state: State = Field(description="waiting for its first request, running, or over: nobody listens any more.")
    url: str = Field(description="Where the client is sent: the base URL that an SDK of this protocol takes.")
    fallback_url: str = Field(description="Where it turns when that fails; empty if there is no such place.")
    port: int = Field(description="The port in the URL, which a container may publish as another one.")
    path: str = Field(description="What follows host and port in the URL.")
    environment: dict[str, str] = Field(description="The variables that point SDKs of this protocol at it.")
    api_key: str = Field(description="A key that looks like one and opens nothing.")
    prompt: str = Field(description="What to ask for.")
    patience_s: float = Field(description="The read timeout that the client is to have, in seconds.")
    deadline_s: float = Field(description="How long a call may take before the server hangs up, in seconds.")
    calls: int = Field(
        description="How many calls the scenario has; if it is none that says so, 1, which begins by itself."
    )
    began: int = Field(description="How many of them have begun.")


class CheckView(Body):
    """One question, and its answer."""

    id: str
    severity: Severity
    status: Status
    expected: str
    got: str


class WireView(Body):
    """What the wire alone can answer, whatever the client has shown. It is never a pass."""

    verdict: Verdict = Field(description="fail if a MUST is broken, else not-tested.")
    checks: list[CheckView]


class Judged(DrillView):
    """A drill and what came of it so far."""

    outcome: Outcome = Field(description="In a word; not-tested as long as nobody has told what was shown.")
    claim: Claim = Field(description="What the client has told its application at the end.")
    verdict: Verdict = Field(description="What the scenario's checks make of it.")
    summary: str = Field(description="In a sentence.")
    checks: list[CheckView]
    wire: WireView


class Listed(Body):
    """All drills, the oldest first."""

    drills: list[DrillView]
