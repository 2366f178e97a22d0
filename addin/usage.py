"""The command line's own help, in Chinese and whole: the parser's is half English and cuts what does not fit a line.

In: a command as the parser knows it. Out: its usage, what it does, its arguments, options and subcommands, wrapped to
the width of the terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

_HELP = "显示用法。"


class Command(TyperCommand):
    """A command whose help is ours."""

    def format_help(self, ctx: Any, formatter: object) -> None:
        """Print the help; `formatter`, which would take English text, stays empty."""
        show(self, ctx)


class Group(TyperGroup):
    """A group of commands whose help is ours."""

    def format_help(self, ctx: Any, formatter: object) -> None:
        """Print the help; `formatter`, which would take English text, stays empty."""
        show(self, ctx)


def show(command: TyperCommand | TyperGroup, context: Any) -> None:
    """Print a command's help."""
    console = Console(highlight=False)
    parameters = command.get_params(context)
    arguments = [parameter for parameter in parameters if isinstance(parameter, TyperArgument)]
    options = [parameter for parameter in parameters if isinstance(parameter, TyperOption)]
    commands = getattr(command, "commands", {})
    words = ["[选项]", *(parameter.metavar or "" for parameter in arguments), *(["命令"] if commands else [])]
    console.print(f"用法：{escape(' '.join([context.command_path, *words]))}", soft_wrap=True)
    console.print(f"\n{escape(command.help or '')}")
    _section(console, "命令", ((name, subcommand.help) for name, subcommand in commands.items()))
    _section(console, "参数", ((parameter.metavar or "", parameter.help) for parameter in arguments))
    _section(console, "选项", ((_names(parameter), _about(parameter)) for parameter in options))
    if commands:
        console.print(f"\n每个命令的用法：{escape(context.command_path)} 命令 --help", soft_wrap=True)


def _names(option: TyperOption) -> str:
    metavar = "" if option.is_flag else f" {option.metavar}"
    return f"{'，'.join(option.opts)}{metavar}"


def _about(option: TyperOption) -> str:
    if "--help" in option.opts:
        return _HELP
    notes = ["必填。"] if option.required else []
    if not option.is_flag and option.default not in (None, ""):
        notes = [f"默认{option.default}。"]
    return "".join([option.help or "", *notes])


def _section(console: Console, title: str, lines: Iterable[tuple[str, str | None]]) -> None:
    """A title and its lines in two columns; nothing where there are none."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in lines:
        table.add_row(f"  {escape(name)}", escape(text or ""))
    if table.row_count:
        console.print(f"\n{title}：")
        console.print(table)
