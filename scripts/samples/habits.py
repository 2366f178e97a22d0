"""Ways of writing that are no mistakes and that the program must understand.

In: the people of a unit and a rate. Out: the same people, some of whose cells are written otherwise than they are meant
(`Person.written`): nothing of what they owe or count for changes. Some ways bring a finding about the file, in which
the clerk is told how it was read (`Person.noted`). A cell with a mistake is left as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from addin.columns import CITY, DISTRICT, LOCAL, OUTSIDE, OVERSEAS, PUPIL, STUDENT
from scripts.samples.families import Cell, Person

INVISIBLE = "110"
"""Blanks in or around a word, full-width digits, a small x: said once for the file."""

_NAMED_OTHERWISE = 0.5
"""Share of the people met in several books whose name is written otherwise."""

Way = Callable[[Random, Person], Cell]
"""The other way of writing; the value itself where it does not fit this person."""


@dataclass(frozen=True, slots=True)
class Habit:
    """A column, how its cell is written, and the code of what must then be said of the file."""

    key: str
    way: Way
    code: str = ""


HABITS: dict[str, Habit] = {}
"""By the function's name."""


def habit(key: str, code: str = "") -> Callable[[Way], Way]:
    """Put a function on the list."""

    def add(way: Way) -> Way:
        HABITS[way.__name__] = Habit(key, way, code)
        return way

    return add


def practise(rng: Random, people: Sequence[Person], rate: float) -> Counter[str]:
    """Let that share of the people be written by some habit, each about as often as the others."""
    counts: Counter[str] = Counter()
    names = sorted(HABITS)
    rng.shuffle(names)
    for person in people:
        if person.twice and rng.random() < _NAMED_OTHERWISE:  # who stands in two books is one person all the same
            way = rng.choice(("name_with_another_dot", "name_out_of_a_pdf", "name_drawn_wide"))
            counts[way] += _write(rng, person, HABITS[way])
    for person in rng.sample(people, round(rate * len(people))):
        for name in sorted(names, key=lambda name: counts[name]):
            if _write(rng, person, HABITS[name]):
                counts[name] += 1
                break
    return counts


def _write(rng: Random, person: Person, habit: Habit) -> bool:
    if any(key == habit.key for key, _ in person.findings):
        return False
    value = habit.way(rng, person)
    if value == person.cells.get(habit.key) and type(value) is type(person.cells.get(habit.key)):
        return False
    person.written[habit.key] = value
    if habit.code:
        person.noted.add(habit.code)
    return True


# ---------------------------------------------------------------- words of the household register

_KIN: dict[tuple[str, bool], Sequence[str]] = {
    ("户主", True): ("本人",),
    ("户主", False): ("本人",),
    ("配偶", True): ("夫", "丈夫"),
    ("配偶", False): ("妻", "妻子"),
    ("子", True): ("儿子", "长子", "次子", "三子", "四子", "独生子", "养子", "继子", "养子或继子", "其他儿子"),
    ("女", False): ("女儿", "长女", "次女", "二女", "三女", "独生女", "养女", "继女", "养女或继女", "其他女儿"),
    ("儿媳", False): ("媳妇",),
    ("孙子女", True): ("孙", "孙子", "长孙"),
    ("孙子女", False): ("孙女",),
    ("父", True): ("父亲", "继父", "继父或养父"),
    ("母", False): ("母亲", "继母", "继母或养母"),
    ("兄弟姐妹", True): ("兄", "弟", "哥哥", "弟弟"),
    ("兄弟姐妹", False): ("姐", "妹", "姐姐", "妹妹"),
}
"""The names of the list's relations in a 户口簿 (GB/T 4761), by the sex of who is meant."""


@habit("relation")
def kin_by_the_register(rng: Random, person: Person) -> Cell:
    relation = person.cells.get("relation")
    return rng.choice(_KIN.get((str(relation), person.male)) or (relation,))


_REGISTERS: dict[Cell, Sequence[str]] = {
    LOCAL: ("本乡镇", "本街道", "本乡镇（街道）"),
    DISTRICT: ("本区其他乡镇", "本区其他乡镇（街道）"),
    CITY: ("本市其他区县",),
    OUTSIDE: ("市外",),
    OVERSEAS: ("港澳台", "外籍"),
}


@habit("register")
def register_in_short(rng: Random, person: Person) -> Cell:
    value = person.cells.get("register")
    return rng.choice(_REGISTERS.get(value) or (value,))


_SCHOOLS: dict[Cell, Sequence[str]] = {
    PUPIL: ("中小学", "小学", "初中", "高中", "中职", "中小学（含中职）"),
    STUDENT: ("大学",),
}


@habit("schooling")
def school_by_its_kind(rng: Random, person: Person) -> Cell:
    value = person.cells.get("schooling")
    return rng.choice(_SCHOOLS.get(value) or (value,))


_REASONS: dict[Cell, Sequence[str]] = {
    "现役军人": ("服兵役", "参军"),
    "死亡未销户": ("死亡",),
    "户口已迁出": ("已迁出",),
    "出国(境)": ("出国", "出国（境）"),
}


@habit("medical_reason")
def reason_in_short(rng: Random, person: Person) -> Cell:
    value = person.cells.get("medical_reason")
    return rng.choice(_REASONS.get(value) or (value,))


_PROOFS: dict[Cell, Sequence[str]] = {"村(社区)证明": ("村证明", "社区证明", "村（社区）证明")}


@habit("residence_proof")
def proof_in_short(rng: Random, person: Person) -> Cell:
    value = person.cells.get("residence_proof")
    return rng.choice(_PROOFS.get(value) or (value,))


