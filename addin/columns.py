"""The one table of the template's columns, and of the cover's fields.

In: nothing. Out: `COLUMNS` and `COVER_FIELDS`, which the template's writer, the reader of rosters, the checks and
the sample generator all share, so that a header stands in one place only. A further column is one entry
here and, if it is judged, a check. The lists that the notice decides (hardship categories, tiers, units) are in the
policy; the lists here are the household register's own vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["text", "number", "date"]
FilledBy = Literal["clerk", "formula", "check"]
Scheme = Literal["medical", "pension"]
Blocks = Literal["", "identity", "ineligible", "unpaid", "date"]
"""One of `findings.REASONS`, or nothing."""

ROSTER_SHEET = "花名册"
COVER_SHEET = "封面"
FINDINGS_SHEET = "校验结果"
HELP_SHEET = "填表说明"
POLICY_SHEET = "政策口径"
CHARGES_SHEET, SLIP_SHEET = "收费速查", "缴费单"
TOOL_SHEETS = (CHARGES_SHEET, SLIP_SHEET)
"""The sheets for use at the window: in templates and books made from them, never in a file that is sent on."""

LISTS_SHEET, TEXTS_SHEET, SELF_TEST_SHEET = "列表", "函数说明", "自检"
OWN_HIDDEN_SHEETS = (LISTS_SHEET, TEXTS_SHEET, SELF_TEST_SHEET)
"""The template's own hidden sheets: a roster that has them hides nothing."""

OWN_SHEETS = (
    COVER_SHEET, ROSTER_SHEET, FINDINGS_SHEET, *TOOL_SHEETS, HELP_SHEET, POLICY_SHEET, *OWN_HIDDEN_SHEETS,
)  # fmt: skip
"""All sheets of the template."""

TEMPLATE_VERSION = "2.0"
"""Written on the cover; a roster of an older template is merged with a warning."""

READY_ROWS = (2_000, 20_000, 50_000)
"""Sizes of the ready-made templates, in rows of people."""
MOST_ROWS = 100_000
"""Rows of a template that is made: twice the largest unit."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the roster; all its facts.

    scheme: the scheme it belongs to, None for both.
    band: the name of the block of columns that begins with it.
    mandatory: every person has it. needed: a roster without the column is refused.
    blocks: why a row is not counted whose cell here is bad (in `scheme`, else in every scheme); '' where it counts.
    choices: the texts of the drop-down list; strict: no other word can be typed.
    folds: other spellings of a choice (the household register's 长子 is our 子); aliases: of the header.
    as_text: Excel keeps what is typed as text (long runs of digits). money: yuan that the clerk has collected.
    rare: folded away in an outline group. later: came with edition 2.0, and nobody misses it in an older roster.
    example: a right entry, where the kind of the column does not say one.
    guide: how it is filled in, on 填表说明. prompt: what Excel shows beside the cell.
    """

    key: str
    header: str
    kind: Kind = "text"
    filled_by: FilledBy = "clerk"
    scheme: Scheme | None = None
    band: str = ""
    mandatory: bool = False
    needed: bool = False
    blocks: Blocks = ""
    choices: tuple[str, ...] = ()
    strict: bool = False
    folds: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()
    as_text: bool = False
    money: bool = False
    centred: bool = False
    width: float = 10
    rare: bool = False
    later: bool = False
    example: str = ""
    guide: str = ""
    prompt: str = ""


SCHEME_NAMES: dict[Scheme, str] = {"medical": "医保", "pension": "养老"}
"""The name of each scheme in headers and on the cover, in the order of their columns."""
BOTH_SCHEMES = "两险"
LONG_NAMES: dict[Scheme, str] = {"pension": "养老保险", "medical": "医疗保险"}
"""The name of each scheme in titles, in their order."""
YES, NO = "是", "否"
ENROLLED = "本次参保"

