"""Families as they live in a village: who belongs to them, where they stand, what they paid.

In: a `Place` (a unit's random generator, IDs, receipts, shares of this and that). Out: lists of `Person`, one list a
household, clean by the notice: every rule of 三 and 六(二) is kept, all that was collected is exactly what is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum
from random import Random

from addin.columns import (
    CITY,
    DISTRICT,
    ENROLLED,
    LOCAL,
    NO,
    NOT_ENROLLED,
    NOT_IN_SCHOOL,
    OTHER_REASON,
    OUTSIDE,
    OVERSEAS,
    PUPIL,
    STUDENT,
    YES,
)
from scripts.samples import people
from scripts.samples.notice import Dues, Notice, Scheme, yuan


class Unreadable(Enum):
    """A cell out of which no value can be read: an error value, a formula that was never calculated."""

    ERROR = "error"
    NEVER_CALCULATED = "never calculated"


Cell = str | int | float | date | Unreadable | None


@dataclass(slots=True)
class Person:
    """One row: the cells as written, and what the oracle knows of them.

    `held` are the statuses that the cell 人员类别 means. A planted mistake says in `why` for which scheme the row can't
    be counted and for which reason, in `unclear` for which scheme its due can't be known, in `trusted` that nobody can
    tell who it is. `twice` are the schemes in which the same person is enrolled in another row too, `lost` those in
    which that other row holds. `findings` are the (column key, code) that must be found at this row.

    `written` are cells that are written otherwise than they are meant (see `habits`), `noted` the codes of what must be
    said of the file because of them. `listed` is what somebody has paid by the tax office's list: fen, and the day.
    """

    notice: Notice
    cells: dict[str, Cell]
    born: date
    male: bool
    held: frozenset[str] = frozenset()
    why: dict[Scheme, str] = field(default_factory=dict)
    unclear: tuple[Scheme, ...] = ()
    trusted: bool = True
    twice: tuple[Scheme, ...] = ()
    lost: tuple[Scheme, ...] = ()
    findings: list[tuple[str, str]] = field(default_factory=list)
    written: dict[str, Cell] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)
    listed: dict[Scheme, tuple[int, date]] = field(default_factory=dict)

    @property
    def as_written(self) -> dict[str, Cell]:
        """The cells that the sheet holds."""
        return {**self.cells, **self.written} if self.written else self.cells

    def age(self, day: date | None = None) -> int:
        """Whole years on a day, by default the notice's own."""
        return people.years_between(self.born, day or self.notice.day_of_ages)

    def claims(self, scheme: Scheme) -> bool:
        """Whether the row says 本次参保."""
        return scheme in self.notice.rules and self.cells.get(f"{scheme}_status") == ENROLLED

    @property
    def case(self) -> tuple[Cell, Cell]:
        """特殊情形 and the day from which it runs."""
        return self.cells.get("special_case"), self.cells.get("special_date")

    def dues(self, scheme: Scheme, day: date | None = None) -> Dues:
        """The amount due for a payment on a day, by default one of the main window."""
        tier = self.cells.get("tier")
        window = self.notice.rules[scheme].place(day, *self.case) if day else 0
        return self.notice.dues(scheme, self.held, tier if isinstance(tier, int) else 0, window, self.group or "")

    @property
    def group(self) -> str | None:
        """The notice's group; None where the document does not say the age that would decide."""
        if not self.notice.groups:
            return ""
        number = self.cells.get("id_number")
        text = number if isinstance(number, str) and number[:-1].isdigit() else ""
        says = len(text) == 15 or (len(text) == 18 and text[6:14] == f"{self.born:%Y%m%d}")
        return self.notice.group(self.born if says else None, self.cells.get("schooling"))

    def age_in_doubt(self, scheme: Scheme) -> bool:
        """Whether the age is not known and what is due goes by it."""
        keys = ("", *(group.key for group in self.notice.groups))
        return self.group is None and len({self.notice.dues(scheme, self.held, group=key) for key in keys}) > 1

    def owes(self, scheme: Scheme, deadline: date) -> Dues:
        """The amount due by a book's deadline: of the day in the row, else of the deadline if anything is due."""
        day = self.listed[scheme][1] if scheme in self.listed else self.cells.get(f"{scheme}_date")
        if not isinstance(day, date):
            day = deadline if self.dues(scheme).cash else None
        return self.dues(scheme, day)

    def is_clear(self, scheme: Scheme) -> bool:
        """Whether what is due can be known: of a payment in one of several windows only by its day."""
        undated = self.cells.get(f"{scheme}_paid") and not isinstance(self.cells.get(f"{scheme}_date"), date)
        in_doubt = undated and self.notice.rules[scheme].later
        return scheme not in self.unclear and not self.age_in_doubt(scheme) and not in_doubt

    def pay(self, scheme: Scheme, day: date, receipt: str, extra: int = 0) -> None:
        """Collect what is due (and `extra` fen, which may be negative), with date and receipt."""
        owed = self.dues(scheme, day).cash + extra
        self.cells[f"{scheme}_date"] = day
        if owed:
            self.cells[f"{scheme}_paid"] = yuan(owed)
            self.cells[f"{scheme}_receipt"] = receipt

    def unpay(self, scheme: Scheme) -> None:
        """Nothing collected, nothing registered."""
        for what in ("paid", "date", "receipt"):
            self.cells.pop(f"{scheme}_{what}", None)


