"""The worksheet functions =NETDUE(), =SUBSIDYSHARE(), =QUOTARATE() and their companions.

In: cells as Excel hands them over, each argument a constant, a cell, a row, a column or a block. Out: the same shape,
arguments of one row or one column being repeated along the others as Excel does. Rates and amounts are the notice's
一(一), 二 and 三(六), quotas its two attachments; all of them come from `amounts`.

What holds for every function:
- a blank category (count, unit, ID) gives a blank;
- an Excel error in any argument gives that error;
- an argument that can't be understood gives `VALUE`, a unit without a quota `NA`.

An error leaves as a text of the private-use character U+E000 and Excel's number of the error ("\\ue0002042" is #N/A).
No cell's text starts so; the VBA wrapper turns it into the real error, element by element, so that a money column
never holds text. Excel's own errors arrive as the COM number of the error, an int (every number in a cell is a float).
From Python the functions take plain values or lists and answer in the same shape; a blank is None.

>>> NETDUE("医保", ["低保", "特困", None])
[175.0, 0.0, None]
>>> NETDUE("医保", "认不出") == VALUE
True
"""

from __future__ import annotations

import functools
import gc
import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import Any, NamedTuple, Protocol

from addin import amounts, ids, policy
from addin.bridge import Accessor, Pipeline, xw
from addin.columns import ID_TYPES, SCHEME_NAMES, Scheme
from addin.policy import FEN, MAIN_WINDOW, Policy, PolicyError, SchemeRules, fold

CATEGORY = "两险征缴"
"""The functions' own category in Excel's wizard."""

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_DAY_0, _SERIALS = date(1899, 12, 30), 2_958_466
"""A day in a cell is the number of days since; Excel knows none after 9999."""
_YEAR = re.compile(r"((?:19|20)[0-9]{2})(?:年|年度)?")
ERROR_MARK = "\ue000"
ERRORS = {
    "#NULL!": 2000, "#DIV/0!": 2007, "#VALUE!": 2015, "#REF!": 2023, "#NAME?": 2029, "#NUM!": 2036, "#N/A": 2042,
    "#GETTING_DATA": 2043, "#SPILL!": 2045, "#CONNECT!": 2046, "#BLOCKED!": 2047, "#UNKNOWN!": 2048,
    "#FIELD!": 2049, "#CALC!": 2050,
}  # fmt: skip
"""Excel's numbers of its errors, as VBA's CVErr takes them."""
ERROR_TEXTS = {f"{ERROR_MARK}{number}": text for text, number in ERRORS.items()}
"""The result for an error, and how Excel shows it."""
NA, VALUE = f"{ERROR_MARK}{ERRORS['#N/A']}", f"{ERROR_MARK}{ERRORS['#VALUE!']}"
# COM hands an error over as the int 0x800A0000 + number, signed
_COM_ERRORS = range(-2146828288 + 2000, -2146828288 + 2100)


def is_error(value: object) -> bool:
    """Whether a value from Excel is the code of an error: every number in a cell is a float.

    >>> is_error(-2146826246), is_error(250.0), is_error(True)
    (True, False, False)
    """
    return type(value) is int and value in _COM_ERRORS


NET, CASH = "净额", "现收"
_BASES = {NET: NET, "净负担": NET, CASH: CASH, "应收": CASH}
_ALL_FUNDERS = ("全部", amounts.TOTAL)

FINE = "正确"
_FAULTS = {
    ids.FINE: FINE,
    ids.LENGTH: "位数不对，居民身份证应为18位",
    ids.CHARACTERS: "含有数字和末位X以外的字符",
    ids.BIRTH: "出生日期不存在",
    ids.CHECK_DIGIT: "校验位不符，请对照证件逐位核对",
}
_OLD_ID = "15位旧证号，请核对并改填18位"
_NUMERIC_ID = "证号存成了数字，末几位已丢失，请设为文本后重新录入"
_NOT_JUDGED = "此类证件不作校验"


class Help(NamedTuple):
    """Texts of Excel's function wizard: of the function, and of each argument in order."""

    description: str
    arguments: tuple[str, ...]


@functools.cache
def _policy() -> Policy:
    return policy.load()


