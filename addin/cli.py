"""The command line: the same work as the ribbon's buttons, for WPS, Linux, scheduled jobs and engineers.

Exit codes: 0 clean; 1 done, but files were refused or there are 错误; 2 it could not be done (also for any fault of the
program, which is said in one sentence and never as a traceback); 130 interrupted by Ctrl-C, as shells have it.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from addin import __version__, columns, error_log, terminal
from addin.findings import SEVERITY_NAMES, Finding, UserError, count_by_severity
from addin.usage import Command, Group

if TYPE_CHECKING:
    from addin import run
    from addin.district.records import District, FileLine
    from addin.policy import Policy
    from addin.registers import ListFile

CLEAN, WITH_ERRORS, FAILED, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="liangxian",
    cls=Group,
    help="城乡居民养老、医保两险征缴：校验花名册，汇总全区。",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

PolicyOption = Annotated[
    Path | None, typer.Option("--policy", help="试算用的口径文件（TOML），结果标明“试算”。", metavar="文件")
]
ListsOption = Annotated[
    Path | None,
    typer.Option(
        "--lists",
        help="部门名单（困难人员、职工参保、村（社区）、税务缴费）所在的文件夹，逐人比对；汇总、通报不写的，用收到的文件夹里的“部门名单”。",
        metavar="文件夹",
    ),
]
NoticeOption = Annotated[
    str,
    typer.Option("--notice", help="按哪个通知：文号、文号中的几个字或文件夹名，见 notice list。", metavar="通知"),
]
JsonOption = Annotated[Path | None, typer.Option("--json", help="另写一份数据（JSON）。", metavar="文件")]
ReturnsOption = Annotated[
    Path | None,
    typer.Option(
        "--returns", help="给每个单位写退回：要改正的花名册、退回清单和说明，放到这个文件夹。", metavar="文件夹"
    ),
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", "-j", min=1, max=64, help="同时读取几个文件，默认与处理器数相同。", metavar="N")
]
ClusterOption = Annotated[
    str | None,
    typer.Option("--cluster", help="在Dask集群上读取，如 tls://主机:8786（见 docs/cluster.md）。", metavar="地址"),
]


class CouldNotError(UserError):
    """The work can't be done; the text is a whole Chinese sentence."""


class Interrupted(BaseException):
    """Ctrl-C. No `KeyboardInterrupt`: of that typer would make an exit code before it could say what is done."""


def _interrupt(*_: object) -> None:
    raise Interrupted


def main() -> None:
    """Entry point: runs the command and turns every failure into one sentence and an exit code."""
    terminal.replace_what_cannot_be_shown()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _interrupt)
    status = _run()
    workers = sys.modules.get("addin.workers")
    with suppress(OSError):
        if workers is not None and workers.unlimited():
            err.print("提示：本系统不能限制读取程序所用的内存，遇到异常的文件时电脑可能变慢；结果不受影响。")
        sys.stdout.flush()
    sys.exit(status)


def _run() -> int:
    try:
        status = int(app(standalone_mode=False) or CLEAN)  # typer gives the code of `typer.Exit` as the value
    except typer.Exit as done:
        status = done.exit_code
    except typer.Abort:
        err.print("已取消，什么也没有改动。")
        return FAILED
    except BaseException as error:
        return _fail(error)
    if status == INTERRUPTED:  # while the words of the command were read, or at a question
        err.print("已中断，什么也没有改动。")
    return status


def _fail(error: BaseException) -> int:
    from typer.exceptions import TyperException

    from addin.ids import mask_text

    saving = sys.modules.get("addin.output.saving")
    new = saving.written() if saving is not None else ""
    done = escape(mask_text(new)) or "什么也没有改动。"
    if isinstance(error, Interrupted | KeyboardInterrupt):
        err.print(f"[bold]已中断。[/bold]{done}")
        return INTERRUPTED
    if isinstance(error, SystemExit):
        return int(error.code or 0) if isinstance(error.code, int | None) else FAILED
    if type(error).__name__ == "NoArgsIsHelpError":  # the help has been shown
        return FAILED
    if isinstance(error, TyperException):
        err.print(f"[bold]命令不对：[/bold]{escape(mask_text(_usage(error)))}。用 liangxian --help 看用法。")
    elif isinstance(error, UserError):
        err.print(f"[bold]没有做成：[/bold]{escape(mask_text(f'{error}{new}'))}")
    else:
        err.print(
            f"[bold]程序出错，没有做成。[/bold]{done}出错位置：{error_log.where(error)}（{type(error).__name__}）。请把这一行发给技术人员。"
        )
    return FAILED