RELATIONS = (
    "户主", "配偶", "子", "女", "儿媳", "女婿", "孙子女", "外孙子女", "父", "母", "公公", "婆婆", "岳父", "岳母",
    "祖父母或外祖父母", "兄弟姐妹", "其他亲属", "非亲属",
)  # fmt: skip
_RELATION_WORDS: dict[str, str] = {
    "户主": "本人 本人或户主 户主本人",
    "配偶": "夫 妻 丈夫 妻子 老婆 老公 爱人 老伴 夫妻",
    "子": "儿子 独生子 长子 次子 二子 三子 四子 五子 六子 七子 八子 大儿子 二儿子 三儿子 小儿子 幼子 养子或继子 养子 继子 其他儿子 其它儿子",
    "女": "女儿 独生女 长女 次女 二女 三女 四女 五女 六女 七女 八女 大女儿 二女儿 三女儿 小女儿 幼女 养女或继女 养女 继女 其他女儿 其它女儿",
    "儿媳": "媳妇 儿媳妇 长媳 次媳 大儿媳 二儿媳",
    "女婿": "婿 大女婿 二女婿",
    "孙子女": "孙 孙子 孙女 孙子、孙女 孙子、孙女或外孙子、外孙女 孙儿 长孙 次孙 长孙女 次孙女 孙子或孙女",
    "外孙子女": "外孙 外孙子 外孙女 外孙儿 外孙子、外孙女 外孙子或外孙女",
    "父": "父亲 爸爸 继父或养父 继父 养父",
    "母": "母亲 妈妈 继母或养母 继母 养母",
    "公公": "家翁",
    "婆婆": "家婆",
    "岳父": "丈人",
    "岳母": "丈母娘",
    "祖父母或外祖父母": (
        "祖父 祖母 外祖父 外祖母 祖父母 外祖父母 爷爷 奶奶 外公 外婆 姥爷 姥姥 配偶的祖父母或外祖父母 配偶的祖父母 配偶的外祖父母 "
        "曾祖父 曾祖母 外曾祖父 外曾祖母 曾祖父母 太公 太婆 配偶的曾祖父母或外曾祖父母 配偶的曾祖父母 其他祖父母或外祖父母关系 "
        "其他祖父母或外祖父母"
    ),
    "兄弟姐妹": "兄 弟 姐 妹 哥哥 弟弟 姐姐 妹妹 兄弟 姐妹 胞兄 胞弟 胞姐 胞妹 大哥 二哥 大姐 二姐 其他兄弟姐妹",
    "其他亲属": (
        "嫂 嫂子 弟媳 弟妇 姐夫 妹夫 孙媳 孙媳妇 外孙媳妇 孙媳妇或外孙媳妇 孙女婿 外孙女婿 孙女婿或外孙女婿 "
        "曾孙 曾孙子 曾孙女 曾孙子女 外曾孙 外曾孙子 外曾孙女 曾外孙子 曾外孙女 曾孙子或外曾孙子 曾孙女或外曾孙女 曾孙子或曾外孙子 曾孙女或曾外孙女 重孙 重孙女 玄孙 "
        "其他孙子、孙女或外孙子、外孙女 其他孙子女或外孙子女 其他父母关系 父母 "
        "伯 伯父 伯母 叔 叔父 叔叔 婶 婶母 婶婶 舅 舅父 舅母 舅舅 舅妈 姨 姨父 姨母 姨妈 姑 姑父 姑母 姑妈 姑姑 "
        "堂兄弟、堂姐妹 堂兄弟姐妹 堂兄弟 堂姐妹 堂兄 堂弟 堂姐 堂妹 表兄弟、表姐妹 表兄弟姐妹 表兄弟 表姐妹 表兄 表弟 表姐 表妹 "
        "侄 侄子 侄儿 侄女 侄媳 侄女婿 侄孙 侄孙女 内侄 内侄女 外甥 外甥女 外甥媳妇 配偶的兄弟姐妹 大伯子 小叔子 小姑子 小舅子 小姨子 "
        "其他 其它 其它亲属 亲属"
    ),
    "非亲属": "非亲 非亲属关系 朋友 保姆 雇工 寄居 寄养",
}
"""The words of GB/T 4761 and of household registers, by the entry of the list."""
_RELATION_FOLDS = tuple((word, choice) for choice, words in _RELATION_WORDS.items() for word in words.split())