@functools.cache
def _policy_of(key: str, notice: object) -> Policy:
    """The notice that the last argument of a function names: by its number, or by the scheme's year.

    Raises `_NoNotice` where this PC has none such, or several of one year.
    """
    text = fold(f"{notice:.15g}" if isinstance(notice, float) else str(notice))
    year = _YEAR.fullmatch(text)
    named = [
        installed_notice
        for installed_notice in policy.installed()
        if (
            installed_notice.years.get(key) == int(year[1])
            if year
            else text in (fold(installed_notice.id), fold(installed_notice.folder.name))
        )
    ]
    if len(named) != 1:
        raise _NoNotice(notice)
    return policy.load(named[0].folder)


def forget_notice() -> None:
    """Forget the loaded notices: another one is in force, or was added."""
    _policy.cache_clear()
    _policy_of.cache_clear()


def _of_notice(words: Callable[[Policy], Iterable[str]]) -> str:
    """Words from the notice in force; where it can't be read, every function reports that when it is called."""
    try:
        return "、".join(dict.fromkeys(words(_policy())))
    except PolicyError:
        return "见通知"


def _statuses(rules: Policy) -> Iterable[str]:
    own = [category for key, category in rules.statuses_by_key.items() if key != amounts.ORDINARY]
    return (category.short for category in (*own, rules.categories[amounts.ORDINARY]))


def _groups(rules: Policy) -> Iterable[str]:
    """How a group is named beside a status, where the notice has groups."""
    if not rules.groups:
        return []
    return [f"{'、'.join(group.short for group in rules.groups)}也写在这里，与身份用顿号隔开"]


def _tier_words(rules: Policy) -> Iterable[str]:
    tiered = any(scheme_rules.tiers for scheme_rules in rules.schemes.values())
    return ["可省略。养老缴费档次（元），省略按最低档；医保不用填" if tiered else "可省略，不用填"]


_SCHEME = f"险种：{_of_notice(lambda rules: (scheme.name for scheme in rules.schemes.values())).replace('、', ' 或 ')}"
_PERSON = "；".join(
    filter(None, (f"人员类别：如 {_of_notice(_statuses)}", _of_notice(_groups), "几种身份用顿号隔开；空白得空白"))
)
_TIER = _of_notice(_tier_words)
_NOTICE = "可省略。参保年度（四位数）或通知的文号；省略为现行通知。本机没有这个通知的得#N/A"
_WINDOW = f"可省略。缴费日期，或缴费期的名称（如 {MAIN_WINDOW}）；省略为{MAIN_WINDOW}"
_UNIT = "乡镇、街道、园区、开发区的名称；“合计”为附件印发的合计"
_FUNDER = f"可省略。出资方：{_of_notice(lambda rules: rules.funders)}；省略为全部。拨付的部门不一定是出资方"

HELP: dict[str, Help] = {
    "NETDUE": Help(
        "个人应缴金额（元）。不填口径得净额，即本人最终负担；窗口收款请用“现收”（先征后补的人，现收多于净额）。",
        (_SCHEME, _PERSON, _TIER, "可省略。口径：净额（默认，本人最终负担）或 现收（窗口现在应收）", _NOTICE, _WINDOW),
    ),
    "SUBSIDYSHARE": Help(
        "资助占缴费标准（或所选档次）的比例，0到1。可只看一个出资方。",
        (_SCHEME, _PERSON, _FUNDER, _TIER, _NOTICE, _WINDOW),
    ),
    "QUOTARATE": Help(
        "任务完成率：实际人数除以附件任务数，可超过1。没有任务数的单位得#N/A。",
        (_SCHEME, _UNIT, "实际人数；空白得空白", _NOTICE),
    ),
    "DUEREASON": Help(
        "应缴金额是怎样算出来的，用文字说明并注明通知条款。", (_SCHEME, _PERSON, _TIER, _NOTICE, _WINDOW)
    ),
    "REFUNDDUE": Help(
        "缴费后应补给个人的金额（元），只有医保先征后补的人不为0。",
        (_SCHEME, _PERSON, _TIER, _NOTICE, _WINDOW),
    ),
    "QUOTA": Help("附件下达的任务数（人）。没有任务数的单位得#N/A。", (_SCHEME, _UNIT, _NOTICE)),
    "IDCHECK": Help(
        "证件号码是否合乎编码规则：正确，或问题所在。只看号码本身，不联网核对。",
        (
            "证件号码（文本）；空白得空白",
            "可省略。证件类型：居民身份证（默认）、港澳台居民居住证、外国人永久居留身份证、其他",
        ),
    ),
    "MASKID": Help("隐去中间各位的证件号码，供对外公示、交流使用。", ("证件号码；空白得空白",)),
}


class _NotUnderstood(ValueError):
    """An argument that names nothing known."""


