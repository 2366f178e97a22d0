"""The monthly circular: its words, its tables against the district's data, the same bytes; LibreOffice opens it."""

from __future__ import annotations

import subprocess
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from openxml_audit import OpenXmlValidator

from addin import run
from addin.district import SUMMARY, assemble, report
from addin.district.records import District
from addin.output import circular, summary
from addin.output.circular import pictures
from addin.output.circular.words import Circular
from tests.support.notices import QINGSHI
from tests.support.received import received
from tests.support.results import district, people, result
from tests.support.rosters import POLICY, person

END = date(2019, 11, 30)


def a_district() -> District:
    """Two units; one person unpaid, one paid short, one late for the pension; 曲河街道 reported an earlier half month."""
    return district(
        result("a.xlsx", *people(3), {**people(1, start=10)[0], "medical_paid": "", "medical_date": "", "medical_receipt": ""},
               *people(1, start=11, medical_paid=200), *people(1, start=12, pension_date=datetime(2019, 11, 2))),
        result("b.xlsx", *people(2, start=20, medical_date=datetime(2019, 9, 10)), township="曲河街道",
               deadline=datetime(2019, 10, 31)),
    )  # fmt: skip


def paragraphs(path: Path) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(str(path)).paragraphs if paragraph.text]


def tables(path: Path) -> list[list[list[str]]]:
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in docx.Document(str(path)).tables]


@pytest.mark.slow
def test_the_body_says_what_the_figures_are(tmp_path: Path) -> None:
    path = tmp_path / "通报.docx"
    circular.write(a_district(), END, path)
    texts = paragraphs(path)
    assert texts[:7] == [
        "〔2019〕　　号",
        "冷水滩区城乡居民养老保险、医疗保险\n征缴工作情况通报",
        "（2019年11月）",
        "各乡镇、街道，园区、开发区：",
        "根据《冷水滩区2019年度城乡居民养老保险及2020年度城乡居民基本医疗保险征缴工作实施方案》（冷政办函〔2019〕27号），"
        "现将截至2019年11月30日的征缴工作进展情况通报如下。",
        "一、总体进展",
        "（一）2019年度城乡居民基本养老保险。全区任务数150812人，花名册申报8人，已完成参保缴费7人，完成率0.00%，距目标任务差150805人。"
        "另有逾期缴费1人，不计入完成数，含逾期完成率0.01%。缴费期已结束（2019年10月31日）。",
    ]  # fmt: skip
    assert texts[7] == (
        "（二）2020年度城乡居民基本医疗保险。全区任务数462000人，花名册申报8人，已完成参保缴费6人，完成率0.00%，距目标任务差461994人。"
        "本月新增0人。缴费期至2019年12月31日，还有31天。"
    )
    assert "本期未报，沿用上期花名册的1个单位：曲河街道（截至10月31日）。" in texts
    assert "花名册中有错误1处、警告1处。医保申报而未计入2人：未缴1人、少缴1人。" in texts
    assert texts[texts.index("附件：1．2019年度城乡居民基本养老保险征缴进度表") :][:5] == [
        "附件：1．2019年度城乡居民基本养老保险征缴进度表",
        "2．2020年度城乡居民基本医疗保险征缴进度表",
        "3．各单位完成率和全区进度图",
        "永州市冷水滩区医疗保障局",
        "2019年12月　　日",
    ]
    assert [row[1:] for row in tables(path)[0]] == [
        ["级别", "问题", "数量（处）", "涉及单位（个）"],
        ["错误", "医保少缴", "1", "1"],
        ["警告", "逾期缴费", "1", "1"],
    ]


@pytest.mark.slow
def test_the_tables_are_the_districts_data_in_attachment_order(tmp_path: Path) -> None:
    path = tmp_path / "通报.docx"
    merge = a_district()
    circular.write(merge, END, path)
    data = report.to_json(merge)
    reported = {"普利桥镇", "曲河街道"}
    for table, scheme in zip(tables(path)[-2:], ("pension", "medical"), strict=True):
        rules = POLICY.schemes[scheme]  # type: ignore[index]
        units = {unit["township"]: unit for unit in data["units"] if unit["scheme"] == scheme}
        listed = [
            [str(row.order), row.printed, str(row.quota), str(unit["claimed"]), str(unit["counted"]), f"{unit['rate']:.2%}",
             str(row.quota - unit["counted"]), str(unit["late"]), str(unit["rank"]) if row.unit in reported else "未报送"]
            for row in rules.attachment.rows
            for unit in [units[row.unit]]
        ]  # fmt: skip
        assert table[1 : len(listed) + 1] == listed
        total = data["district"][scheme]
        assert table[len(listed) + 1][1:6] == [
            "合计", str(total["quota_printed"]), str(total["claimed"]), str(total["counted"]), f"{total['rate']:.2%}",
        ]  # fmt: skip
    assert tables(path)[-2][-1][:2] == ["", "仁湾镇（附件未列）"]