Household = list[Person]


@dataclass(frozen=True, slots=True)
class Traits:
    """Properties of a unit: shares of 0 to 1, and the days of the season that its books cover."""

    town: bool
    pension: float
    paid: float
    employed: float
    poor: float
    deadline: date
    pension_until: date


RECEIPTS = "LS"
"""How the numbers of the district's receipts begin."""


class Place:
    """A unit while its people are being invented: one random generator, its IDs and receipts."""

    def __init__(self, notice: Notice, number: int, seed: str, traits: Traits) -> None:
        self.notice = notice
        self.rng = Random(seed)
        self.traits = traits
        self.number = number
        self.registry = people.Registry(number)
        self._receipts = 0
        self._strangers = 0

    def receipt(self) -> str:
        """A number of this unit's own book of receipts."""
        self._receipts += 1
        return f"{RECEIPTS}{self.number:02d}{self._receipts:06d}"

    def passport(self) -> str:
        """A foreign document's number."""
        self._strangers += 1
        return f"E{self.number:02d}{self._strangers:06d}"

    def chance(self, share: float) -> bool:
        """True in that share of cases."""
        return self.rng.random() < share

    def day(self, first: date, last: date) -> date:
        """A day between two, later ones likelier, as people pay."""
        span = (last - first).days
        return first + timedelta(days=int(span * self.rng.random() ** 0.7 + 0.5))

    def person(self, relation: str, male: bool, age: int, surname: str = "") -> Person:
        """Somebody of that age, registered here, about whose insurance nothing is said yet."""
        born, number = self.registry.person(people.birthday(self.rng, age, self.notice.day_of_ages), male)
        cells: dict[str, Cell] = {
            "name": people.name(self.rng, male, surname),
            "relation": relation,
            "id_number": number,
            "register": LOCAL,
        }
        return Person(self.notice, cells, born, male)


# ---------------------------------------------------------------- who lives together

_WORDS = {
    ("配偶", True): ("配偶", "配偶", "夫"),
    ("配偶", False): ("配偶", "配偶", "妻"),
    ("子", True): ("子", "子", "儿子"),
    ("女", False): ("女", "女", "女儿"),
    ("孙子女", True): ("孙子女", "孙子"),
    ("孙子女", False): ("孙子女", "孙女"),
    ("兄弟姐妹", True): ("兄弟姐妹", "弟"),
    ("兄弟姐妹", False): ("兄弟姐妹", "妹"),
    ("父", True): ("父", "父", "父亲"),
    ("母", False): ("母", "母", "母亲"),
}