def _usage(error: Exception) -> str:
    """The error in a command's words, in Chinese; the parser's own messages are English."""
    parameter = getattr(error, "param", None)
    name = getattr(parameter, "metavar", None) or "、".join(getattr(parameter, "opts", ()))
    known = {
        "MissingParameter": f"没有给出{name}",
        "BadParameter": f"{name}的值不对",
        "NoSuchOption": f"没有选项 {getattr(error, 'option_name', '')}",
        "BadOptionUsage": f"选项 {getattr(error, 'option_name', '')} 后面缺少内容",
    }
    return known.get(type(error).__name__, "没有这个命令，或多了内容")


@contextmanager
def _starting() -> Iterator[None]:
    """Print a first line at once, while the modules of the command are loaded, which takes a second or more."""
    with err.status("正在启动……") as status:
        status.update(spinner="dots")  # else the first line waits for the thread that draws the next one
        yield


@contextmanager
def _progress(label: str) -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    """A bar of files and people on standard error; gives what to call with their number, and for each file done."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[read]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("准备", total=None, read="")
        files = people = 0
        of = 0

        def start(total: int) -> None:
            nonlocal files, people, of
            files, people, of = 0, 0, total
            bar.reset(task, total=total, description=label, read=f"0/{total} 个文件")

        def done(more: int) -> None:
            nonlocal files, people
            files, people = files + 1, people + more
            bar.update(
                task,
                advance=1,
                read=f"{files}/{of} 个文件，{people:,} 人",
                description=label if files < of else "正在写结果",
            )

        yield start, done


@app.command(cls=Command)
def merge(
    folder: Annotated[Path, typer.Argument(help="收到的花名册所在的文件夹（含子文件夹）。", metavar="文件夹")],
    target: Annotated[Path, typer.Option("--out", "-o", help="区汇总表写到哪里。", metavar="文件")] = Path(
        "district_summary.xlsx"
    ),
    json_out: JsonOption = None,
    returns: ReturnsOption = None,
    ledger: Annotated[
        Path | None,
        typer.Option(
            "--ledger", help="给每个单位写一份缴费台账（含姓名，内部资料），放到这个文件夹。", metavar="文件夹"
        ),
    ] = None,
    progress: Annotated[
        Path | None, typer.Option("--progress", help="给每个单位写一份进度表，放到这个文件夹。", metavar="文件夹")
    ] = None,
    papers: Annotated[
        bool,
        typer.Option("--papers", help="退回清单、缴费台账、进度表都写，放到收到的文件夹的“汇总结果”里。"),
    ] = False,
    lists: ListsOption = None,
    jobs: JobsOption = None,
    cluster: ClusterOption = None,
    policy_file: PolicyOption = None,
    notice: NoticeOption = "",
) -> None:
    """汇总文件夹里收到的全部花名册，写出区汇总表。"""
    with _starting():
        from addin import workers

        if cluster is None and folder.is_dir():
            workers.prepare(jobs)
        from addin import policy, run
    rules = _notice(notice, policy_file)
    _folder(folder)
    _there(lists)
    beside = run.papers_of(folder) if papers else run.Extras()
    extras = run.Extras(json_out, returns or beside.returns, ledger or beside.ledger, progress or beside.progress)
    lists = lists or run.lists_of(folder)
    with _progress("读取") as (start, done):
        district = run.merge_folder(
            folder,
            target,
            rules,
            jobs=jobs,
            cluster=cluster,
            on_start=start,
            on_file=done,
            extras=extras,
            lists=lists,
            other=None if notice else partial(policy.load, overlay=policy_file),
        )
    raise typer.Exit(_show_district(district, target, extras))


@app.command(cls=Command)
def read(
    folder: Annotated[Path, typer.Argument(help="收到的花名册所在的文件夹（含子文件夹）。", metavar="文件夹")],
    result_folder: Annotated[Path, typer.Option("--partials", help="单册结果放到这个文件夹。", metavar="文件夹")],
    key: Annotated[Path, typer.Option("--key", help="密钥文件，没有就新建；各机器必须用同一个。", metavar="文件")],
    share: Annotated[str, typer.Option("--share", help="只读其中一份：2/10 是十份中的第二份。", metavar="N/M")] = "1/1",
    jobs: JobsOption = None,
    policy_file: PolicyOption = None,
    notice: NoticeOption = "",
) -> None:
    """只读取花名册，留下单册结果，以后（或在另一台机器上）用 combine 汇总。"""
    with _starting():
        from addin import run
        from addin.district import partials

    rules = _notice(notice, policy_file)
    _folder(folder)
    number, _, of = share.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise CouldNotError(f"--share 填的是“{share}”，应形如 2/10：十份中的第二份。")
    made = not key.exists()
    secret = partials.key(key, result_folder)
    if made:
        out.print(f"新建了密钥文件：{escape(str(key.resolve()))}。请复制到其他机器；不要和单册结果放在一起，用完删除。")
    part = int(number), int(of)
    with _progress("读取") as (start, done):
        results = run.read_folder(
            folder, result_folder, rules, secret, share=part, jobs=jobs, on_start=start, on_file=done
        )
    refused = [result for result in results if result.refusal]
    out.print(
        f"读取了 {len(results):,} 个文件，{sum(map(len, results)):,} 人；单册结果在 {escape(str(result_folder.resolve()))}"
    )
    for result in refused:
        out.print(
            f"  [red]拒收[/red] {escape(result.name)}：{escape(result.refusal.sentence if result.refusal else '')}"
        )
    raise typer.Exit(WITH_ERRORS if refused else CLEAN)


@app.command(cls=Command)
def combine(
    result_folder: Annotated[Path, typer.Argument(help="单册结果所在的文件夹。", metavar="文件夹")],
    target: Annotated[Path, typer.Option("--out", "-o", help="区汇总表写到哪里。", metavar="文件")] = Path(
        "district_summary.xlsx"
    ),
    json_out: JsonOption = None,
    returns: ReturnsOption = None,
    policy_file: PolicyOption = None,
    notice: NoticeOption = "",
) -> None:
    """把 read 留下的单册结果汇总，写出区汇总表。"""
    with _starting():
        from addin import run

    rules = _notice(notice, policy_file)
    _folder(result_folder)
    extras = run.Extras(json_out, returns)
    raise typer.Exit(_show_district(run.combine(result_folder, target, rules, extras=extras), target, extras))


@app.command(cls=Command)
def circular(
    folder: Annotated[Path, typer.Argument(help="收到的花名册所在的文件夹（含子文件夹）。", metavar="文件夹")],
    month: Annotated[str, typer.Option("--month", help="哪一个月，四位年份-两位月份。", metavar="年-月")],
    target: Annotated[Path, typer.Option("--out", "-o", help="通报写到哪里。", metavar="文件")] = Path("通报.docx"),
    progress: Annotated[
        Path | None, typer.Option("--progress", help="另给每个单位写一份进度表，放到这个文件夹。", metavar="文件夹")
    ] = None,
    issuer: Annotated[str, typer.Option("--issuer", help="落款单位（不带区名）；默认按通知。", metavar="单位")] = "",
    lists: ListsOption = None,
    jobs: JobsOption = None,
    policy_file: PolicyOption = None,
    notice: NoticeOption = "",
) -> None:
    """写每月的征缴工作情况通报（Word），数字与截至月末的汇总一致。"""
    with _starting():
        from addin import policy, run
        from addin.district import report
        from addin.output import circular as circulars

    rules = _notice(notice, policy_file)
    _folder(folder)
    _there(lists)
    try:
        end = circulars.month_end(month)
    except ValueError as error:
        raise CouldNotError(f"--month 填的是“{month}”，应是“四位年份-两位月份”。") from error
    issue = run.Issue(end, progress, issuer, lists or run.lists_of(folder))
    with _progress("读取") as (start, done):
        district, later = run.write_circular(
            folder,
            target,
            rules,
            issue,
            jobs=jobs,
            on_start=start,
            on_file=done,
            other=None if notice else partial(policy.load, overlay=policy_file),
        )
    for line in report.headline(district):
        out.print(escape(line))
    if later:
        out.print(f"填报截止日期晚于{end.isoformat()}的 {later} 个文件没有计入。")
    out.print(f"[bold]通报已写好：[/bold]{escape(str(target.resolve()))}（落款日期请填上）")
    if progress:
        out.print(f"{district.policy.reporting.table}已写好：{escape(str(progress.resolve()))}")


def _show_district(district: District, target: Path, extras: run.Extras) -> int:
    """Print the result of a merge in a few lines; gives the exit code."""
    from addin.district import report

    for line in report.headline(district):
        out.print(escape(line))
    for decision in district.decisions:
        out.print(f"  [yellow]·[/yellow] {escape(decision.text)}")
    counts = count_by_severity(district.findings)
    errors, warnings = counts["error"], counts["warning"]
    out.print(f"问题：错误 {errors:,} 个，警告 {warnings:,} 个（见“问题清单”）")
    out.print(f"[bold]区汇总表已写好：[/bold]{escape(str(target.resolve()))}")
    for words, path in (
        ("数据", extras.json),
        ("退回清单", extras.returns),
        ("缴费台账（内部资料，不得张贴）", extras.ledger),
        (district.policy.reporting.table, extras.progress),
    ):
        if path:
            out.print(f"{words}已写好：{escape(str(path.resolve()))}")
    refused = any(
        line.status == "refused" for line in (*district.files, *(district.lists.files if district.lists else ()))
    )
    return WITH_ERRORS if refused or errors else CLEAN


@app.command(cls=Command)
def check(
    files: Annotated[list[Path], typer.Argument(help="要校验的花名册。", metavar="文件...")],
    json_out: Annotated[Path | None, typer.Option("--json", help="另写一份结果（JSON）。", metavar="文件")] = None,
    annotate: Annotated[
        Path | None,
        typer.Option("--annotate", help="另存标好问题的副本（含姓名，本单位使用），放到这个文件夹。", metavar="文件夹"),
    ] = None,
    lists: ListsOption = None,
    jobs: JobsOption = None,
    policy_file: PolicyOption = None,
    notice: NoticeOption = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="每个文件最多列几条。", metavar="N")] = 50,
) -> None:
    """校验花名册：每一处问题，怎么改。"""
    with _starting():
        from addin import workers

        workers.prepare(min(jobs or os.cpu_count() or 1, len(files)))
        from addin import policy
        from addin.district.alone import check_each
    rules = _notice(notice, policy_file)
    _files(*files)
    _there(lists)
    other = None if notice else partial(policy.load, overlay=policy_file)
    given = None
    if lists or annotate or json_out:
        from addin import run

        given = run.read_lists(lists, rules, jobs=jobs) if lists else None
    with _progress("校验") as (start, done):
        start(len(files))
        if lists or annotate or json_out:
            results = run.check_files(
                files, rules, jobs=jobs, on_file=done, annotate=annotate, lists=given, json=json_out, other=other
            )
        else:
            results = check_each(files, rules, jobs=jobs, on_file=done, other=other)
    worst = CLEAN
    for listed in given.files if given else ():
        _show_list(listed, limit)
        if listed.refusal or count_by_severity(listed.findings)["error"]:
            worst = WITH_ERRORS
    for line, findings in results:
        _show_file(line, findings, limit)
        if line.status == "refused" or count_by_severity(findings)["error"]:
            worst = WITH_ERRORS
    if json_out:
        shown = [_checked_json(line, findings) for line, findings in results]
        run.write_json({"policy": rules.id, "trial": list(rules.trial), "files": shown}, json_out)
        out.print(f"结果已写好：{escape(str(json_out.resolve()))}")
    if annotate:
        out.print(f"标好问题的副本已写好：{escape(str(annotate.resolve()))}")
    raise typer.Exit(worst)


def _checked_json(line: FileLine, findings: list[Finding]) -> dict[str, object]:
    """One checked file as --json writes it."""
    from addin.district import report

    keys = ("status", "code", "reason", "persons", "errors", "warnings")
    return {
        "file": line.name,
        **{key: getattr(line, key) for key in keys},
        "findings": [report.finding_json(finding) for finding in findings],
    }


def _notice(word: str, overlay: Path | None) -> Policy:
    """The notice that the command names, else the one in force."""
    from addin import policy

    _files(overlay)
    return policy.load(policy.named(word).folder if word else None, overlay)


def _folder(path: Path) -> None:
    if not path.is_dir():
        raise CouldNotError(f"找不到文件夹“{path}”，请核对路径。")


def _files(*paths: Path | None) -> None:
    for path in paths:
        if path is not None and not path.is_file():
            why = "是文件夹，请给出里面的文件" if path.is_dir() else ""
            raise CouldNotError(f"“{path}”{why}。" if why else f"找不到文件“{path}”，请核对路径。")


def _yes(question: str) -> None:
    """Ask; anything but yes, and no answer at all, ends the command with nothing changed."""
    if _answer(f"{question}（y 是，n 否）").lower() not in ("y", "yes", "是"):
        raise typer.Abort


def _answer(question: str) -> str:
    """The typed answer; '' where nobody can type."""
    err.print(question, end="")
    try:
        return input().strip()
    except EOFError:
        return ""


def _there(path: Path | None) -> None:
    if path is not None and not path.exists():
        raise CouldNotError(f"找不到名单“{path}”，请核对路径。")


def _show_file(line: FileLine, findings: list[Finding], limit: int) -> None:
    from addin.district.records import STATUS_NAMES

    out.print(f"\n[bold]{escape(line.name)}[/bold]  {escape(line.township)} {line.persons:,} 人")
    if line.status == "refused":
        out.print(f"  [red]{STATUS_NAMES['refused']}[/red]（{line.code}）{escape(line.reason)}")
        return
    counts = count_by_severity(findings)
    errors, warnings = counts["error"], counts["warning"]
    confirmed = f"，{counts['confirmed']} 个已核实" if counts["confirmed"] else ""
    out.print(f"  {errors} 个错误，{warnings} 个警告{confirmed}" + ("，可以上报" if not errors else ""))
    _show_findings(line.name, findings, limit)


def _show_list(line: ListFile, limit: int) -> None:
    from addin.district.records import STATUS_NAMES

    kind = "、".join(line.kinds)
    out.print(f"\n[bold]{escape(line.name)}[/bold]  {escape(kind)} {len(line):,} 行")
    if line.refusal:
        out.print(f"  [red]{STATUS_NAMES['refused']}[/red]（{line.refusal.code}）{escape(line.refusal.sentence)}")
    _show_findings(line.name, line.findings, limit)


def _show_findings(file: str, findings: list[Finding], limit: int) -> None:
    if not findings:
        return
    table = Table(box=None, padding=(0, 1), header_style="bold")
    for name in ("单元格", "级别", "代码", "问题", "怎么改"):
        table.add_column(name, overflow="fold")
    for finding in sorted(findings, key=lambda finding: finding.severity == "confirmed")[:limit]:
        count = f"（{finding.count}处）" if finding.count > 1 else ""
        place = finding.cell if finding.file == file else f"{escape(finding.file)} {finding.cell}"
        table.add_row(
            place,
            SEVERITY_NAMES[finding.severity],
            finding.code,
            escape(finding.problem) + count,
            escape(finding.remedy),
        )
    out.print(table)
    if len(findings) > limit:
        out.print(f"  ……另有 {len(findings) - limit} 条，用 --limit 或 --json 看全部。")


@app.command(cls=Command)
def submit(
    file: Annotated[Path, typer.Argument(help="填好的花名册。", metavar="文件")],
    folder: Annotated[
        Path | None, typer.Option("--to", help="上报文件放到哪个文件夹，默认与花名册同一处。", metavar="文件夹")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="有错误也照样生成，不再询问。")] = False,
    policy_file: PolicyOption = None,
) -> None:
    """生成上报文件：先校验，再另存一份不含宏的工作簿，名为“乡镇_分册_截止日期_第N次.xlsx”。"""
    with _starting():
        from addin import policy, run
        from addin.output import submission

    _files(file, policy_file)
    rules = policy.load(overlay=policy_file)
    try:
        judged = run.judge_file(file, rules)
    except run.OtherNotice as other:
        rules = policy.load(other.notice.folder, policy_file)
        judged = run.judge_file(file, rules)
    out.print(f"{judged.errors} 个错误，{judged.warnings} 个警告")
    if judged.errors and not yes:
        blocked = submission.blocked_words(judged, rules)
        err.print(f"照现在的内容上报，{blocked}不计入完成人数。" if blocked else "这些错误不影响计入人数，但应当改正。")
        _yes("仍要生成上报文件吗？")
    path, serial = run.submit(file, judged.edition, folder or file.parent, rules)
    out.print(f"[bold]上报文件已写好：[/bold]{escape(str(path))}")
    if serial != judged.edition.serial:
        out.print(f"同一截止日期已经生成过，这是第{serial}次；请把花名册封面的“第几次报送”也改为{serial}。")
    raise typer.Exit(WITH_ERRORS if judged.errors else CLEAN)


@app.command(cls=Command, name="template")
def make_template(
    target: Annotated[
        Path, typer.Option("--out", "-o", help="写到哪里：.xlsm带宏和功能区按钮，.xlsx不带宏。", metavar="文件")
    ],
    rows: Annotated[
        int, typer.Option("--rows", min=1, max=columns.MOST_ROWS, help="备多少行，一人一行。", metavar="N")
    ] = columns.READY_ROWS[0],
    township: Annotated[
        str, typer.Option("--township", help="封面上填好的单位，不写就由填表人选。", metavar="乡镇/街道")
    ] = "",
    policy_file: PolicyOption = None,
    notice: NoticeOption = "",
) -> None:
    """生成空白花名册模板，行数自定。"""
    with _starting():
        from addin import run
        from addin.output.template.layout import HINT_ROWS

    rules = _notice(notice, policy_file)
    unit = rules.unit(township)
    if township and unit is None:
        names = "、".join(unit.name for unit in rules.units)
        raise CouldNotError(f"没有“{township}”这个单位，请核对名称。可填：{names}。")
    run.new_roster(target, rules, rows, unit)
    out.print(f"[bold]模板已写好：[/bold]{escape(str(target.resolve()))}（{rows:,} 行）")
    if rows > HINT_ROWS:
        out.print("行数较多，“提示”列不在填表时逐行提示，填好后请校验；金额照常自动计算。")


@app.command(cls=Command, name="import")
def import_old(
    old: Annotated[
        Path, typer.Argument(help="旧册：上一年的花名册、系统导出的名单，或有表头的任何一张表。", metavar="旧册")
    ],
    target: Annotated[
        Path, typer.Option("--out", "-o", help="新花名册写到哪里（.xlsm带宏，.xlsx不带宏）。", metavar="文件")
    ],
    unit: Annotated[
        str, typer.Option("--unit", help="导入哪个单位的人；旧册里只有一个单位的不用写。", metavar="单位")
    ] = "",
    sheet: Annotated[str, typer.Option("--sheet", help="旧册里哪一张工作表；不写就自动找。", metavar="工作表")] = "",
    keep: Annotated[
        bool, typer.Option("--keep-payments", help="缴费、票据、录入和核实各栏也带入；不写就留空。")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="不再询问，直接写。")] = False,
    policy_file: PolicyOption = None,
    notice: NoticeOption = "",
) -> None:
    """从旧册导入：按表头认出各栏，先列出来，确认后写成新的花名册和一份导入说明。"""
    with _starting():
        from addin import run
        from addin.old_roster import Wanted
        from addin.output import imported

    rules = _notice(notice, policy_file)
    _files(old)
    wanted = Wanted(unit, sheet, keep)
    try:
        account = run.look_into_old(old, rules, wanted)
    except run.SeveralUnits as several:
        if yes:
            raise
        err.print(escape(str(several)))
        wanted = Wanted(_answer("导入哪个单位？"), sheet, keep)
        if not wanted.unit:
            raise
        account = run.look_into_old(old, rules, wanted)
    table = Table(box=None, padding=(0, 1), header_style="bold")
    for name in ("旧册列", "旧册表头", "新册栏目", "处理", "有内容的格", "说明"):
        table.add_column(name, overflow="fold")
    for match in account.matches:
        remarked = f"{match.remarked:,}格写入备注" if match.remarked and match.header else ""
        words = (
            match.letter,
            match.text,
            match.header,
            match.how,
            f"{match.filled:,}",
            "；".join(filter(None, (match.why, remarked))),
        )
        table.add_row(*map(escape, words))
    out.print(table)
    for line in imported.headline(account):
        out.print(escape(line))
    if not yes:
        _yes("照这样写成新的花名册吗？")
    _, note = run.import_old(old, target, rules, wanted)
    out.print(f"[bold]新花名册已写好：[/bold]{escape(str(target.resolve()))}")
    out.print(f"导入说明已写好：{escape(str(note.resolve()))}")


@app.command(cls=Command, name="policy")
def show_policy(policy_file: PolicyOption = None, notice: NoticeOption = "") -> None:
    """现行政策口径：谁缴多少、谁出资、缴费期、每一处口径。"""
    with _starting():
        from addin import amounts

    rules = _notice(notice, policy_file)
    out.print(f"[bold]{rules.title}[/bold]\n{rules.id}，{rules.issued:%Y-%m-%d}印发")
    for amendment in rules.amendments:
        out.print(escape(f"已按{amendment.id}（{amendment.issued}）修改"))
    for words in rules.trial:
        out.print(f"[red]试算：{escape(words)}[/red]")
    for group in rules.groups:
        out.print(escape(rules.group_in_words(group)))
    for scheme, facts in rules.schemes.items():
        out.print(f"\n[bold]{facts.title}[/bold]　缴费期 {facts.window.start} 至 {facts.window.end}")
        for words in (*facts.further_windows, *rules.limits_in_words(facts)):
            out.print(escape(words))
        table = _table("人员类别", "标准", "现收", "拨给乡镇的资助", "事后补给本人", "净负担", "出资方", "拨付部门")
        for name, held in amounts.cases(rules, scheme):
            due = amounts.dues(rules, scheme, held)
            funders = "\n".join(f"{share.funder} {share.fen / 100:g}" for share in due.shares) or "—"
            department = "、".join(dict.fromkeys(share.department for share in due.shares)) or "—"
            table.add_row(
                name,
                *(f"{fen / 100:g}" for fen in (due.standard, due.cash, due.subsidy, due.refund, due.net)),
                funders,
                department,
            )
        out.print(table)
        if facts.tiers:
            to_be_confirmed = "（待与省级文件核对）" if rules.entries[f"{scheme}.tiers"].to_be_confirmed else ""
            out.print(f"档次（元）：{'、'.join(f'{tier / 100:g}' for tier in facts.tiers)}{to_be_confirmed}")
        elif facts.standard.provisional:
            out.print(f"{facts.standard.fen / 100:g}元为初定，最终以上级文件为准。")
    out.print("\n[bold]口径[/bold]")
    table = _table("条款", "问题", "现行取值", "其他取值")
    for point in rules.interpretations.values():
        table.add_row(
            point.article, point.point, point.meaning, "；".join(other.meaning for other in point.alternatives)
        )
    out.print(table)
    _say_what_is_off(rules)


def _table(*names: str) -> Table:
    """A table that cuts nothing off: what does not fit goes on in the next line."""
    table = Table(show_lines=True)
    for name in names:
        table.add_column(name, overflow="fold")
    return table


def _say_what_is_off(rules: Policy) -> None:
    """The checks that are off because the notice does not say what they rest on, and the choices made as is usual."""
    from addin import checks

    for rule in checks.off(rules):
        out.print(f"通知没有写，不校验：{rule.code} {rule.title}")
    for words in rules.usual:
        out.print(f"通知没有写，按通常做法：{words}")


def _say_what_is_not_in_the_text(rules: Policy) -> None:
    """The sentences that the notice's text does not have, because their `reading` names another document."""
    from addin.policy import ELSEWHERE

    elsewhere = [entry for entry in rules.entries.values() if entry.reading.startswith(ELSEWHERE)]
    if elsewhere:
        out.print(f"注意：下列 {len(elsewhere)} 项注明出自另文，没有和通知原文核对，请人工核对：")
    for entry in elsewhere:
        out.print(f"  {escape(entry.name)}：“{escape(entry.text)}”（{escape(entry.reading)}）")