@pytest.mark.slow
def test_same_district_same_bytes_and_no_trace_of_the_time(tmp_path: Path) -> None:
    for name in ("a.docx", "b.docx"):
        circular.write(a_district(), END, tmp_path / name)
    assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.docx") as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"2019-09-12" in package.read("docProps/core.xml")  # the notice's day
        assert sum(name.startswith("word/media/") for name in package.namelist()) == 3


@pytest.mark.slow
def test_no_id_and_no_full_name(tmp_path: Path) -> None:
    twice = person(name="欧阳全名", medical_receipt="X")
    merge = district(
        result("a.xlsx", twice, scope="仅医保"), result("b.xlsx", twice, scope="仅医保", township="曲河街道")
    )
    circular.write(merge, END, tmp_path / "a.docx")
    text = "".join(paragraphs(tmp_path / "a.docx")) + str(tables(tmp_path / "a.docx"))
    assert "重复参保1人。" in text
    assert "欧阳" not in text and "990000" not in text


@pytest.mark.slow
def test_the_second_notice_has_its_own_words(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    circular.write(assemble((), QINGSHI), date(2023, 12, 31), path)
    text = "".join(paragraphs(path)) + str(tables(path))
    assert "青石县城乡居民养老保险" in text and "（印发单位）" in text and "2024年1月　　日" in text
    for word in ("冷水滩", "2019", "医保局", "150812", "仁湾"):
        assert word not in text


@pytest.mark.slow
def test_without_a_chinese_font_there_are_words_in_the_pictures_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "can_draw", lambda: False)
    circular.write(a_district(), END, tmp_path / "a.docx")
    assert paragraphs(tmp_path / "a.docx")[-1] == "制作本通报的计算机没有中文字体，图未附；数字见前附各表。"
    with zipfile.ZipFile(tmp_path / "a.docx") as package:
        assert not any(name.startswith("word/media/") for name in package.namelist())


# ---------------------------------------------------------------- as of the month's end


@pytest.fixture
def two_editions(tmp_path: Path) -> Path:
    folder = tmp_path / "收"
    received(folder, "普利桥镇_十一月.xlsx", *people(4), deadline=date(2019, 11, 15))
    received(folder, "普利桥镇_十二月.xlsx", *people(6), deadline=date(2019, 12, 15), serial=2)
    return folder


@pytest.mark.slow
def test_later_rosters_do_not_count(two_editions: Path, tmp_path: Path) -> None:
    """As of November the figures are those of a summary made when December's roster had not come."""
    merge, later = run.write_circular(two_editions, tmp_path / "a.docx", POLICY, run.Issue(END), jobs=1)
    earlier = tmp_path / "十一月"
    earlier.mkdir()
    (two_editions / "普利桥镇_十二月.xlsx").rename(tmp_path / "away.xlsx")
    summary = run.merge_folder(two_editions, tmp_path / "汇总.xlsx", POLICY, jobs=1)
    assert later == 1 and report.to_json(merge) == report.to_json(summary)
    assert any("已完成参保缴费4人" in text for text in paragraphs(tmp_path / "a.docx"))


@pytest.mark.slow
def test_nothing_up_to_the_day_writes_nothing(two_editions: Path, tmp_path: Path) -> None:
    with pytest.raises(run.NotMade, match="没有填报截止日期在2019-10-31及以前的花名册"):
        run.write_circular(two_editions, tmp_path / "a.docx", POLICY, run.Issue(date(2019, 10, 31)), jobs=1)
    assert not (tmp_path / "a.docx").exists()


@pytest.mark.slow
def test_a_summary_and_half_month_tables_in_the_folder_are_ours(two_editions: Path) -> None:
    run.merge_folder(two_editions, two_editions / SUMMARY, POLICY, jobs=1)
    issue = run.Issue(END, two_editions / "汇总结果" / "进度")
    run.write_circular(two_editions, two_editions / "通报.docx", POLICY, issue, jobs=1)
    merge, _ = run.write_circular(two_editions, two_editions / "通报.docx", POLICY, issue, jobs=1)
    assert [line.name for line in merge.files] == ["普利桥镇_十一月.xlsx"]