HOUSEHOLD_TYPES = ("家庭户", "集体户", "集中供养", "外市居住户")
ID_TYPES = ("居民身份证", "港澳台居民居住证", "外国人永久居留身份证", "其他")
LOCAL, DISTRICT, CITY, OUTSIDE, OVERSEAS = "本乡镇(街道)", "本区其他乡镇(街道)", "本市其他县区", "外市", "港澳台及外籍"
REGISTERS = (LOCAL, DISTRICT, CITY, OUTSIDE, OVERSEAS)
NOT_FROM_HERE = "非本区户籍"
DISTRICT_KINDS = "区县市旗"
"""What the place of a notice may be: a district, a county, a city or a banner; texts here speak of a district."""
RESIDENCE_PROOFS = ("居住证", "房产证", "村(社区)证明")
NOT_IN_SCHOOL, PUPIL, STUDENT = "否", "中小学(含中职)", "高校"
IN_SCHOOL = (PUPIL, STUDENT)
SCHOOLING = (NOT_IN_SCHOOL, *IN_SCHOOL)
MEDICAL_STATUSES = (ENROLLED, "市内职工医保", "市内居民医保", "市外职工医保", "市外居民医保", "高校参保", "不参保")
MEDICAL_ELSEWHERE = MEDICAL_STATUSES[1:6]
MEDICAL_OUTSIDE_CITY = ("市外职工医保", "市外居民医保")
NOT_ENROLLED = "不参保"
OTHER_REASON = "其他(见备注)"
REASONS = ("现役军人", "服刑", "死亡未销户", "户口已迁出", "失联", "出国(境)", OTHER_REASON)
PENSION_STATUSES = (
    ENROLLED, "已领取待遇", "职工养老", "机关事业养老", "异地居民养老", "未满16周岁", "在校学生", NOT_FROM_HERE, "暂未参保",
)  # fmt: skip
PENSION_ELSEWHERE = ("职工养老", "机关事业养老", "异地居民养老")
SPECIAL_CASES = ("新生儿", "退役", "刑满释放", "毕业", "职工医保中断", "新迁入", OTHER_REASON)
"""Why somebody may pay outside the window, where a notice gives such people days of their own."""


def in_place(text: str, place: str) -> str:
    """A text of a district as it reads in a county, a city or a banner.

    >>> in_place("非本区户籍", "县")
    '非本县户籍'
    """
    return text.replace("本区", f"本{place}")


def _in_other_places(choice: str) -> tuple[tuple[str, str], ...]:
    """What the lists of counties, cities and banners have in place of a district's choice, and the choice."""
    return tuple((in_place(choice, place), choice) for place in DISTRICT_KINDS[1:])


def _of_scheme(
    scheme: Scheme, *own: Column, statuses: tuple[str, ...], status_width: float, **status: Any
) -> tuple[Column, ...]:
    """The columns that every scheme has, in their order, with those of its own behind its status."""
    name = SCHEME_NAMES[scheme]
    return (
        Column(
            f"{scheme}_status",
            f"{name}参保状态",
            scheme=scheme,
            band=f"居民{name}",
            needed=True,
            blocks="ineligible",
            choices=statuses,
            strict=True,
            aliases=(f"{name}状态", f"{name}参保情况"),
            width=status_width,
            **status,
        ),
        *own,
        Column(
            f"{scheme}_due",
            f"{name}应收",
            kind="number",
            filled_by="formula",
            scheme=scheme,
            width=7.5,
            guide="窗口应收的钱，自动计算。",
        ),
        Column(
            f"{scheme}_paid",
            f"{name}实收",
            kind="number",
            scheme=scheme,
            needed=True,
            blocks="unpaid",
            aliases=(f"{name}实收金额", f"{name}缴费金额", f"{name}实缴"),
            money=True,
            width=7.5,
            guide="窗口实际收的钱（元），等于应收；应收为0的不填。",
        ),
        Column(
            f"{scheme}_date",
            f"{name}缴费(登记)日期",
            kind="date",
            scheme=scheme,
            needed=True,
            blocks="date",
            aliases=(f"{name}缴费日期", f"{name}登记日期"),
            width=11,
            guide="票据日期；应收为0的填登记日期。",
        ),
        Column(
            f"{scheme}_receipt",
            f"{name}票据号",
            scheme=scheme,
            aliases=(f"{name}票号", f"{name}收据号"),
            as_text=True,
            width=9.5,
            example="A0001234",
            guide="一户一张票的，每人都填同一个号；两险可用同一张票。",
        ),
    )


