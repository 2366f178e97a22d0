"""The district's monthly circular (通报) as a Word document, in the customary form of a government circular, 六(四).

In: a `District` of the rosters whose 填报截止日期 is not after the month's end, and that day. Out: a .docx with title,
body, the two tables in the attachments' order, ranking, who has not reported, problems by kind, and charts as pictures.
Every figure is one of `report.to_json` of the same district; the same district gives the same bytes. `words` has the
sentences, `pictures` the charts, `document` the page.
"""

from addin.output.circular.document import Unreadable, verify, write
from addin.output.circular.words import month_end, name_of

__all__ = ["Unreadable", "month_end", "name_of", "verify", "write"]