class _NoNotice(LookupError):
    """A year or number of which this PC has no notice, or several."""


class _Conversion(Protocol):
    """A result on its way to Excel, as xlwings hands it from stage to stage."""

    value: object


class _Cells(Accessor):
    """How results go out: as they are, a blank as an empty text. xlwings asks of each cell whether it is a day."""

    @classmethod
    def writer(cls, options: object) -> object:
        return Pipeline().append_stage(cls.rows)

    @staticmethod
    def rows(context: _Conversion) -> None:
        """Rows of cells, whatever the shape: what VBA takes."""
        value = context.value
        cells: list[Any] = value if isinstance(value, list) else [value]
        rows = cells if cells and isinstance(cells[0], list) else [cells]
        context.value = [["" if cell is None else cell for cell in row] if None in row else row for row in rows]


def _worksheet(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register with xlwings: arguments and results as they are (`raw`), so that 50,000 cells cost one conversion."""
    function = xw.ret(convert=_Cells)(function)
    for name, text in zip(function.__code__.co_varnames, HELP[function.__name__].arguments, strict=False):
        function = xw.arg(name, "raw", doc=text)(function)
    registered: Callable[..., Any] = xw.func(category=CATEGORY)(function)
    return registered


@_worksheet
def NETDUE(
    scheme: object,
    category: object,
    tier: object = None,
    basis: object = None,
    notice: object = None,
    window: object = None,
) -> Any:
    """Yuan that a person bears in the end (净额), or must hand over now (现收); 二, 三(六), 一(一).

    >>> NETDUE("医保", "低保"), NETDUE("医保", "低保", None, "现收"), NETDUE("养老", "重度残疾", 300)
    (175.0, 250.0, 200.0)
    """

    def answer(scheme: object, category: object, tier: object, basis: object, notice: object, window: object) -> object:
        dues = _dues(_rules(scheme, notice), category, tier, window)
        wanted = NET if basis is None else _BASES.get(fold(str(basis)))
        if wanted is None:
            raise _NotUnderstood(basis)
        return (dues.net if wanted == NET else dues.cash) / FEN

    return _over(_one_by_one(answer), (scheme, category, tier, basis, notice, window), needed=1)


@_worksheet
def SUBSIDYSHARE(
    scheme: object,
    category: object,
    funder: object = None,
    tier: object = None,
    notice: object = None,
    window: object = None,
) -> Any:
    """The share 0..1 of the standard (or tier) that all funders bear, or one of them; 二, 一(一).

    A paying department that funds nothing (民政) is not understood: 三(六) names who pays over, 二 whose money it is.

    >>> SUBSIDYSHARE("医保", "兜底"), SUBSIDYSHARE("医保", "兜底", ["财政", "医疗救助", "扶贫"])
    (1.0, [0.5, 0.5, 0.0])
    """

    def answer(
        scheme: object, category: object, funder: object, tier: object, notice: object, window: object
    ) -> object:
        rules = _rules(scheme, notice)
        dues, funders = _dues(rules, category, tier, window), rules.policy.funders
        names = {fold(name): {name} for name in funders} | {word: set(funders) for word in _ALL_FUNDERS}
        wanted = names.get(fold(str(funder or amounts.TOTAL)))
        if wanted is None:
            raise _NotUnderstood(funder)
        return sum(share.fen for share in dues.shares if share.funder in wanted) / dues.standard

    return _over(_one_by_one(answer), (scheme, category, funder, tier, notice, window), needed=1)


@_worksheet
def QUOTARATE(scheme: object, township: object, people: object, notice: object = None) -> Any:
    """People over the quota of attachment 1 or 2, never capped; 合计 is the printed total.

    >>> QUOTARATE("医保", "仁湾镇", 32010), QUOTARATE("养老", "仁湾镇", 1) == NA
    (1.0, True)
    """

    def answer(scheme: object, township: object, people: object, notice: object) -> object:
        number = _number(people)
        if number < 0:
            raise _NotUnderstood(people)
        return number / _quota(scheme, township, notice)

    return _over(_one_by_one(answer), (scheme, township, people, notice), needed=2)


@_worksheet
def DUEREASON(
    scheme: object, category: object, tier: object = None, notice: object = None, window: object = None
) -> Any:
    """The calculation of the amount in words, with the articles.

    >>> DUEREASON("养老", "重残", 300)
    '重度残疾人：档次300元，区财政代缴100元，应缴200元。依据：二；一(一)'
    """
    return _over(_one_by_one(_reason), (scheme, category, tier, notice, window), needed=1)


@_worksheet
def REFUNDDUE(
    scheme: object, category: object, tier: object = None, notice: object = None, window: object = None
) -> Any:
    """Yuan paid to the person after collection (先征后补), 三(六).

    >>> REFUNDDUE("医保", ["低保", "建档立卡"])
    [75.0, 0.0]
    """

    def answer(scheme: object, category: object, tier: object, notice: object, window: object) -> object:
        return _dues(_rules(scheme, notice), category, tier, window).refund / FEN

    return _over(_one_by_one(answer), (scheme, category, tier, notice, window), needed=1)


@_worksheet
def QUOTA(scheme: object, township: object, notice: object = None) -> Any:
    """The people that a unit must enrol, attachments 1 and 2.

    >>> QUOTA("养老", ["曲河", "合计"])
    [3381, 150812]
    """
    return _over(_one_by_one(_quota), (scheme, township, notice), needed=1)


@_worksheet
def IDCHECK(number: object, kind: object = None) -> Any:
    """正确, or in words what is wrong with an ID's form.

    >>> IDCHECK(["990000199001010017", "99000019900101001X", 9.9e17])
    ['正确', '校验位不符，请对照证件逐位核对', '证号存成了数字，末几位已丢失，请设为文本后重新录入']
    """

    def answers(keys: Sequence[tuple[object, ...]]) -> list[object]:
        numbers = ["" if _lost(number) else fold(_code(number)).upper() for number, _ in keys]
        kinds = [ID_TYPES[0] if kind is None else str(kind) for _, kind in keys]
        read = ids.read(numbers, kinds)

        def judgement(n: int) -> object:
            if kinds[n] not in ID_TYPES:
                return VALUE
            if _lost(keys[n][0]):
                return _NUMERIC_ID
            if read.fifteen[n] and read.fault[n] == ids.FINE:
                return _OLD_ID
            return _FAULTS[int(read.fault[n])] if read.judged[n] else _NOT_JUDGED

        return [judgement(n) for n in range(len(keys))]

    return _over(answers, (number, kind), needed=0)


def _lost(number: object) -> bool:
    """Whether a cell is neither a text nor a number short enough for Excel to have kept all digits."""
    if isinstance(number, str):
        return False
    return is_error(number) or type(number) not in (int, float) or abs(number) >= 1e15  # type: ignore[arg-type]


def _code(number: object) -> str:
    return f"{number:.15g}" if isinstance(number, (int, float)) else str(number)


@_worksheet
def MASKID(number: object) -> Any:
    """An ID with its middle hidden.

    >>> MASKID("990000199001010017")
    '990000********0017'
    """

    def answer(number: object) -> object:
        text = number if isinstance(number, str) else f"{_number(number):.0f}"
        return ids.mask_id(fold(text).upper())

    return _over(_one_by_one(answer), (number,), needed=0)


NAMES = tuple(HELP)
"""The functions a worksheet can call, in the order of the wizard's texts."""


# ---- what the functions share: one case


class _Rules(NamedTuple):
    """A scheme of the notice that was asked for."""

    policy: Policy
    scheme: SchemeRules


def _rules(scheme: object, notice: object) -> _Rules:
    key = _key(scheme)
    if key is None or key not in (rules := _asked(key, notice)).schemes:
        raise _NotUnderstood(scheme)
    return _Rules(rules, rules.schemes[key])


def _asked(key: Scheme, notice: object) -> Policy:
    return _policy() if notice is None else _policy_of(key, notice)


def _key(scheme: object) -> Scheme | None:
    """The scheme that a text means, whether the notice in force has it or not."""
    if not isinstance(scheme, str):
        return None
    if (meant := _policy().scheme(scheme)) is not None:
        return meant.key
    return next((key for key, name in SCHEME_NAMES.items() if name == fold(scheme)), None)


def _dues(rules: _Rules, category: object, tier: object, window: object) -> amounts.Dues:
    place = _window(rules.scheme, window)
    statuses = amounts.parse_category(rules.policy, str(category))
    # read even for medical insurance: =NETDUE("医保","低保","现收") has lost a comma and must not give the net due
    fen = None if tier is None else _number(tier) * FEN
    if rules.scheme.key == "medical":
        return amounts.dues(rules.policy, rules.scheme.key, statuses, window=place)
    tiers = amounts.open_tiers(rules.policy, rules.scheme.key, statuses)
    if not tiers or (fen is not None and fen not in tiers):
        raise _NotUnderstood(tier)
    return amounts.dues(rules.policy, rules.scheme.key, statuses, fen, window=place)


def _window(rules: SchemeRules, asked: object) -> int:
    """The place of the window that a day of payment or a name means (see `amounts.dues`); the main one where blank."""
    if asked is None:
        return 0
    if isinstance(asked, date):
        return rules.window_on(date(asked.year, asked.month, asked.day))
    if isinstance(asked, (int, float)) and 1 <= asked < _SERIALS:
        return rules.window_on(_DAY_0 + timedelta(days=int(asked)))
    text = fold(str(asked))
    named = [
        n for n, name in enumerate((MAIN_WINDOW, *(window.name for window in rules.windows))) if fold(name) == text
    ]
    if named:
        return named[0]
    if (written := _DAY.fullmatch(text)) is None:
        raise _NotUnderstood(asked)
    try:
        return rules.window_on(date(*map(int, written.groups())))
    except ValueError as error:
        raise _NotUnderstood(asked) from error


def _quota(scheme: object, township: object, notice: object) -> int:
    rules = _rules(scheme, notice)
    if not isinstance(township, str):
        raise _NotUnderstood(township)
    return amounts.quota(rules.policy, rules.scheme.key, township)


_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")


def _number(value: object) -> float:
    """A number, or a text that is one (现金档次 is often text; 元 may follow, commas stand between thousands)."""
    if isinstance(value, str):
        text = fold(value).removesuffix("档").removesuffix("元").removesuffix("人")
        try:
            value = float(text.replace(",", "") if _THOUSANDS.fullmatch(text) else text)
        except ValueError as error:
            raise _NotUnderstood(value) from error
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _NotUnderstood(value)
    return value


def _reason(scheme: object, category: object, tier: object, notice: object, window: object) -> str:
    key = _key(scheme)
    if key is not None and key not in (asked := _asked(key, notice)).schemes:
        return f"{asked.id}没有{SCHEME_NAMES[key]}，算不出"
    named = _rules(scheme, notice)
    (notice_rules, rules), dues, place = named, _dues(named, category, tier, window), _window(named.scheme, window)
    medical = rules.key == "medical"
    held = amounts.parse_category(notice_rules, str(category))
    names = {key: notice_rules.categories[key].name for key in notice_rules.precedence[rules.key] if key in held}
    group = notice_rules.group_of(held)
    category_name = names.get(dues.governing, "普通居民")
    if group and group != dues.governing:
        category_name = (
            f"{'' if dues.governing == amounts.ORDINARY else f'{category_name}、'}{notice_rules.categories[group].name}"
        )
    if others := [name for key, name in names.items() if key != dues.governing]:
        category_name += f"（另有{'、'.join(others)}身份，资助不叠加）"
    provisional = "（初定）" if medical and rules.standard.provisional else ""
    category_name += f"，{rules.windows[place - 1].name}" if place else ""
    category_name += f"：{'标准' if medical else '档次'}{dues.standard / FEN:g}元{provisional}"
    for share in dues.shares:
        category_name += f"，{share.funder}{'资助' if medical else '代缴'}{share.fen / FEN:g}元"
    if not dues.shares:
        category_name += "，无资助" if medical else "，无代缴"
    if dues.refund:
        category_name += (
            f"，先征后补：窗口收{dues.cash / FEN:g}元，缴后补{dues.refund / FEN:g}元，净负担{dues.net / FEN:g}元"
        )
    else:
        category_name += f"，应缴{dues.cash / FEN:g}元"
    return f"{category_name}。依据：{'；'.join(_articles(named, dues, place))}"


def _articles(named: _Rules, dues: amounts.Dues, window: int) -> list[str]:
    notice_rules, rules = named
    entries = [f"{rules.key}.{'standard' if rules.standards else 'tiers'}"]
    entries += [f"{rules.key}.windows.{window}"] if window else []
    if dues.entry:
        entries += [dues.entry, f"{dues.entry}.paid"]
    return list(dict.fromkeys(notice_rules.entries[name].article for name in entries if name in notice_rules.entries))


# ---- what the functions share: whole ranges

_Answers = Callable[[Sequence[tuple[object, ...]]], Sequence[object]]


def _one_by_one(answer: Callable[..., object]) -> _Answers:
    def answers(keys: Sequence[tuple[object, ...]]) -> list[object]:
        given = []
        for key in keys:
            try:
                given.append(answer(*key))
            except (amounts.NoQuota, _NoNotice):
                given.append(NA)
            except (_NotUnderstood, amounts.UnknownCategory, amounts.UnknownTier, KeyError):
                given.append(VALUE)
        return given

    return answers


def _over(answers: _Answers, arguments: Sequence[object], needed: int) -> Any:
    """Spread the arguments over one another, answer each distinct combination once, and lay the answers out again.

    `needed` is the place of the argument whose blank gives a blank.
    """
    grids = [_grid(argument) for argument in arguments]
    if not all(grid.cells for grid in grids):
        return []
    rows, columns = max(grid.rows for grid in grids), max(grid.columns for grid in grids)
    # 50,000 cells hold few different ones: what is done for each cell is a look into a dictionary, and nothing else
    spread = [n for n, grid in enumerate(grids) if len(grid.cells) > 1]
    stretched = [_stretch(grids[n], rows, columns) for n in spread]
    cells = stretched[0] if len(spread) == 1 else list(zip(*stretched, strict=True)) if spread else [()]
    single = [None if n in spread else _clean(grid.cells[0]) for n, grid in enumerate(grids)]
    known: dict[object, object] = {}
    asked: dict[object, tuple[object, ...]] = {}
    for cell in dict.fromkeys(cells):
        key = single.copy()
        for n, value in zip(spread, cell if isinstance(cell, tuple) else (cell,), strict=True):
            key[n] = _clean(value)
        error = next((value for value in key if isinstance(value, str) and value.startswith(ERROR_MARK)), None)
        if error is not None or key[needed] is None:
            known[cell] = error
        else:
            asked[cell] = tuple(key)
    known.update(zip(asked, answers(list(asked.values())), strict=True))
    flat = list(map(known.__getitem__, cells))
    depth = max(grid.depth for grid in grids)
    if depth == 2:
        collecting = gc.isenabled()
        gc.disable()  # 50,000 new lists would have Python look for cycles again and again
        try:
            return [flat[start : start + columns] for start in range(0, len(flat), columns)]
        finally:
            if collecting:
                gc.enable()
    return flat if depth == 1 else flat[0]


class _Grid(NamedTuple):
    """An argument's cells row by row; `depth` is 0 for one value, 1 for a list, 2 for rows of cells."""

    cells: list[object]
    rows: int
    columns: int
    depth: int


def _grid(value: object) -> _Grid:
    if isinstance(value, (list, tuple)):
        rows = value
    elif hasattr(value, "tolist") and getattr(value, "shape", None):
        rows = value.tolist()  # numpy and pandas
    else:
        return _Grid([value], 1, 1, 0)
    if rows and isinstance(rows[0], (list, tuple)):
        width, narrowest = max(map(len, rows)), min(map(len, rows))
        if width != narrowest:
            rows = [(*row, *[None] * (width - len(row))) for row in rows]
        return _Grid(_told_apart(list(chain.from_iterable(rows))), len(rows), width, 2)
    return _Grid(_told_apart(list(rows)), 1, len(rows), 1)


def _told_apart(cells: list[object]) -> list[object]:
    """The cells, cleaned of values that Python takes for equal: TRUE or an error's number, and a number."""
    if set(map(type, cells)) <= {str, float, type(None)}:
        return cells
    return [cell if isinstance(cell, (str, float)) else _clean(cell) for cell in cells]


def _stretch(grid: _Grid, rows: int, columns: int) -> list[object]:
    if (grid.rows, grid.columns) == (rows, columns):
        return grid.cells
    if len(grid.cells) == 1:
        return grid.cells * (rows * columns)
    stretched = []
    for row in range(rows):
        for column in range(columns):
            r, c = row if grid.rows > 1 else 0, column if grid.columns > 1 else 0
            # as in Excel: where two ranges differ in length, the rest of the longer one is #N/A
            inside = r < grid.rows and c < grid.columns
            stretched.append(grid.cells[r * grid.columns + c] if inside else NA)
    return stretched


def _clean(value: object) -> object:
    """One cell: None for a blank, a marked text for an error, else a text or a number."""
    if isinstance(value, str):
        text = value.strip()
        return f"{ERROR_MARK}{ERRORS[text]}" if text in ERRORS else text or None
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, bool):
        return str(value).upper()  # a truth value is no amount: as a text it is not understood
    if isinstance(value, int) and is_error(value):
        return f"{ERROR_MARK}{value - _COM_ERRORS[0] + 2000}"
    return value