def _computed(scheme: Scheme, what: str, name: str, guide: str, band: str = "") -> Column:
    """Money of a scheme that is worked out beside 应收, at the row's end."""
    return Column(
        f"{scheme}_{what}",
        f"{SCHEME_NAMES[scheme]}{name}",
        kind="number",
        filled_by="formula",
        scheme=scheme,
        band=band,
        width=8,
        rare=True,
        guide=guide,
    )


COLUMNS: tuple[Column, ...] = (
    Column(
        "seq",
        "序号",
        kind="number",
        band="户和人",
        centred=True,
        width=4.5,
        guide="可不填，只供打印。",
    ),
    Column(
        "village",
        "村(社区)",
        mandatory=True,
        needed=True,
        aliases=("村", "社区", "村社区", "村名", "村（居）", "村居", "行政村", "所在村", "村委会"),
        width=8.5,
        example="桥头村",
        guide="现行区划的村（社区）全名，前后写法一致。",
        prompt="填现行区划的村（社区）全名，同一村写法要一致。",
    ),
    Column(
        "group",
        "组",
        aliases=("村民小组", "小组", "组别"),
        centred=True,
        width=6,
        rare=True,
        example="3",
        guide="村民小组，可不填。",
    ),
    Column(
        "household",
        "户号",
        mandatory=True,
        needed=True,
        aliases=("家庭编号", "户编号", "户编码", "家庭户号"),
        as_text=True,
        width=6.5,
        example="12",
        guide="一户一个号，村内不重复；同户各人填同一个号。",
        prompt="同一户每人填同一个户号，村内不重复。按文本保存。",
    ),
    Column(
        "household_type",
        "户类型",
        choices=HOUSEHOLD_TYPES,
        width=9,
        rare=True,
        guide="空白即家庭户。学校、福利院等选集体户、集中供养；外市人员在本地居住的选外市居住户。",
        prompt="空白即家庭户。学校、福利院等选集体户或集中供养；外市人员在本地居住的选外市居住户。",
    ),
    Column(
        "registered",
        "户口人数",
        kind="number",
        aliases=("户籍人数", "户口簿人数"),
        centred=True,
        width=7,
        guide="户口簿上的总人数，只填在户主一行。",
        prompt="只在户主一行填户口簿上的总人数。",
    ),
    Column(
        "name",
        "姓名",
        mandatory=True,
        needed=True,
        blocks="identity",
        aliases=("人员姓名", "参保人姓名", "参保人员姓名"),
        width=7.5,
        example="张三",
        guide="与身份证一致。",
        prompt="按身份证或户口簿填写。",
    ),
    Column(
        "relation",
        "与户主关系",
        mandatory=True,
        needed=True,
        choices=RELATIONS,
        folds=_RELATION_FOLDS,
        aliases=("与户主的关系", "家庭关系", "户主关系"),
        width=8.5,
        example="户主、配偶、子、女、父、母、其他亲属、非亲属等",
        guide="从列表选；“妻”“长子”“孙”等写法也认得。每个家庭户有且只有一个户主。",
        prompt="从列表选；户口簿上的“妻”“长子”“孙”等写法也认得。户主去世的请改填现户主。",
    ),
    Column(
        "id_type",
        "证件类型",
        choices=ID_TYPES,
        folds=(("身份证", "居民身份证"), ("二代身份证", "居民身份证")),
        width=11,
        rare=True,
        guide="空白即居民身份证。",
        prompt="空白即居民身份证。",
    ),
    Column(
        "id_number",
        "证件号码",
        mandatory=True,
        needed=True,
        blocks="identity",
        aliases=("身份证号", "身份证号码", "公民身份号码", "身份证", "证件号", "社会保障号码", "社会保障号"),
        as_text=True,
        width=22.5,
        example="990000199001010017",
        guide="18位，末位X大写；按文本录入。",
        prompt="18位居民身份证号，末位X大写。本列已设为文本；粘贴时请用“选择性粘贴—数值”。",
    ),
    Column(
        "register",
        "户籍地",
        mandatory=True,
        needed=True,
        choices=REGISTERS,
        folds=(
            ("本乡镇", LOCAL),
            ("本街道", LOCAL),
            ("本区其他乡镇", DISTRICT),
            *_in_other_places(DISTRICT),
            ("本市其他区县", CITY),
            ("市外", OUTSIDE),
            ("港澳台", OVERSEAS),
            ("外籍", OVERSEAS),
        ),
        width=13,
        guide="户口所在地，与证件号码前六位无关。",
        prompt="外市、港澳台及外籍人员参加医保须有居住证明；居民养老限本区户籍。",
    ),
    Column(
        "residence_proof",
        "居住证明",
        choices=RESIDENCE_PROOFS,
        folds=(("村证明", "村(社区)证明"), ("社区证明", "村(社区)证明"), ("村社区证明", "村(社区)证明")),
        width=11,
        rare=True,
        guide="外市、港澳台及外籍人员参加医保必填。",
        prompt="外市、港澳台及外籍人员参加医保须有其中一种。",
    ),
    Column(
        "schooling",
        "在校情况",
        choices=SCHOOLING,
        folds=(
            ("中小学", PUPIL),
            ("小学", PUPIL),
            ("初中", PUPIL),
            ("高中", PUPIL),
            ("中职", PUPIL),
            ("大学", STUDENT),
        ),
        aliases=("是否在校", "在校"),
        width=13,
        guide="在校学生必选；16至22岁参加养老而不在校的填“否”。",
        prompt="大学生医保由高校统一办理，选“高校”；16至22岁参加养老的必须填写。",
    ),
    Column(
        "category",
        "人员类别",
        band="身份",
        blocks="identity",
        aliases=("身份类别", "困难类别", "对象类别", "人员身份", "参保身份", "困难类型"),
        width=16,
        guide="空白即普通居民；几种身份用“、”隔开。",
        prompt="空白即普通居民。几种身份用“、”隔开，次序不限；通行的简称、别称也认得。",
    ),
    Column(
        "certificate",
        "认定证号",
        aliases=("残疾证号", "低保证号", "证书编号"),
        as_text=True,
        width=22,
        rare=True,
        example="99000019900101001742",
        guide="低保证、残疾人证等的编号；残疾人证为身份证号加类别、等级各一位。",
        prompt="残疾人证号为18位身份证号加类别、等级各一位。按文本保存。",
    ),
    *_of_scheme(
        "medical",
        Column(
            "medical_reason",
            "不参保原因",
            scheme="medical",
            choices=REASONS,
            folds=(
                ("服兵役", "现役军人"),
                ("参军", "现役军人"),
                ("死亡", "死亡未销户"),
                ("已迁出", "户口已迁出"),
                ("出国", "出国(境)"),
                ("其他", OTHER_REASON),
            ),
            width=12,
            rare=True,
            guide="状态为“不参保”时必选；选“其他(见备注)”的在备注写明。",
            prompt="状态为“不参保”时必选。",
        ),
        Column(
            "medical_proof",
            "参保凭证",
            scheme="medical",
            aliases=("医保参保凭证", "参保证明"),
            width=14,
            rare=True,
            example="参保证明018号",
            guide="在市外参保的必填。",
            prompt="在市外参保的填凭证或证明名称、编号。",
        ),
        statuses=MEDICAL_STATUSES,
        status_width=13,
        mandatory=True,
        guide="人人必填。在本单位缴本年度医保的选“本次参保”。",
        prompt="本次在本单位缴费的选“本次参保”；已在别处参保的按实选。",
    ),
    *_of_scheme(
        "pension",
        Column(
            "tier",
            "养老档次",
            kind="number",
            scheme="pension",
            needed=True,
            blocks="ineligible",
            strict=True,
            aliases=("养老缴费档次", "缴费档次", "档次"),
            centred=True,
            width=7,
            guide="本次参保的必填，从列表选（元/年）。",
        ),
        statuses=PENSION_STATUSES,
        folds=_in_other_places(NOT_FROM_HERE),
        status_width=12,
        guide="本区户籍、年满16周岁的必填。",
        prompt="本区户籍、年满16周岁的必填；还没有参保的选“暂未参保”。",
    ),
    Column(
        "entered",
        "已录入系统",
        band="登记",
        choices=(YES, NO),
        strict=True,
        aliases=("是否录入系统", "已录系统"),
        centred=True,
        width=7.5,
        guide="已录入业务系统的选“是”。",
        prompt="已登记录入的选“是”。",
    ),
    Column(
        "remark",
        "备注",
        aliases=("说明", "备注说明"),
        width=14,
        rare=True,
        example="已与本人核实",
        guide="需要说明的事。",
    ),
    Column(
        "confirmation",
        "核实说明",
        aliases=("核实情况",),
        width=16,
        rare=True,
        later=True,
        example="已核对户口簿，无误",
        guide="校验出的警告经核实无误的，写明核实情况，再校验就不再提醒；以后改动了，会重新提醒。",
        prompt="校验出的警告经核实无误的，在这里写明核实情况，再校验就不再提醒。错误不能这样免改。",
    ),
    Column(
        "special_case",
        "特殊情形",
        choices=SPECIAL_CASES,
        folds=(
            ("新出生", "新生儿"),
            ("退役军人", "退役"),
            ("退伍", "退役"),
            ("刑满", "刑满释放"),
            ("大学毕业", "毕业"),
            ("毕业生", "毕业"),
            ("高校毕业生", "毕业"),
            ("失业", "职工医保中断"),
            ("职工医保停保", "职工医保中断"),
            ("户口迁入", "新迁入"),
            ("其他", OTHER_REASON),
        ),
        width=10,
        rare=True,
        later=True,
        guide="通知另给缴费期的人（如新生儿、退役）才填，从列表选。",
        prompt="通知另给缴费期的人才填，如新生儿、退役，并填日期。",
    ),
    Column(
        "special_date",
        "特殊情形日期",
        kind="date",
        width=11,
        rare=True,
        later=True,
        guide="特殊情形发生的日期，如出生、退役的日子。",
        prompt="特殊情形发生的日期，如出生、退役的日子，按“年-月-日”填。",
    ),
    _computed("medical", "subsidy", "资助", "拨付到乡镇（街道）的资助，自动计算。", band="自动计算"),
    _computed("medical", "refund", "待补", "收齐以后另发给本人的补助，自动计算。"),
    _computed("pension", "subsidy", "代缴", "代缴的钱，自动计算。"),
    Column(
        "hint",
        "提示",
        filled_by="formula",
        band="自动提示",
        width=30,
        guide="本行第一个问题，自动显示。",
    ),
    Column(
        "problems",
        "问题说明",
        filled_by="check",
        band="校验",
        width=70,
        guide="校验后写明本行全部问题。",
    ),
    Column(
        "marks",
        "标记",
        filled_by="check",
        width=4,
    ),
)

