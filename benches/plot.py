"""Draws the tables in benches/figures as SVG: python3 benches/plot.py

Reads NAME.tsv, whose first column is drawn to the right, and writes NAME.svg. Both axes are logarithmic.
"""

import math
import pathlib

HERE = pathlib.Path(__file__).parent / "figures"
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 380, 70, 40, 190, 50
COLORS = ["#b3261e", "#1a5fb4", "#26734d", "#8f5b00"]
# File, title, name of the first column, and the columns that are drawn, with what they are called.
PLOTS = [
    ("signers", "SM2 signatures a second on one core, by distinct signers", "signers",
     {"lanes_per_second": "8 lanes", "scalar_per_second": "scalar"}),
    ("sizes", "documents a second on one core, by their size", "bytes",
     {"separate_per_second": "answers at once", "together_per_second": "16 together"}),
    ("clients", "verifications a second over HTTPS, by callers", "callers",
     {"per_second_of_gateway_core": "on a core of the gateway", "per_second": "as measured, load beside it"}),
]


def table(path):
    lines = [line.split("\t") for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return [dict(zip(lines[0], map(float, line))) for line in lines[1:]]


def ticks(low, high):
    return [10.0 ** power for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)]


def short(value):
    for unit, size in [("M", 1e6), ("k", 1e3)]:
        if value >= size:
            return f"{value / size:g} {unit}"
    return f"{value:g}"


def draw(name, title, across, columns):
    rows = table(HERE / f"{name}.tsv")
    xs = ticks(min(row[across] for row in rows), max(row[across] for row in rows))
    values = [row[column] for row in rows for column in columns]
    ys = ticks(min(values), max(values))

    def x(value):
        share = (math.log10(value) - math.log10(xs[0])) / (math.log10(xs[-1]) - math.log10(xs[0]))
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(value):
        share = (math.log10(value) - math.log10(ys[0])) / (math.log10(ys[-1]) - math.log10(ys[0]))
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
           f'<text x="{LEFT}" y="22" font-size="14">{title}</text>']
    for value in xs:
        out.append(f'<path d="M{x(value):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>'
                   f'<text x="{x(value):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{short(value)}</text>')
    for value in ys:
        out.append(f'<path d="M{LEFT} {y(value):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{short(value)}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">{across}</text>')
    taken = []
    for (column, label), color in zip(columns.items(), COLORS):
        points = " ".join(f"{x(row[across]):.1f},{y(row[column]):.1f}" for row in rows)
        at = y(rows[-1][column]) + 4
        # Two lines that end side by side are named one below the other.
        while any(abs(at - other) < 14 for other in taken):
            at += 1 if at >= min(taken) else -1
        taken.append(at)
        out.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
        out += [f'<circle cx="{x(row[across]):.1f}" cy="{y(row[column]):.1f}" r="3" fill="{color}"/>' for row in rows]
        out.append(f'<text x="{WIDTH - RIGHT + 12}" y="{at:.1f}" fill="{color}">{label}</text>')
    out.append("</svg>")
    (HERE / f"{name}.svg").write_text("\n".join(out) + "\n")


for plot in PLOTS:
    draw(*plot)
