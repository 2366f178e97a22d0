"""The measured part of docs/scale.md: a table and a chart from one run of scripts/bench.py."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "scale.md"
CHART = ROOT / "docs" / "pictures" / "scale.svg"
BEGIN, END = "<!-- measured: written by scripts/bench.py --docs -->", "<!-- end of what was measured -->"
PROVINCE = 60_000_000

_GOALS = {
    "merge_vs_bare_read": (
        "merge / bare read",
        "at most 1",
        "All of the district's work, from the first file to the verified summary, in the time in which calamine hands "
        "over the cells.",
    ),
    "merge_vs_floor": (
        "merge / floor",
        "",
        "How far it is from what no reader can do without: inflating each part and looking at each byte once.",
    ),
    "merge_vs_fastexcel": (
        "merge / fastexcel",
        "",
        "A reader in Rust that only reads, into columns whose types it guesses, those of IDs and dates too.",
    ),
    "pandas_openpyxl_vs_merge": (
        "pandas with openpyxl / merge",
        "at least 6",
        "What a script from a tutorial takes to read alone, by the rows of the largest file.",
    ),
    "pandas_calamine_vs_merge": (
        "pandas with calamine / merge",
        "",
        "The same script with the fastest engine that pandas has, in one process.",
    ),
    "check_vs_bare_read": (
        "check / bare read of that file",
        "at most 1.5",
        "What a clerk of the largest township waits for, start of the program included.",
    ),
    "papers_vs_merge": (
        "merge with ledgers and lists of findings / merge",
        "at most 2.5",
        "What a ledger for each unit costs beside the summary, and a list of its findings; each roster is read once more.",
    ),
    "returns_vs_merge": (
        "merge with returns / merge",
        "",
        "A copy of every roster with an error, whole, with its findings: here of all.",
    ),
    "scale3_vs_scale1": (
        "scale 3 / scale 1",
        "at most 3.3",
        "Three times the people take no more than three times as long: nothing grows faster than the folder.",
    ),
    "udf_vs_identity": (
        "NETDUE / identity, 50,000 rows",
        "at most 1.5",
        "A column of dues takes no longer than handing the column through xlwings and back.",
    ),
    "windows_merge_vs_linux": (
        "merge of the small district, Windows Python under Wine / Linux",
        "",
        "Start-up weighs most in small files, and Windows starts slowly; Wine is not Windows: read it as a direction.",
    ),
    "windows_papers_vs_merge": (
        "the same with ledgers / without, Windows Python under Wine",
        "",
        "Where each further process is dear.",
    ),
}
"""Ratios of wall time: words, what is wanted, what it says."""
_WAITS = {
    "help": ("`liangxian --help`, CPU s", "at most 0.4", "Neither numpy nor pandas is loaded for words."),
    "first-word": (
        "from start to the first word on the terminal, CPU s",
        "at most 0.3",
        "Whoever sees something at once does not start the program twice.",
    ),
    "check-small-above-pandas": (
        "check of a small roster above `import pandas`, CPU s",
        "at most 0.3",
        "What is ours of the wait for a village's book.",
    ),
    "annotate-10000": (
        "annotated copy, CPU s for 10,000 people",
        "at most 5",
        "Read, checked and written again whole, with its findings.",
    ),
    "netdue-first": (
        "first NETDUE of a process, s",
        "",
        "Start of Python, xlwings, pandas, the notice: once a session of Excel.",
    ),
    "netdue-later": (
        "a later NETDUE of one cell, s",
        "",
        "What recalculating a single cell takes on the Python side of COM.",
    ),
    "windows-netdue-first": (
        "first NETDUE over COM, Windows Python under Wine, s",
        "",
        "The DLL starts Python and the server loads: what the first formula of the day waits for.",
    ),
    "windows-netdue-later": (
        "a later NETDUE over COM, Windows Python under Wine, s",
        "",
        "A cell's way to another process and back.",
    ),
    "windows-first-click": (
        "first click to Python's first word in Excel's status bar, Windows Python under Wine, s",
        "",
        "VBA's own word is there before. The DLL starts Python, the server loads, the roster in front is found.",
    ),
}
"""Seconds that somebody waits for, likewise."""
_ROWS = {
    "pandas-openpyxl": "pandas with openpyxl, the largest file only",
    "pandas-calamine": "pandas with calamine",
    "check": "check of the largest file",
    "bare-largest": "bare, the largest file",
    "ledgers": "merge with ledgers",
    "lists": "combine of kept results with lists of findings",
    "returns": "merge with returns",
    "annotate": "check --annotate of one file",
    "import-pandas": "`import pandas`",
    "help": "`liangxian --help`",
    "first-word": "first word on the terminal",
    "check-small": "check of a small roster",
    "merge-small": "merge of the small district",
    "ledgers-small": "merge of the small district with ledgers",
    "netdue-first": "first NETDUE of a process",
    "netdue-later": "a later NETDUE",
    "identity": "identity function, 50,000 rows",
    "udf": "NETDUE, 50,000 rows",
}
_BARS = {
    "floor": "inflate and one byte scan",
    "fastexcel": "fastexcel, 2 processes, reading only",
    "bare": "bare read, calamine, 2 processes",
    "merge": "our merge, everything on",
    "pandas-calamine": "pandas with calamine, reading only",
    "pandas-openpyxl": "pandas with openpyxl, reading only",
}


def write(found: dict[str, Any]) -> None:
    """Put a run's figures into the page and draw the chart."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{section(found)}\n{END}{after}", encoding="utf-8", newline="\n")
    CHART.write_text(chart(found), encoding="utf-8", newline="\n")