def _word(rng: Random, relation: str, male: bool) -> str:
    """A relation as a clerk writes it: mostly the list's word, now and then the household register's."""
    words = _WORDS.get((relation, male))
    return rng.choice(words) if words and rng.random() < 0.3 else relation


_SIZES = (1, 1, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 6, 6, 7, 8)


def usual_size(rng: Random) -> int:
    """How many live in a household: 1 to 8."""
    return rng.choice(_SIZES)


def relatives(place: Place, size: int) -> Household:
    """A head and relatives whose ages and sexes fit."""
    rng = place.rng
    age = int(rng.triangular(24, 82, 50))
    male = rng.random() < 0.85
    surname = people.surname(rng)
    head = place.person("户主", male, age, surname)
    family = [head]
    for relation, is_male, years in _roles(rng, age, male, size):
        if len(family) == size:
            break
        own = is_male if relation in ("配偶", "儿媳", "女婿", "母") else None
        kin = "" if own is not None else surname
        family.append(place.person(_word(rng, relation, is_male), is_male, years, kin))
    return family


def _roles(rng: Random, age: int, male: bool, size: int) -> Iterator[tuple[str, bool, int]]:
    """Relation, sex and age of possible relatives of a head, the likeliest first; more than enough for `size`."""
    spouse = max(21, age + rng.randint(-4, 1))
    if size > 2 or rng.random() < 0.75:
        yield "配偶", not male, spouse
    eldest = age - rng.randint(23, 29)
    for number in range(3 if size > 5 else 2):
        years, son = eldest - number * rng.randint(2, 5), rng.random() < 0.53
        if years < 0:
            break
        if years > 24 and not son and rng.random() < 0.6:
            continue  # married out
        first = "长" if number == 0 and rng.random() < 0.2 else ""
        yield (f"{first}子", True, years) if son else (f"{first}女", False, years)
        if son and years >= 25 and size > 3:
            yield "儿媳", False, years - rng.randint(0, 3)
            for _ in range(2):
                if years - 24 >= 0:
                    yield "孙子女", rng.random() < 0.5, max(0, years - rng.randint(24, 30))
    if age < 66:
        older = age + rng.randint(22, 27)
        yield "母", False, older
        yield "父", True, older + rng.randint(0, 3)
    for _ in range(size):
        yield "兄弟姐妹", rng.random() < 0.7, max(18, age - rng.randint(1, 9))


# ---------------------------------------------------------------- where each stands

_SEPARATORS = ("、", "、", "、", "/", ";", " ", ",")


def category_text(place: Place, held: Iterable[str]) -> str:
    """The statuses as a clerk writes them."""
    ordered = [place.rng.choice(words) for key, words in place.notice.statuses.items() if key in set(held)]
    return place.rng.choice(_SEPARATORS).join(ordered)


def give_status(place: Place, person: Person, *held: str) -> None:
    """Statuses of hardship, the text in the cell, and for the disabled now and then the certificate."""
    person.held = frozenset(held)
    person.cells["category"] = category_text(place, held)
    disabled = person.held & {place.notice.severe, place.notice.poor_disabled}
    if disabled and place.chance(0.6):
        grade = place.rng.choice("12") if place.notice.severe in disabled else place.rng.choice("34")
        person.cells["certificate"] = f"{person.cells['id_number']}{place.rng.choice('1234567')}{grade}"


def _household_status(place: Place) -> tuple[str, ...]:
    """The statuses of a whole family."""
    lot = place.rng.random() / place.traits.poor
    for limit, held in place.notice.families:
        if lot < limit:
            return held
    return ()


def _hardship(place: Place, family: Household) -> None:
    common = _household_status(place)
    for person in family:
        lot = place.rng.random()
        held = set(common)
        if lot < 0.012:
            held.add(place.notice.severe)
        elif lot < 0.018 and len(common) == 1 and common[0] in place.notice.poor_disabled_of:
            held.add(place.notice.poor_disabled)
        if held:
            give_status(place, person, *held)
    if len(family) == 1 and not common and family[0].age() >= place.notice.ages[1] and place.chance(0.12):
        give_status(place, family[0], place.notice.supported)


