"""The results of a scenario as Markdown."""

import plot
from table import ratio


def number(value, digits):
    return f"{value:,.{digits}f}"


def header(table):
    """For each column of the text: [(title, function that fills a row's cell)]."""
    columns = [("", lambda r: f"**{r.name}**" if r.kind == "ferry" else r.name)]
    for c in table.columns:
        columns.append((c.title, lambda r, c=c: number(r.median(c.key), c.digits) if r.has(c.key) else ""))
        if not c.better:
            continue
        columns.append(("least - most", lambda r, c=c: " - ".join(number(v, c.digits) for v in r.range(c.key))
                        if r.has(c.key) else ""))
        for kind, title in (("peer", "× best peer"), ("limit", "× limit")):
            best = table.best(kind, c)
            if best:
                columns.append((title, lambda r, c=c, best=best: number(ratio(r, best, c), 2) if r.has(c.key) else ""))
    return columns


def sentence(table, column):
    """The line about ferry below a table."""
    said = []
    for row in table.of_kind("ferry", column):
        best = table.best("peer", column)
        said += [f"{number(ratio(row, best, column), 2)} × {best.name}, the best peer"] if best else []
        said += [f"{number(ratio(row, other, column), 2)} × {other.name}" for other in table.of_kind("peer", column)
                 if other.name == "nginx" and other is not best]
        limit = table.best("limit", column)
        said += [f"{number(ratio(row, limit, column), 2)} × {limit.name}"] if limit else []
        return f"{column.title}: {row.name} is " + "; ".join(said) + "." if said else ""
    return ""


def markdown(table):
    columns = header(table)
    text = "| " + " | ".join(title for title, _ in columns) + " |\n"
    text += "| " + " | ".join(["---"] + ["---:"] * (len(columns) - 1)) + " |\n"
    for row in table.rows:
        text += "| " + " | ".join(cell(row) for _, cell in columns) + " |\n"
    said = [sentence(table, c) for c in table.columns if c.better]
    said += [f"No figure of {row.name}: {why}." for row, why in table.failed]
    return text + "".join(f"\n{line}\n" for line in said if line)


def write(folder, name, what, tables, machine):
    """Writes <name>.md and <name>.svg; a ratio above 1 is better, whichever way a figure counts."""
    (folder / f"{name}.svg").write_text(plot.svg(name, what, tables))
    text = f"# {name}\n\n{what}\n\n![The same as a picture]({name}.svg)\n\n{machine}\n\n"
    text += "Medians; a ratio (×) above 1 is better, whichever way a figure counts.\n"
    for table in tables:
        text += f"\n## {table.title}\n\n{markdown(table)}"
    (folder / f"{name}.md").write_text(text)