@pytest.mark.slow
def test_each_units_half_month_table(two_editions: Path, tmp_path: Path) -> None:
    folder = tmp_path / "进度"
    merge, _ = run.write_circular(two_editions, tmp_path / "a.docx", POLICY, run.Issue(END, folder), jobs=1)
    assert len(list(folder.glob("*_半月进度表.xlsx"))) == len(POLICY.units)
    sheet = openpyxl.load_workbook(folder / "普利桥镇_半月进度表.xlsx")["医保"]
    lines = [[cell.value for cell in row][:4] for row in sheet.iter_rows(min_row=4)]
    own = [point for point in merge.progress if (point.scheme, point.township) == ("medical", "普利桥镇")]
    assert [line[1] or 0 for line in lines[:-1]] == [point.counted for point in own]
    assert [line[0] for line in lines[:2]] == [datetime(2019, 8, 31), datetime(2019, 9, 15)]
    assert lines[3:-1] == [
        [datetime(2019, 10, 15), 4, 4, 48576],
        [datetime(2019, 10, 31), 4, None, 48576],
        [datetime(2019, 11, 15), 4, None, 48576],
        ["计入", 4, None, 48576],
    ]
    assert lines[-1][0].startswith("制表人：")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--month", "十一月"], "--month 填的是“十一月”"),
        (["--month", "2019-13"], "应是“四位年份-两位月份”"),
        (["--month", "2019-11", "-o", "a.xlsx"], "要以.docx结尾"),
    ],
)
def test_wrong_words_are_reported(two_editions: Path, words: list[str], said: str) -> None:
    from tests.support.command import liangxian

    done = liangxian("circular", two_editions, *words)
    assert done.returncode == 2 and said in done.stderr.replace("\n", "")


@pytest.mark.slow
def test_libreoffice_opens_it_and_reads_the_same(two_editions: Path, tmp_path: Path, soffice: str) -> None:
    from tests.support.command import liangxian

    path = tmp_path / "通报.docx"
    done = liangxian("circular", two_editions, "--month", "2019-11", "-o", path, "--issuer", "税务局")
    assert done.returncode == 0, done.stderr
    profile = (tmp_path / "profile").as_uri()
    subprocess.run(
        [soffice, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir", tmp_path, path],
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "通报.pdf", "-"], check=True, capture_output=True, encoding="utf-8"
    ).stdout
    flat: Any = "".join(text.split())
    assert "已完成参保缴费4人" in flat and "冷水滩区税务局" in flat and "附件3" in flat
    assert "17普利桥镇4857644" in flat  # the unit's line: order, name, quota, claimed, counted
    pictures_in = subprocess.run(
        ["pdfimages", "-list", tmp_path / "通报.pdf"], check=True, capture_output=True, encoding="utf-8"
    ).stdout
    assert len(pictures_in.splitlines()) == 2 + 3


@pytest.mark.slow
def test_every_figure_beside_a_quota_is_of_the_units_that_hold_one(tmp_path: Path) -> None:
    """仁湾镇 has no quota for the pension: it stands apart in words, in none of the four figures, on no paper."""
    months = {"pension_date": datetime(2019, 10, 20), "medical_date": datetime(2019, 10, 20)}
    merge = district(
        result("a.xlsx", *people(3, **months)),
        result("b.xlsx", *people(5, start=10, **months), township="仁湾镇"),
    )
    total = merge.totals("pension")
    assert (total.claimed, total.counted, total.claimed_all, total.counted_all) == (3, 3, 8, 8)
    words = Circular(merge, date(2019, 10, 31)).progress(POLICY.schemes["pension"])[0]
    assert "申报3人，已完成参保缴费3人" in words and "本月新增3人" in words and "仁湾镇5人" in words
    assert "申报 3 人，计入 3 人" in next(line for line in report.headline(merge) if line.startswith("养老"))
    path = tmp_path / "汇总.xlsx"
    summary.write(merge, path)
    sheet = openpyxl.load_workbook(path, data_only=True)["总览"]
    line = next([cell.value for cell in row] for row in sheet.iter_rows() if row[0].value == "养老")
    assert line[1:4] == [POLICY.schemes["pension"].attachment.printed_quota, 3, 3]


@pytest.mark.slow
def test_word_has_nothing_to_repair(tmp_path: Path) -> None:
    path = tmp_path / "通报.docx"
    circular.write(a_district(), END, path)
    assert [str(problem) for problem in OpenXmlValidator().validate(path).errors] == []
    with zipfile.ZipFile(path) as package:
        assert not any("stylesWithEffects" in name for name in package.namelist())
        assert "方正小标宋简体" in package.read("word/fontTable.xml").decode()


def test_units_without_a_book_are_named_and_not_ranked_last(tmp_path: Path) -> None:
    words = Circular(a_district(), END).ranking(POLICY.schemes["medical"])
    ranked, silent = words.split("从未报送花名册的")
    assert "普利桥镇" in ranked and "居后" not in ranked
    assert silent.startswith("19个单位") and "完成情况不明" in silent
