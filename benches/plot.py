"""Draws the tables in benches/figures as SVG: python3 benches/plot.py

Reads NAME.tsv, whose first column is drawn to the right, and writes NAME.svg.
"""

import math
import pathlib

HERE = pathlib.Path(__file__).parent / "figures"
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 380, 70, 40, 170, 50
COLORS = ["#b3261e", "#1a5fb4", "#26734d", "#8f5b00"]
# File, title, what is drawn to the right with its unit, whether upwards is logarithmic, and the columns that are drawn.
PLOTS = [
    ("signers", "SM2 signatures a second on one core", "distinct signers", "", True,
     {"lanes_per_second": "8 lanes", "scalar_per_second": "without lanes"}),
    ("sizes", "Files a second on one core", "size of a file", "B", True,
     {"together_per_second": "16 together, known", "known_per_second": "alone, known",
      "stranger_per_second": "alone, a stranger's"}),
    ("clients", "Verifications a second over HTTPS, the gateway on one core", "callers", "", False,
     {"per_second": "answered"}),
]


def table(path):
    lines = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return [dict(zip(lines[0], map(float, line))) for line in lines[1:]]


def decades(low, high):
    return [10.0 ** power for power in range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)]


def fine(low, high):
    """Where decades are few, what lies between them too."""
    found = decades(low, high)
    if len(found) > 2:
        return found
    all_of = [digit * 10.0 ** power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1) for digit in (1, 2, 5)]
    return [value for value in all_of if low <= value <= high]


def steps(high):
    step = 10.0 ** math.floor(math.log10(high))
    step = step if high / step >= 4 else step / 2 if high / step >= 2 else step / 4
    return [step * number for number in range(math.floor(high / step) + 1)]


def short(value, unit):
    for prefix, size in [("M", 1e6), ("k", 1e3)]:
        if value >= size:
            # Bytes are counted in KB with a capital letter.
            return f"{value / size:g} {prefix.upper() if unit else prefix}{unit}"
    return f"{value:g}{' ' + unit if unit else ''}"


def scale(low, high, near, far, logarithmic):
    change = math.log10 if logarithmic else float
    return lambda value: near + (change(value) - change(low)) / (change(high) - change(low)) * (far - near)


def draw(name, title, across, unit, logarithmic, columns):
    rows = table(HERE / f"{name}.tsv")
    values = [row[column] for row in rows for column in columns]
    measured = [row[across_column(rows)] for row in rows]
    lowest = min(values) / 1.2 if logarithmic else 0.0
    x = scale(min(measured), max(measured), LEFT + 10, WIDTH - RIGHT - 10, True)
    y = scale(lowest, max(values) * 1.1, HEIGHT - BOTTOM, TOP, logarithmic)
    xs = decades(min(measured), max(measured)) if logarithmic else measured
    ys = fine(lowest, max(values) * 1.1) if logarithmic else steps(max(values) * 1.1)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" font-size="12">',
           f'<title>{title}</title><rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{LEFT}" y="22" font-size="14">{title}</text>']
    for value in xs:
        out.append(f'<path d="M{x(value):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>'
                   f'<text x="{x(value):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{short(value, unit)}</text>')
    for value in ys:
        out.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{short(value, "")}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{across}</text>')
    taken = []
    for (column, label), color in zip(columns.items(), COLORS):
        points = " ".join(f"{x(at):.1f},{y(row[column]):.1f}" for at, row in zip(measured, rows))
        at = y(rows[-1][column]) + 4
        # Lines that end side by side are named one below the other.
        while any(abs(at - other) < 14 for other in taken):
            at += 1
        taken.append(at)
        out.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
        out += [f'<circle cx="{x(one):.1f}" cy="{y(row[column]):.1f}" r="3" fill="{color}"/>' for one, row in zip(measured, rows)]
        out.append(f'<text x="{WIDTH - RIGHT + 8}" y="{at:.1f}" fill="{color}">{label}</text>')
    out.append("</svg>")
    (HERE / f"{name}.svg").write_text("\n".join(out) + "\n")


def across_column(rows):
    return next(iter(rows[0]))


if __name__ == "__main__":
    for plot in PLOTS:
        draw(*plot)