BY_KEY: dict[str, Column] = {column.key: column for column in COLUMNS}
INPUTS: tuple[Column, ...] = tuple(column for column in COLUMNS if column.filled_by == "clerk")
COMPUTED: tuple[Column, ...] = tuple(column for column in COLUMNS if column.filled_by == "formula")


def present(schemes: Iterable[Scheme]) -> tuple[Column, ...]:
    """The columns of a notice with these schemes, in their order; the places of the others stay empty and hidden."""
    own = {None, *schemes}
    return tuple(column for column in COLUMNS if column.scheme in own)


def about(text: str, schemes: Iterable[Scheme], place: str) -> str:
    """A column's guide or prompt as it reads in the notice's place, without what it says of a scheme that is not there.

    >>> about("外市人员参加医保须有居住证明；居民养老限本区户籍。", ["medical"], "县")
    '外市人员参加医保须有居住证明。'
    """
    own = set(schemes)
    absent = [name for scheme, name in SCHEME_NAMES.items() if scheme not in own]
    absent += [BOTH_SCHEMES] if absent else []
    pieces = [piece for piece in text.removesuffix("。").split("；") if not any(name in piece for name in absent)]
    return in_place("；".join(pieces), place) + "。" if pieces and text else ""


def dues_in_words(schemes: Iterable[Scheme]) -> str:
    """The headers of the computed columns with the dues, in words."""
    return "应收两列" if len(set(schemes)) > 1 else "应收一列"