notices = typer.Typer(cls=Group, help="各年度的通知：列出、设定现行的。", no_args_is_help=True)
app.add_typer(notices, name="notice")


@notices.command(cls=Command, name="list")
def list_notices() -> None:
    """列出本机的通知，*是现行的。"""
    from addin import policy

    in_force = policy.in_force().resolve()
    for notice in policy.installed():
        mark = "*" if notice.folder.resolve() == in_force else " "
        years = "、".join(map(str, dict.fromkeys(notice.years.values())))
        whose = "" if notice.own else "（随程序）"
        out.print(
            f"{mark} [bold]{escape(notice.id)}[/bold]  {notice.issued}印发，年度{years}，文件夹{escape(notice.folder.name)}{whose}"
        )
        out.print(f"    {escape(notice.title)}")
    out.print(f"自己的通知放在：{escape(str(policy.own_notices()))}")


@notices.command(cls=Command, name="use")
def use_notice(
    word: Annotated[str, typer.Argument(help="文号、文号中的几个字或文件夹名。", metavar="通知")],
) -> None:
    """设定本机现行的通知：函数、模板、没有写明通知的命令都按它。"""
    from addin import policy

    notice = policy.named(word)
    rules = policy.load(notice.folder)
    policy.use(notice)
    out.print(f"[bold]现行通知：[/bold]{escape(rules.id)} {escape(rules.title)}")
    if os.environ.get(policy.IN_FORCE):
        out.print(f"提示：环境变量 {policy.IN_FORCE} 仍指定着“{escape(os.environ[policy.IN_FORCE])}”，以它为准。")
    out.print("Excel请关闭后重新打开，函数才按新的通知计算。")


