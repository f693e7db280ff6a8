"""One page of a run: `report.html`, self-contained, offline, with all that one looks at first.

    choosing   what is shown: the rules of thinning        framing    one frame as a blob
    packing    arrays as text                              telling    words, numbers, time series
    making     the page from its files                     *.html *.css *.js    what a browser runs; uplot/ is uPlot

Names and titles are data: they go into the page as JSON and become text there, never markup.
"""

from gputme.report.page.choosing import Wish
from gputme.report.page.making import NAME, View, page, view, write_page

__all__ = ["NAME", "View", "Wish", "page", "view", "write_page"]
