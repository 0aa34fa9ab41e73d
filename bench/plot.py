"""The pictures, as SVG: bars for figures with a better direction, lines for figures that grow."""

import math
import statistics
from html import escape

WIDTH = 980
PANEL = 470
GAP = 40
MARGIN = 20
BAR = 18
STEP = 27
NAMES = 165
INK, FAINT, GRID = "#1f2933", "#66727f", "#e4e7eb"
COLOURS = {"ferry": "#0b7a75", "peer": "#a3b1bf", "limit": "#e0a030", "reference": "#d5dbe1"}
LINES = ["#0b7a75", "#c0504d", "#4f6fb0", "#7f6084", "#e0a030", "#66727f"]
FONT = "font-family=\"system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif\""


def text(x, y, what, size=13, colour=INK, anchor="start", weight="normal"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}" '
            f'font-weight="{weight}">{escape(what)}</text>')


def figure(value):
    """Three significant digits."""
    if value >= 10000:
        return f"{value / 1000:,.0f} k"
    if value == 0:
        return "0"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def shorten(row):
    """Leaves out a limit's settings, which are in the table."""
    return row.name.split(",")[0] if row.kind in ("limit", "reference") else row.name


def bars(table, column):
    """One panel; returns (its height, its SVG)."""
    rows = [r for r in table.rows if r.has(column.key)]
    # A contender that is far behind must not make the others indistinguishable.
    most = max(r.range(column.key)[1] for r in rows)
    most = min(most, 4 * statistics.median(r.median(column.key) for r in rows)) or 1
    scale = (PANEL - NAMES - 62) / most
    limit = table.best("limit", column)
    parts = [text(0, 16, table.title, 14, weight="600"),
             text(0, 34, f"{column.title}; {'less' if column.better == 'low' else 'more'} is better", 12, FAINT)]
    y = 46
    for row in rows:
        value = row.median(column.key)
        shown, least, greatest = (min(v, most) for v in (value, *row.range(column.key)))
        middle = y + BAR / 2
        bold = "600" if row.kind == "ferry" else "normal"
        parts += [
            text(NAMES - 8, middle + 4.5, shorten(row), 13, anchor="end", weight=bold),
            f'<rect x="{NAMES}" y="{y}" width="{max(1, shown * scale):.1f}" height="{BAR}" rx="2" '
            f'fill="{COLOURS[row.kind]}"/>',
            f'<line x1="{NAMES + least * scale:.1f}" x2="{NAMES + greatest * scale:.1f}" y1="{middle}" y2="{middle}" '
            f'stroke="{INK}" stroke-opacity="0.55"/>',
            text(NAMES + greatest * scale + 6, middle + 4.5, figure(value), 12, weight=bold),
        ]
        if shown < value:
            parts.append(f'<path d="M{NAMES + shown * scale - 16:.1f} {y + BAR + 2}l6 {-BAR - 4}" stroke="#ffffff" '
                         'stroke-width="4"/>')
        y += STEP
    if limit:
        x = NAMES + limit.median(column.key) * scale
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="42" y2="{y - 4}" stroke="{COLOURS["limit"]}" '
                     'stroke-dasharray="4 3"/>')
    return y + 14, "\n".join(parts)


def lines(table):
    """One panel with a line for each row over a logarithmic x."""
    height, left, bottom = 300, 46, 260
    xs = [int(c.title.replace(",", "")) for c in table.columns]
    most = max(row.median(c.key) for row in table.rows for c in table.columns) * 1.08
    right = WIDTH - 2 * MARGIN - NAMES

    def px(x):
        return left + (right - left) * math.log(x / xs[0]) / (math.log(xs[-1] / xs[0]) or 1)

    def py(y):
        return bottom - (bottom - 50) * y / most
    parts = [text(0, 16, table.title, 14, weight="600")]
    step = 10 ** math.floor(math.log10(most / 2))
    step *= 5 if most / step > 12 else 2 if most / step > 6 else 1
    for i in range(int(most / step) + 1):
        parts += [f'<line x1="{left}" x2="{right}" y1="{py(i * step):.1f}" y2="{py(i * step):.1f}" stroke="{GRID}"/>',
                  text(left - 6, py(i * step) + 4, figure(i * step), 12, FAINT, "end")]
    parts += [text(px(x), bottom + 18, f"{x:,}", 12, FAINT, "middle") for x in xs]
    ends = []
    for colour, row in zip(LINES, table.rows):
        points = [(px(x), py(row.median(c.key))) for x, c in zip(xs, table.columns)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" '
                     f'stroke-width="{3 if row.kind == "ferry" else 1.6}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        ends.append([points[-1][1], colour, row])
    # The names are at the ends of the lines, moved apart where these are too close.
    ends.sort(key=lambda e: e[0])
    for above, below in zip(ends, ends[1:]):
        below[0] = max(below[0], above[0] + 15)
    parts += [text(right + 10, y + 4, shorten(row), 13, colour, weight="600" if row.kind == "ferry" else "normal")
              for y, colour, row in ends]
    return height, "\n".join(parts)


def svg(title, what, tables):
    """One picture of a scenario's tables."""
    panels, wide = [], []
    for table in tables:
        if table.lines:
            wide.append(lines(table))
        panels += [bars(table, c) for c in table.columns if c.better and any(r.has(c.key) for r in table.rows)]
    y, parts = 66, []
    for height, drawn in wide:
        parts.append(f'<g transform="translate({MARGIN},{y})">\n{drawn}\n</g>')
        y += height + 10
    for i in range(0, len(panels), 2):
        pair = panels[i:i + 2]
        for k, (_, drawn) in enumerate(pair):
            parts.append(f'<g transform="translate({MARGIN + k * (PANEL + GAP - 20)},{y})">\n{drawn}\n</g>')
        y += max(height for height, _ in pair) + 10
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" {FONT}>\n'
            f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>\n'
            f'{text(MARGIN, 30, title, 20, weight="700")}\n{text(MARGIN, 50, what, 13, FAINT)}\n'
            + "\n".join(parts) + "\n</svg>\n")