def stand(place: Place, person: Person) -> None:
    """Say where somebody registered here stands in both schemes; nothing is paid yet."""
    cells, age, (least, elder) = person.cells, person.age(), place.notice.ages
    cells["medical_status"] = ENROLLED
    if age < least:
        _child(place, person, age)
    elif age >= elder:
        cells["pension_status"] = "已领取待遇"
        if not person.held and place.chance(place.traits.employed * 0.3):
            cells["medical_status"] = "市内职工医保"
    elif person.born > place.notice.first_pension_birth or (age <= 18 and place.chance(0.75)):
        cells["schooling"], cells["pension_status"] = PUPIL, "在校学生"
    elif age <= 22 and place.chance(0.4):
        cells["schooling"], cells["pension_status"], cells["medical_status"] = STUDENT, "在校学生", "高校参保"
    else:
        if age <= 23:
            cells["schooling"] = NOT_IN_SCHOOL
        _adult(place, person)


def _child(place: Place, person: Person, age: int) -> None:
    if age >= 6:
        person.cells["schooling"] = PUPIL
    if place.chance(0.7):
        person.cells["pension_status"] = "未满16周岁"


def _adult(place: Place, person: Person) -> None:
    """Somebody of 16 to 59 out of school: employed, insured elsewhere, or a resident who enrols."""
    cells, lot = person.cells, place.rng.random()
    employed = place.traits.employed * (0.2 if person.held else 1)
    if lot < employed:
        outside = place.chance(0.25)
        cells["medical_status"] = "市外职工医保" if outside else "市内职工医保"
        cells["pension_status"] = "机关事业养老" if not person.held and place.chance(0.1) else "职工养老"
        if outside:
            cells["medical_proof"] = place.rng.choice(("参保证明", "缴费凭证", "异地职工医保参保证明"))
    elif lot < employed + 0.012:
        cells["medical_status"], cells["pension_status"] = "市外居民医保", "异地居民养老"
        cells["medical_proof"] = "居民医保缴费凭证"
    elif person.held or place.chance(place.traits.pension):
        enrol_in_pension(place, person)
    else:
        cells["pension_status"] = "暂未参保"


def enrol_in_pension(place: Place, person: Person, tier: int = 0) -> None:
    """本次参保 with a tier: in hardship nearly always the lowest, which the district pays, 一(一)."""
    person.cells["pension_status"] = ENROLLED
    if not tier and "pension" in place.notice.rules:
        lot, tiers = place.rng.random(), place.notice.tiers_for(person.held, person.group)
        if not tiers:
            person.cells["pension_status"] = "异地居民养老"
            return
        if place.notice.dues("pension", person.held).subsidy:
            chosen = 0 if lot < 0.97 else 1
        else:
            chosen = next(n for limit, n in ((0.72, 0), (0.84, 1), (0.93, 2), (0.97, 4), (0.99, 9), (1, 13)) if lot <= limit)  # fmt: skip
        tier = tiers[min(chosen, len(tiers) - 1)]
    person.cells["tier"] = tier


_GONE = ("户口已迁出", "户口已迁出", "服刑", "失联", "出国(境)", OTHER_REASON)


def _absent(place: Place, person: Person) -> None:
    """Now and then somebody in the household register is not there to be insured, 三(二)."""
    cells, age = person.cells, person.age()
    least, elder = place.notice.ages
    if age < least or cells["relation"] == "户主" or not place.chance(0.012):
        return
    if age >= 70:
        reason = "死亡未销户"
    elif age >= elder or person.held or cells.get("schooling") in (PUPIL, STUDENT):
        return
    else:
        reason = "现役军人" if age < 25 and person.male else place.rng.choice(_GONE)
        cells["pension_status"] = "暂未参保"
        cells.pop("tier", None)
    cells["medical_status"], cells["medical_reason"] = NOT_ENROLLED, reason
    cells.pop("medical_proof", None)
    if reason == OTHER_REASON:
        cells["remark"] = "长期随子女在国外居住"