@habit("id_type")
def type_of_the_usual_card(rng: Random, person: Person) -> Cell:
    usual = "id_type" not in person.cells and not any(key == "id_number" for key, _ in person.findings)
    return rng.choice(("居民身份证", "身份证", "二代身份证")) if usual else person.cells.get("id_type")


# ---------------------------------------------------------------- blanks, widths, numbers


def _text(person: Person, key: str) -> str:
    value = person.cells.get(key)
    return value if isinstance(value, str) else ""


@habit("id_number", INVISIBLE)
def small_x(_: Random, person: Person) -> Cell:
    return _text(person, "id_number").lower() or person.cells.get("id_number")


@habit("id_number", INVISIBLE)
def blanks_around_a_number(rng: Random, person: Person) -> Cell:
    number, blank = _text(person, "id_number"), rng.choice((" ", "\u00a0", "\u3000", "  "))
    before, behind = rng.choice(((blank, ""), ("", blank), (blank, blank)))
    return f"{before}{number}{behind}" if number else person.cells.get("id_number")


@habit("id_number", INVISIBLE)
def number_in_groups(_: Random, person: Person) -> Cell:
    number = _text(person, "id_number")
    return f"{number[:6]} {number[6:14]} {number[14:]}" if len(number) == 18 else person.cells.get("id_number")


_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@habit("id_number", INVISIBLE)
def number_in_wide_digits(_: Random, person: Person) -> Cell:
    return _text(person, "id_number").translate(_WIDE) or person.cells.get("id_number")


@habit("household")
def household_as_a_number(_: Random, person: Person) -> Cell:
    number = _text(person, "household")
    return int(number) if number.isdigit() else person.cells.get("household")


@habit("household", INVISIBLE)
def household_in_wide_digits(_: Random, person: Person) -> Cell:
    return _text(person, "household").translate(_WIDE) or person.cells.get("household")


@habit("name", INVISIBLE)
def name_drawn_wide(rng: Random, person: Person) -> Cell:
    name = _text(person, "name")
    return rng.choice((" ", "\u3000", "  ")).join(name) if name.isalpha() else person.cells.get("name")


_RADICALS = str.maketrans("方小飞龙金生文玉香雨马黄石白毛", "⽅⼩⻜⻰⾦⽣⽂⽟⾹⾬⻢⻩⽯⽩⽑")
"""Characters in texts copied from a PDF."""


@habit("name")
def name_out_of_a_pdf(_: Random, person: Person) -> Cell:
    return _text(person, "name").translate(_RADICALS) or person.cells.get("name")


@habit("name")
def name_with_another_dot(rng: Random, person: Person) -> Cell:
    return _text(person, "name").replace("·", rng.choice("•．.・‧")) or person.cells.get("name")


@habit("village")
def village_by_its_committee(rng: Random, person: Person) -> Cell:
    village = _text(person, "village")
    if village.endswith("社区"):
        stem = village[:-2]
        return rng.choice((f"{stem}居委会", f"{stem}社区居委会", f"{stem}社区居民委员会", f"{stem}居民委员会"))
    stem = village[:-1]
    return rng.choice((f"{stem}村委会", f"{stem}村民委员会", f"{stem}村村民委员会")) if stem else None


@habit("village", INVISIBLE)
def blank_in_a_village(_: Random, person: Person) -> Cell:
    village = _text(person, "village")
    return f"{village[:-1]} {village[-1]}" if village else person.cells.get("village")


@habit("pension_status", INVISIBLE)
def blank_in_a_status(_: Random, person: Person) -> Cell:
    status = _text(person, "pension_status")
    return f"{status[:2]} {status[2:]}" if status else person.cells.get("pension_status")


def _blank(key: str) -> Way:
    def blank(rng: Random, person: Person) -> Cell:
        return person.cells.get(key) or rng.choice((" ", "\u3000", "\u00a0"))

    return blank


for _key in ("category", "certificate", "medical_proof", "medical_receipt", "pension_date", "pension_paid", "remark"):
    HABITS[f"nothing_but_a_blank_{_key}"] = Habit(_key, _blank(_key))


_NOTHING: dict[str, Sequence[Cell]] = {
    "household_type": ("/", "无"),
    "registered": ("/", "-", "无"),
    "id_type": ("/", "—"),
    "residence_proof": ("/", "无", "否"),
    "schooling": ("/", "无"),
    "category": ("/", "—", "无", "否", 0, "群众", "普通群众", "一般户"),
    "certificate": ("/", "无", 0),
    "medical_reason": ("/", "无"),
    "medical_proof": ("/", "无", "-"),
    "medical_paid": ("/", "无"),
    "medical_receipt": ("/", "—"),
    "pension_status": ("/", "无"),
    "tier": ("/", "—", "无"),
    "pension_paid": ("/", "无", 0),
    "pension_date": ("/", "无"),
    "pension_receipt": ("/", "-"),
    "entered": ("/",),
}
"""Words for "nothing"."""


def _placeholder(key: str) -> Way:
    def placeholder(rng: Random, person: Person) -> Cell:
        return person.cells[key] if person.cells.get(key) is not None else rng.choice(_NOTHING[key])

    return placeholder


for _key in _NOTHING:
    HABITS[f"placeholder_{_key}"] = Habit(_key, _placeholder(_key))


@habit("medical_paid")
def money_with_its_fen(_: Random, person: Person) -> Cell:
    paid = person.cells.get("medical_paid")
    return float(paid) if type(paid) is int else paid


@habit("seq")
def no_serial(_: Random, person: Person) -> Cell:
    return None