@dataclass(frozen=True, slots=True)
class CoverField:
    """One labelled field of the cover: the label stands in column B, the value beside it in column C."""

    key: str
    label: str
    kind: Kind = "text"
    mandatory: bool = False
    choices: tuple[str, ...] = ()
    scheme: Scheme | None = None


def only(scheme: Scheme) -> str:
    """The cover's 险种范围 of a book about one scheme."""
    return f"仅{SCHEME_NAMES[scheme]}"


SCOPES: dict[str, tuple[Scheme, ...]] = {
    BOTH_SCHEMES: tuple(SCHEME_NAMES),
    **{only(scheme): (scheme,) for scheme in reversed(SCHEME_NAMES)},
}
WHOLE = "全部"


def scopes(schemes: Iterable[Scheme]) -> tuple[str, ...]:
    """The choices of 险种范围 under a notice with these schemes, the widest first."""
    return tuple(scope for scope, own in SCOPES.items() if set(own) <= set(schemes))


COVER_FIELDS: tuple[CoverField, ...] = (
    CoverField("township", "乡镇/街道", mandatory=True),
    CoverField("scope", "险种范围", mandatory=True, choices=tuple(SCOPES)),
    CoverField("part", "分册", mandatory=True),
    CoverField("parts", "应报分册数", "number"),
    CoverField("deadline", "填报截止日期", "date", mandatory=True),
    CoverField("serial", "第几次报送", "number", mandatory=True),
    CoverField("clerk", "填表人"),
    CoverField("template_version", "模板版本", mandatory=True),
    CoverField("policy", "政策文号", mandatory=True),
    CoverField("fingerprint", "通知校验码"),
)
CONTROL_TOTALS: tuple[CoverField, ...] = (
    CoverField("households", "户数", "number"),
    CoverField("persons", "人数", "number"),
    *(
        field
        for scheme, name in SCHEME_NAMES.items()
        for field in (
            CoverField(f"{scheme}_enrolled", f"{name}参保人数", "number", scheme=scheme),
            CoverField(f"{scheme}_cash", f"{name}实收合计(元)", "number", scheme=scheme),
        )
    ),
)
COVER_LINE = "本册为累计花名册，不是本期新增"