def _married_in(place: Place, person: Person) -> None:
    """A wife whose household register is still with her parents is insured there, 三(二)."""
    if (
        person.cells["relation"] not in ("儿媳", "配偶", "妻")
        or person.held
        or person.age() >= 45
        or not place.chance(0.02)
    ):
        return
    elsewhere = place.rng.choice((DISTRICT, CITY))
    person.cells |= {"register": elsewhere, "medical_status": "市内居民医保"}
    person.cells["pension_status"] = "暂未参保" if elsewhere == DISTRICT else "非本区户籍"
    person.cells.pop("tier", None)
    person.cells.pop("medical_proof", None)


# ---------------------------------------------------------------- what they paid


def season(place: Place, scheme: Scheme, september: bool = False) -> tuple[date, date]:
    """The first and last day on which this unit's people pay."""
    rules = place.notice.rules[scheme]
    first, last = rules.window
    if september:
        first = rules.collecting
    return first, min(last if scheme == "medical" else place.traits.pension_until, place.traits.deadline)


def settle(place: Place, family: Household, *, paid: bool | None = None) -> None:
    """The family pays what is due: in each scheme on one day, by one receipt (one for both if it is the same day)."""
    rules = place.notice.rules
    days: dict[Scheme, date] = {}
    if "pension" in rules:
        end = rules["pension"].window[1]
        first, last = season(place, "pension")
        if last > end and place.chance(0.25):
            first = end + timedelta(days=1)
        days["pension"] = place.day(first, last)
    if "medical" in rules:
        begin = rules["medical"].window[0]
        september = place.chance(0.01) and rules["medical"].collecting < begin
        first, last = season(place, "medical", september)
        if september:
            last = begin - timedelta(days=1)
        days["medical"] = place.day(first, last)
        if "pension" in days and days["pension"] >= begin and place.chance(0.6):
            days["medical"] = days["pension"]
    has_paid = place.chance(place.traits.paid) if paid is None else paid
    for scheme in days if has_paid else ():
        later = [window for window in rules[scheme].later if window.first <= place.traits.deadline]
        if later and place.chance(0.3):
            window = place.rng.choice(later)
            days[scheme] = place.day(window.first, min(window.last, place.traits.deadline))
    receipts: dict[date, str] = {}
    for person in family:
        _special_case(place, person)
        for scheme in rules:
            if not person.claims(scheme):
                continue
            day = days[scheme]
            owed = person.dues(scheme, day).cash
            if owed and scheme == "medical" and not has_paid:
                continue
            if owed and day not in receipts:
                receipts[day] = place.receipt()
            person.pay(scheme, day, receipts.get(day, ""))
        if person.claims("medical") and "medical_date" in person.cells:
            person.cells["entered"] = YES if place.chance(0.93) else NO


def _special_case(place: Place, person: Person) -> None:
    """Special cases with days of their own by this notice: the newborn, now and then a former soldier."""
    cases = {case for rules in place.notice.rules.values() for case in rules.own_days}
    if "新生儿" in cases and person.age() < 1:
        person.cells |= {"special_case": "新生儿", "special_date": person.born}
    elif "退役" in cases and person.male and 19 <= person.age() <= 24 and place.chance(0.3):
        person.cells |= {"special_case": "退役", "special_date": place.day(*place.notice.rules["medical"].window)}


