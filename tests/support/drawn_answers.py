"""Answers of every kind, drawn by Hypothesis."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from ssedrill_faults.plan import Answer, Frame, Framing, Persistence, Role

TEXTS = st.text(st.sampled_from('a7 ."\\{น้🚒\u2028'), max_size=12)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Draw an answer: any texts, line endings, pings between the tokens, framing and persistence."""
    line_end = draw(st.sampled_from(["\n", "\r\n"]))
    first = draw(st.integers(1, 30))
    frames: list[Frame] = []
    for i, text in enumerate(draw(st.lists(TEXTS, min_size=1, max_size=5))):
        if draw(st.booleans()):
            frames.append(Frame(f": ping{line_end}{line_end}".encode(), Role.PING))
        data = json.dumps({"t": text}, ensure_ascii=draw(st.booleans()))
        block = f"id: {first + i}{line_end}data: {data}{line_end}{line_end}"
        frames.append(Frame(block.encode(), Role.DELTA, first + i, draw(st.sampled_from([0.0, 0.01, 1.5]))))
    frames.append(Frame(f"event: end{line_end}data: {{}}{line_end}{line_end}".encode(), Role.TERMINAL))
    framing, persistence = draw(st.sampled_from(Framing)), draw(st.sampled_from(Persistence))
    return Answer(tuple(frames), framing=framing, persistence=persistence)