HEADER_ROW = 4
"""1-based row of the headers on 花名册 in our own template; a received sheet's header row is searched for."""
FIRST_ROW = HEADER_ROW + 1


def letter(column: int) -> str:
    """A column number (1 = A) as Excel's letters.

    >>> letter(1), letter(28), letter(703)
    ('A', 'AB', 'AAA')
    """
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _places() -> tuple[dict[str, int], dict[str, tuple[int, int]]]:
    """Where each column stands (1 = A), and for each input the guards at both ends of its run.

    Inputs that follow each other are a run. Before and after each stands a hidden empty column, a guard: the formulas
    read an input out of the run from guard to guard, a range that no cut and no drag of an input can rewrite, since
    only moving an end of it would, and that holds no computed cell.
    """
    places: dict[str, int] = {}
    runs: list[list[str]] = []
    at = 0
    for before, column in zip((None, *COLUMNS), COLUMNS, strict=False):
        is_input = column.filled_by == "clerk"
        if is_input != (before is not None and before.filled_by == "clerk"):
            at += 1  # a guard
            if is_input:
                runs.append([])
        at += 1
        places[column.key] = at
        if is_input:
            runs[-1].append(column.key)
    return places, {key: (places[run[0]] - 1, places[run[-1]] + 1) for run in runs for key in run}


PLACES, RUNS = _places()
GUARDS: tuple[int, ...] = tuple(sorted({guard for run in RUNS.values() for guard in run}))
LETTERS: dict[str, str] = {key: letter(place) for key, place in PLACES.items()}
WIDTH = PLACES[COLUMNS[-1].key]
"""Columns of 花名册 up to 标记; behind it stand hidden ones with intermediate results."""