def section(found: dict[str, Any]) -> str:
    """The tables, in Markdown."""
    machine, measured, people = found["machine"], found["measured"], found["people"]
    lines = [
        f"{people['1']:,} rows of people, older editions among them, the largest file {found['largest_file']:,}; "
        f"{machine['processors']} processors, "
        f"{machine['jobs']} processes, Python {machine['python']}, {found['rounds']} rounds, load {machine['load']}."
        f"{_small(found)}",
        "",
        "| | wall (s) | CPU (s) | peak of all processes (MB) |",
        "|---|---:|---:|---:|",
    ]
    for name, measurement in measured.items():
        peak = f"{measurement['peak_mb']:.0f}" if measurement["peak_mb"] else ""
        cpu = f"{median(measurement['cpu']):.3g}" if measurement["cpu"] else ""
        lines.append(f"| {_words(name)} | {median(measurement['wall']):.3g} | {cpu} | {peak} |")
    lines += ["", *found["left_out"], "", "| ratio or wait | measured | wanted | |", "|---|---:|---|---|"]
    lines += [_goal(_GOALS[name], f"{value:.2f}") for name, value in found["ratios"].items()]
    lines += [_goal(_WAITS[name], f"{value:.2g}") for name, value in found["waits"].items()]
    lines += ["", f"![Seconds for the whole district](pictures/{CHART.name})"]
    if "growth-3" in measured and "growth-1" in measured:
        lines += ["", *province(found)]
    return "\n".join(lines) + "\n"


def _small(found: dict[str, Any]) -> str:
    """A note on the small files, where there were some."""
    people = found["people"]
    if "small" not in people:
        return ""
    return f" The small roster has {people['least']:,} people, the small district {people['small']:,}."


def _goal(goal: tuple[str, str, str], value: str) -> str:
    words, wanted, says = goal
    return f"| {words} | {value} | {wanted} | {says} |"


def _words(name: str) -> str:
    """A contender's name as the page says it."""
    if name.startswith("windows-"):
        return f"{_words(name.removeprefix('windows-'))}, Windows Python under Wine"
    kind, _, scale = name.partition("-")
    if kind in ("growth", "combine"):
        return f"{'merge' if kind == 'growth' else 'combine of kept results'} at scale {scale}"
    return _ROWS.get(name, name)


def province(found: dict[str, Any]) -> list[str]:
    """The time of a further million people, and of 60 million, from the growth between scale 1 and scale 3."""
    measured, people = found["measured"], found["people"]
    millions = (people["3"] - people["1"]) / 1e6

    def slope(kind: str) -> float:
        larger, smaller = (median(measured[f"{kind}-{scale}"]["wall"]) for scale in (3, 1))
        return float(larger - smaller) / float(millions)

    whole, combine = slope("growth"), slope("combine")
    many = PROVINCE / 1e6
    memory = (measured["growth-3"]["peak_mb"] - measured["growth-1"]["peak_mb"]) / millions
    return [
        f"A further million people: {whole:.1f} s on this machine, of which {combine:.2f} s are the merge of results that "
        f"only one machine can do; {memory:.0f} MB.",
        "",
        "| 60 million people | reading and checking | merging | all |",
        "|---|---:|---:|---:|",
        f"| one such machine | {(whole - combine) * many / 60:.0f} min | {combine * many / 60:.1f} min "
        f"| {whole * many / 60:.0f} min |",
        f"| ten | {(whole - combine) * many / 600:.1f} min | {combine * many / 60:.1f} min "
        f"| {((whole - combine) / 10 + combine) * many / 60:.1f} min |",
    ]


def chart(found: dict[str, Any]) -> str:
    """Bars of seconds for the whole district, reading by openpyxl scaled up from its largest file."""
    seconds = {name: median(measurement["wall"]) for name, measurement in found["measured"].items()}
    if "pandas-openpyxl" in seconds:
        seconds["pandas-openpyxl"] *= found["people"]["1"] / found["largest_file"]
    bars = {words: seconds[name] for name, words in _BARS.items() if name in seconds}
    most = max(bars.values(), default=1)
    height = 34 * len(bars) + 46
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height}" font-family="sans-serif" font-size="13">',
        f'<rect width="760" height="{height}" fill="white"/>',
        f'<text x="10" y="22" font-weight="bold">Seconds for {found["people"]["1"]:,} rows</text>',
    ]
    for n, (words, value) in enumerate(bars.items()):
        y, width = 36 + 34 * n, 400 * value / most
        colour = "#C55A11" if words == _BARS["merge"] else "#8EA9DB"
        lines += [
            f'<text x="268" y="{y + 16}" text-anchor="end">{words}</text>',
            f'<rect x="276" y="{y}" width="{max(width, 1):.1f}" height="22" fill="{colour}"/>',
            f'<text x="{284 + width:.1f}" y="{y + 16}">{value:.1f}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
