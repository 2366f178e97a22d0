"""Excel's side: what the ribbon's buttons do, the self check, and files dropped on an icon.

In: Excel with the workbook that is in front when a button is clicked, or the names that Explorer hands over. Out:
values in cells, files beside them, messages. Thin shells over the core.
"""
