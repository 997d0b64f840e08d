"""Server-side pages of a list: 50 rows by default, 200 at most; bad numbers answer 400."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, redirect, request, session, url_for
from sqlalchemy import Select
from werkzeug.wrappers import Response

SIZES = (50, 100, 200)
LARGEST = 200
MOST_COUNTED = 10_000  # of longer lists nobody knows the end: pages are turned from the start or from the end
LONGEST_QUERY = 1500


@dataclass
class Page:
    """One page of a list as `components/page.html` draws it."""

    number: int
    size: int
    total: int = 0
    sort: str = ""
    descending: bool = False
    sizes: tuple[int, ...] = SIZES
    exact: bool = True  # False: `total` is how many may be turned through from either end, and there are more
    from_end: bool = False  # the page's number counts from the last one

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    def sorted(self, query: Select, column: Any, *keys: Any) -> Select:
        """The query in the page's order, turned round when pages are counted from the end (`rows_of` turns back)."""
        turned = self.from_end
        columns = [] if column is None else [column.desc() if self.descending != turned else column.asc()]
        return query.order_by(*columns, *(key.desc() if turned else key.asc() for key in keys))

    def rows_of(self, found: list[Any]) -> list[Any]:
        """The rows as found, in the order in which they are shown."""
        return found[::-1] if self.from_end else found

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return self.offset + 1 if self.total > self.offset else 0

    @property
    def last(self) -> int:
        return min(self.total, self.offset + self.size)

    def around(self) -> list[int]:
        """Page numbers to offer: both ends and the neighbours; 0 stands for a gap."""
        wanted = sorted({1, self.pages, *range(max(1, self.number - 2), min(self.pages, self.number + 2) + 1)})
        found: list[int] = []
        for number in wanted:
            if found and number - found[-1] > 1:
                found.append(0)
            found.append(number)
        return found

    def address(self, **changes: Any) -> str:
        """The present address with another page, size or order; filters stay."""
        # "endpoint" and names that begin with "_" are url_for's own (_scheme, _external); the page's own keys win
        own = {name for name in request.args if name == "endpoint" or name.startswith("_")}
        given = {name: values for name, values in request.args.to_dict(flat=False).items() if name not in own}
        arguments = {**given, **request.view_args}
        names = {"number": "page", "size": "size", "sort": "sort"}
        if "sort" in changes or "from_end" in changes:
            arguments.pop("end", None)
        for name, value in changes.items():
            if name == "from_end":
                arguments |= {"end": "1"} if value else {}
            elif name == "descending":
                arguments["order"] = "desc" if value else "asc"
            else:
                arguments[names[name]] = value
        return url_for(request.endpoint, **arguments)


def page_of(total: int | None = None, *, sorts: tuple[str, ...] = (), sort: str = "", descending: bool = False) -> Page:
    """Read page, size and order from the address. With `total`, a page past the end becomes the last one.

    A total above MOST_COUNTED says that counting stopped there.
    """
    exact = (total or 0) <= MOST_COUNTED
    known = total or 0 if exact else MOST_COUNTED
    page = Page(_number("page", 1), min(_number("size", SIZES[0]), LARGEST), known, sort, descending, exact=exact)
    page.from_end = not exact and request.args.get("end") == "1"
    asked = request.args.get("sort", "")
    if asked:
        if asked not in sorts:
            abort(400)
        page.sort, page.descending = asked, request.args.get("order") == "desc"
    if total is not None:
        page.number = min(page.number, page.pages)
    return page


def remembered() -> Response | None:
    """Lists remember their filters: a bare visit goes to the last ones, `?clear=1` forgets them; None: draw it."""
    kept = dict(session.get("lists", {}))
    if request.args.get("clear"):
        kept.pop(request.endpoint, None)
        session["lists"] = kept
        return redirect(url_for(request.endpoint, **request.view_args))
    if not request.args:
        return redirect(last_address(request.endpoint)) if kept.get(request.endpoint) else None
    query = request.query_string.decode()
    if len(query) <= LONGEST_QUERY and kept.get(request.endpoint) != query:
        session["lists"] = {**kept, request.endpoint: query}
    return None


def forget_list(endpoint: str) -> None:
    """The next bare visit begins without filters."""
    kept = dict(session.get("lists", {}))
    if kept.pop(endpoint, None):
        session["lists"] = kept


def last_address(endpoint: str) -> str:
    """The list with the filters this person used last."""
    query = session.get("lists", {}).get(endpoint, "")
    return url_for(endpoint) + (f"?{query}" if query else "")


def _number(name: str, default: int) -> int:
    text = request.args.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= len(text) <= 9 or int(text) < 1:
        abort(400)
    return int(text)
