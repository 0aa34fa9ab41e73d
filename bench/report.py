"""The tables, as Markdown."""


def best(rows, column):
    """The best of these rows, or None."""
    if not rows:
        return None
    pick = min if column.better == "low" else max
    return pick(rows, key=lambda r: r.figures[column.key][0])


def ratio(row, other, column):
    """How many times better `row` is than `other`: more than 1 is better, whichever way the column counts."""
    mine, theirs = row.figures[column.key][0], other.figures[column.key][0]
    return theirs / mine if column.better == "low" else mine / theirs


def number(value, digits):
    return f"{value:,.{digits}f}"


def markdown(table):
    """One table. The ratios are those of the columns that have a better way to go."""
    peers = [r for r in table.rows if r.kind == "peer"]
    limits = [r for r in table.rows if r.kind == "limit"]
    head, lines = [""], []
    for c in table.columns:
        head.append(c.title)
        if c.better:
            head.append("range")
            head += ["better than the best peer"] if peers else []
            head += ["of the limit"] if limits else []
    for row in table.rows:
        cells = [f"**{row.name}**" if row.kind == "ferry" else row.name]
        for c in table.columns:
            if c.key not in row.figures:
                cells += [""] * (1 + (1 + bool(peers) + bool(limits) if c.better else 0))
                continue
            middle, least, most = row.figures[c.key]
            cells.append(number(middle, c.digits))
            if c.better:
                cells.append(f"{number(least, c.digits)} - {number(most, c.digits)}")
                if peers:
                    cells.append(f"{ratio(row, best(peers, c), c):.2f}")
                if limits:
                    cells.append(f"{ratio(row, best(limits, c), c):.2f}")
        lines.append(cells)
    text = "| " + " | ".join(head) + " |\n| " + " | ".join(["---"] + ["---:"] * (len(head) - 1)) + " |\n"
    return text + "".join("| " + " | ".join(cells) + " |\n" for cells in lines)