def note_usual(person: Person, deadline: date) -> None:
    """Findings that belong to clean data too: early and late payments, who has not paid in time, higher tiers."""
    for scheme, rules in person.notice.rules.items():
        if not person.claims(scheme):
            continue
        day = person.cells.get(f"{scheme}_date")
        if isinstance(day, date):
            if rules.collecting <= day < rules.window[0]:
                person.findings.append((f"{scheme}_date", "802"))
            if rules.is_late(day, *person.case):
                person.findings.append((f"{scheme}_date", "803"))
            if day > deadline:
                person.findings.append((f"{scheme}_date", "804"))
        elif _waited_for(person, scheme, deadline):
            person.findings.append((f"{scheme}_paid", "806"))
    if person.trusted and any(
        person.claims(scheme) and person.age_in_doubt(scheme) for scheme in person.notice.schemes
    ):
        person.findings.append(("category", "319"))
    tier = person.cells.get("tier")
    if "pension" not in person.notice.rules or not person.claims("pension"):
        return
    if tier in person.notice.tiers[1:] and person.dues("pension").subsidy:
        person.findings.append(("tier", "709"))


def _waited_for(person: Person, scheme: Scheme, deadline: date) -> bool:
    """Whether nothing is paid, though something is due and the last window has ended."""
    rules = person.notice.rules[scheme]
    return (
        deadline > rules.last_day
        and not any(f"{scheme}_{what}" in person.cells for what in ("paid", "date", "receipt"))
        and person.is_clear(scheme)
        and person.owes(scheme, deadline).cash > 0
        and not rules.has_own_days(deadline, *person.case)
    )


# ---------------------------------------------------------------- kinds of households


def ordinary(place: Place, size: int) -> Household:
    """A family of this village."""
    family = relatives(place, size)
    _hardship(place, family)
    for person in family:
        stand(place, person)
        _absent(place, person)
        if person.cells["medical_status"] == ENROLLED:
            _married_in(place, person)
    family[0].cells["registered"] = len(family)
    settle(place, family)
    return family


def outsiders(place: Place, size: int) -> Household:
    """A family of another city that lives here and shows where, 三(二)."""
    family = relatives(place, min(size, 4))
    proof = place.rng.choice(("居住证", "居住证", "房产证", "村(社区)证明"))
    for person in family:
        person.cells |= {
            "register": OUTSIDE,
            "residence_proof": proof,
            "household_type": "外市居住户",
            "medical_status": ENROLLED,
        }
        person.cells["pension_status"] = "未满16周岁" if person.age() < place.notice.ages[0] else "非本区户籍"
    if len(family) > 1 and place.chance(0.05):
        family[-1].cells |= {
            "register": OVERSEAS,
            "id_type": "其他",
            "id_number": place.passport(),
            "residence_proof": "居住证",
        }
    settle(place, family)
    return family


def dormitory(place: Place, size: int) -> Household:
    """A collective household: people of one address who are not related."""
    family = []
    for _ in range(size):
        person = place.person("非亲属", place.chance(0.6), place.rng.randint(25, 55))
        person.cells["household_type"] = "集体户"
        _stand_alone(place, person)
        family.append(person)
    settle(place, family)
    return family


def _stand_alone(place: Place, person: Person) -> None:
    person.cells["medical_status"] = ENROLLED
    _adult(place, person)


def home_for_the_elderly(place: Place, size: int) -> Household:
    """Supported people who live together (集中供养): nothing to pay, a day of registration."""
    family = []
    for _ in range(size):
        person = place.person("非亲属", place.chance(0.8), place.rng.randint(62, 88))
        person.cells |= {"household_type": "集中供养", "medical_status": ENROLLED, "pension_status": "已领取待遇"}
        give_status(place, person, place.notice.supported)
        family.append(person)
    settle(place, family)
    return family


def household(place: Place, most: int) -> Household:
    """Some household of at most so many people."""
    size, lot = min(most, usual_size(place.rng)), place.rng.random()
    if lot < (0.015 if place.traits.town else 0.003):
        return outsiders(place, size)
    if lot < (0.02 if place.traits.town else 0.004) and size >= 3:
        return dormitory(place, size)
    if 0.5 < lot < 0.5015 and size >= 3 and not place.traits.town:
        return home_for_the_elderly(place, size)
    return ordinary(place, size)