@notices.command(cls=Command, name="check")
def check_notice(
    folder: Annotated[Path, typer.Argument(help="通知的文件夹，内有 policy.toml。", metavar="文件夹")],
) -> None:
    """核对一个通知的文件夹：一次列出全部问题，在哪个文件、哪一项，应当怎样。"""
    from addin import policy

    _folder(folder)
    faults = policy.faults(folder)
    for number, fault in enumerate(faults, 1):
        out.print(f"{number}. {escape(fault.file.name)}［{escape(fault.entry or '顶层')}］{escape(fault.problem)}")
    if faults:
        out.print(f"[bold]共 {len(faults)} 处[/bold]，改好后再核对一次。")
        raise typer.Exit(WITH_ERRORS)
    rules = policy.load(folder)
    out.print(f"[bold]没有问题：[/bold]{escape(rules.id)} {escape(rules.title)}")
    for scheme in rules.schemes.values():
        out.print(escape(f"{scheme.name}，{scheme.attachment.words}"))
    _say_what_is_not_in_the_text(rules)
    _say_what_is_off(rules)


@notices.command(cls=Command, name="new")
def new_notice(
    target: Annotated[Path, typer.Argument(help="新文件夹的名字。", metavar="文件夹")],
    old: Annotated[str, typer.Option("--from", help="照哪个通知的样子：文号、其中几个字或文件夹名。", metavar="通知")],
) -> None:
    """照旧通知的样子备一个文件夹，引文都空着，照新通知逐项填写。"""
    from addin import policy

    made = policy.begin(policy.named(old), target)
    out.print(f"[bold]新通知的文件夹已备好：[/bold]{escape(str(made.resolve()))}")
    out.print("填写方法见 docs/新年度通知.md；填好后用 liangxian notice check 核对。")


@notices.command(cls=Command, name="add")
def add_notice(
    folder: Annotated[Path, typer.Argument(help="核对无误的通知文件夹。", metavar="文件夹")],
) -> None:
    """把核对无误的通知放进本机；现行的通知不变。"""
    from addin import policy

    _folder(folder)
    if faults := policy.faults(folder):
        raise CouldNotError(f"这个通知有{len(faults)}处问题，没有放进来；请先用 liangxian notice check 核对改好。")
    made = policy.add(folder)
    out.print(f"[bold]已放进本机：[/bold]{escape(str(made))}")
    _say_what_is_not_in_the_text(policy.load(made))
    out.print("现行的通知没有变；要改用它，请运行 liangxian notice use。")


def _version(value: bool) -> None:
    if value:
        out.print(f"liangxian {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="显示版本。")] = False,
) -> None:
    """城乡居民养老、医保两险征缴。"""


if __name__ == "__main__":
    main()
