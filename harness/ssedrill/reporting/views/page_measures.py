"""The clients side by side, as a part of a page."""

from __future__ import annotations

from ssedrill.model.record import RecordFile
from ssedrill.reporting.views import anchors
from ssedrill.reporting.views.page_text import breakable, text
from ssedrill.reporting.views.plots import Axis, recoveries, shares
from ssedrill.reporting.views.side_by_side import columns, price_line, side_by_side


def measures_table(file: RecordFile) -> str:
    """Return the table of clients, a row each, with two small plots; nothing if there are no runs."""
    found = side_by_side(file)
    if not found:
        return ""
    wanted, axis = columns(found), Axis.of(found)
    heads = "".join(f'<th scope="col" title="{text(one.about)}">{one.heading}</th>' for one in wanted)
    plotted = f'<th scope="col" title="{axis.words}">recoveries</th>' if axis is not None else ""
    rows = []
    for one in found:
        cells = "".join(f"<td>{column.words(one)}</td>" for column in wanted)
        times = f"<td>{recoveries(one, axis)}</td>" if axis is not None else ""
        rows.append(
            f'<tr id="{anchors.measures(one.client)}"><th scope="row">{breakable(one.client)}</th>'
            f"<td>{shares(one.verdicts)}</td>{cells}{times}</tr>"
        )
    explained = [f"<li><b>{one.heading}</b> {text(one.about)}</li>" for one in wanted]
    scale = f"<li><b>recoveries</b> a stroke for each, the dot is the median; {axis.words}</li>" if axis else ""
    money = f"<p>{text(price_line(file))}</p>" if file.price is not None else ""
    return (
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="measures-title"><table class="measures">\n'
        f'<thead><tr><th scope="col">client</th><th scope="col">runs</th>{heads}{plotted}</tr></thead>\n'
        f"<tbody>{chr(10).join(rows)}</tbody></table></div>\n"
        f'<details class="meant"><summary>What is measured</summary><ul>{"".join(explained)}{scale}</ul></details>'
        f"{money}"
    )
