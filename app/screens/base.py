"""The base of generated screens: list, show, add, edit, delete and export of one table, in the shell.

It is a Flask-AppBuilder ModelView with what `architecture.md` fences off put right: filters of the request only, own
forms instead of selects over whole tables, one commit with its audit event, 400 and 404 instead of 500, no bulk
actions. A screen says what is listed and which Permission reads and edits; the rest follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from flask import abort, request, url_for
from flask_appbuilder import ModelView, expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from flask_wtf import FlaskForm
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app import audit, clock
from app.domain.errors import Conflict, Refusal, say
from app.entities.base import Encrypted
from app.extensions import db
from app.permissions import Permission
from app.queries.listing import counted, paged
from app.screens import exporting, labels, rows, searching
from app.screens.choosing import RowField
from app.screens.filters import plain, square_metres, thousands, yuan
from app.screens.lines import Line, lines_of
from app.screens.paging import MOST_COUNTED, Page, last_address, page_of, remembered
from app.screens.request import actor, new_form_key, requires, submit_once
from app.tenancy import is_limited
from app.transaction import unit_of_work

NUMBERS = {yuan, square_metres, thousands}
READ, EDIT = ("list", "show", "export"), ("add", "edit", "delete")
KEY = re.compile("[1-9][0-9]{0,17}")


class Table(ModelView):
    """One table's screens. Subclasses set `model`, `noun`, `read_right` and what follows."""

    model: ClassVar[type]
    noun: ClassVar[str]  # 房屋: titles are made from it
    read_right: ClassVar[Permission]
    edit_right: ClassVar[Permission | None] = None
    form: ClassVar[type[FlaskForm] | None] = None
    searches: ClassVar[dict[str, searching.Text]] = {}
    order_by: ClassVar[dict[str, Any]] = {}  # listed column → what the database sorts by
    first_order: ClassVar[tuple[str, bool]] = ("", False)  # column, descending
    total_columns: ClassVar[tuple[str, ...]] = ()
    eager: ClassVar[tuple[Any, ...]] = ()  # relationships shown in the list; a tuple is a path of them
    eager_row: ClassVar[tuple[Any, ...]] = ()  # what the page of one row shows beside these
    hint: ClassVar[str] = ""  # what to do when there is nothing yet
    leaves_out_few: ClassVar[bool] = False  # query() narrows, but to nearly all rows of the table
    can_delete: ClassVar[bool] = True
    fixed: ClassVar[tuple[str, ...]] = ()  # fields that an edit shows but doesn't change
    personal_columns: ClassVar[tuple[str, ...]] = ()  # encrypted: shown masked
    key_type: ClassVar[Callable[[str], Any]] = int
    default_view = "list"
    list_template = "appbuilder/general/model/list.html"
    show_template = "appbuilder/general/model/show.html"
    form_template = "appbuilder/general/model/form.html"

    def __init_subclass__(cls, **kwargs):
        """Guard every route by the screen's own Permission, and register only those it has."""
        super().__init_subclass__(**kwargs)
        if not hasattr(cls, "model"):
            return
        cls.datamodel = SQLAInterface(cls.model)
        columns = cls.model.__mapper__.columns
        cls.personal_columns = tuple(column.key for column in columns if isinstance(column.type, Encrypted))
        rights = dict.fromkeys(READ, cls.read_right)
        if cls.edit_right and cls.form:
            rights |= {name: cls.edit_right for name in EDIT if name != "delete" or cls.can_delete}
        if cls.personal_columns:
            rights["reveal"] = Permission.PERSONAL_DATA
        own = [name for name, member in vars(cls).items() if hasattr(member, "_urls")]
        rights |= {name: cls.read_right for name in own if name not in rights}
        for name, right in rights.items():
            method = getattr(cls, name)
            if getattr(vars(cls).get(name), "_permission", None) is None:
                setattr(cls, name, requires(right)(getattr(method, "_unguarded", method)))
                getattr(cls, name)._unguarded = getattr(method, "_unguarded", method)
        cls.include_route_methods = set(rights)
        cls.method_permission_name = {name: getattr(cls, name)._permission.value for name in rights}

    # --- what FAB would work out for all tables ------------------------------------------------------

    def _init_forms(self) -> None:
        """Forms are our own classes; FAB's would offer every row of every related table."""

    def _init_titles(self) -> None:
        self.title = self.list_title = self.noun

    def _gen_labels_columns(self, list_columns) -> None:
        """FAB would write English names made from the columns'."""

    def label_of(self, name: str) -> str:
        return gettext((self.label_columns or {}).get(name) or labels.COLUMNS.get(name, name))

    row_key = staticmethod(rows.key_of)

    def is_number(self, name: str) -> bool:
        return (self.formatters_columns or {}).get(name) in NUMBERS

    def cell(self, row: Any, name: str) -> Any:
        """A value as the list shows it."""
        value = getattr(row, name, None)
        if name in self.personal_columns:
            return rows.masked(name, value)
        formatter = (self.formatters_columns or {}).get(name, plain)
        return formatter(value)

    def lines(self, found: Sequence[Any], may: dict[str, bool]) -> list[Line]:
        """The list's rows, drawn."""
        return lines_of(self, found, may)

    # --- reading -------------------------------------------------------------------------------------

    def query(self):
        """All rows this screen is about; a screen narrows it."""
        return select(self.model)

    def _filtered(self):
        """(query, active filters, sentences about filters that can't be read) of this request."""
        active = searching.active_filters(self.searches, request.args)
        names = {name: self.label_of(name) for name in self.searches}
        query, faults = searching.apply_filters(self.query(), active, names)
        return query, active, faults

    def _ordered(self, query, page: Page):
        return page.sorted(query, self.order_by.get(page.sort), *self.model.__mapper__.primary_key)

    @expose("/list/")
    def list(self):
        if answer := remembered():
            return answer
        query, active, faults = self._filtered()
        total, sums = self._counted(query, active, every="sums" in request.args)
        page = page_of(total, sorts=tuple(self.order_by), sort=self.first_order[0], descending=self.first_order[1])
        found = self._page_of_rows(query, page)
        return self._draw(
            self.list_template, rows=found, page=page, active=active, faults=faults,
            totals=sums if page.exact or "sums" in request.args else {}, title=gettext(self.noun),
        )  # fmt: skip

    def _page_of_rows(self, query, page: Page) -> list[Any]:
        query = self._ordered(query, page).options(*map(joined, self.eager))
        return page.rows_of(list(db.session.scalars(paged(query, page.size, page.offset)).unique()))

    def _counted(self, query, active: list[searching.Active], *, every: bool) -> tuple[int, dict[str, str]]:
        """How many rows are filtered, and their sums; it stops beyond MOST_COUNTED unless `every`."""
        columns = [getattr(self.model, name) for name in self.total_columns]
        found = query.with_only_columns(*self.model.__mapper__.primary_key, *columns)
        is_whole = (query.whereclause is None or (self.leaves_out_few and not active)) and not is_limited(actor())
        total, sums = counted(
            db.session(), found, self.total_columns, most=None if every else MOST_COUNTED + 1,
            whole=self.model.__table__ if is_whole else None,
        )  # fmt: skip
        named = zip(self.total_columns, sums, strict=True)
        return total, {name: self.formatters_columns[name](value) for name, value in named}

    @expose("/show/<pk>")
    def show(self, pk):
        return self.draw_row(self.row_of(pk))

    def row_of(self, pk: str) -> Any:
        """The row of an address; what is no key, or not theirs, doesn't exist."""
        try:
            key = self.key_type(pk)
        except (ValueError, TypeError):
            abort(404)
        if isinstance(key, int) and not 0 < key < 2**63:
            abort(404)
        by_key = select(self.model).where(self.model.__mapper__.primary_key[0] == key)
        named = map(joined, (*self.eager, *self.eager_row))
        return db.session.scalars(by_key.options(*named)).unique().first() or abort(404)

    def draw_row(self, row: Any, *, refusal: Refusal | None = None, revealed: bool = False):
        """The page of one row."""
        shown = [(name, self.label_of(name), self._shown(row, name, revealed)) for name in self.show_columns]
        return self._draw(
            self.show_template, row=row, key=rows.key_of(row), shown=shown, refusal=refusal, revealed=revealed,
            title=self.title_of(row), personal=[name for name in self.personal_columns if getattr(row, name)],
            sections=self.sections(row),
        )  # fmt: skip

    def title_of(self, row: Any) -> str:
        return str(row)

    def _shown(self, row: Any, name: str, revealed: bool) -> Any:
        value = getattr(row, name, None)
        return (value or plain(None)) if revealed and name in self.personal_columns else self.cell(row, name)

    def sections(self, row: Any) -> list[dict[str, Any]]:
        """Tables below a row: {title, head, rows, more}; a screen gives them."""
        return []

    @expose("/show/<pk>/reveal", methods=["POST"])
    def reveal(self, pk):
        """The full personal data on one click; the click is an audit event."""
        row = self.row_of(pk)
        with unit_of_work() as work:
            columns = "、".join(labels.COLUMNS.get(name, name) for name in self.personal_columns if getattr(row, name))
            audit.record(
                work, actor(), "reveal", self.model.__tablename__, rows.key_of(row), now=clock.now(),
                summary=f"{self.noun} {row}：{columns}",
            )  # fmt: skip
        return self.draw_row(self.row_of(pk), revealed=True)

    @expose("/export")
    def export(self):
        """What is filtered, as Excel; personal data stays masked."""
        query, active, _ = self._filtered()
        page = page_of(None, sorts=tuple(self.order_by), sort=self.first_order[0], descending=self.first_order[1])
        ordered = self._ordered(query, page).options(*map(joined, self.eager)).execution_options(yield_per=1000)
        return exporting.export_list(
            exporting.Listing(
                self.noun, self.model.__tablename__,
                count=lambda most: db.session.scalar(select(func.count()).select_from(query.limit(most).subquery())),
                rows=lambda most: db.session.scalars(ordered.limit(most)), write=exporting.table_writer(self),
                told="；".join(f"{self.label_of(item.name)}：{item.words}" for item in active if item.text),
            )
        )  # fmt: skip

    # --- writing -------------------------------------------------------------------------------------

    def prepare(self, work, row: Any, form: FlaskForm, *, is_new: bool) -> None:
        """Fill what is not typed (sort keys, the own organisation); raise Refusal for what can't be."""

    def check_delete(self, work, row: Any) -> None:
        """Raise Refusal when a row must stay for a reason that is no foreign key."""

    def new_form(self, row: Any | None = None) -> FlaskForm:
        """The form as posted, or drawn from the row, or empty."""
        form = self.form(obj=row) if row is not None else self.form(data=self._prefilled())
        for name in self.fixed_of(row) if row is not None else ():
            form[name].data, form[name].raw_data = getattr(row, name), None
            form[name].process_errors = []
            form[name].render_kw = {"disabled": True}
        return form

    def fixed_of(self, row: Any) -> tuple[str, ...]:
        """Fields that an edit of this row shows but doesn't change."""
        return self.fixed

    def _prefilled(self) -> dict[str, int]:
        """Choices that the address brings along: …/add?contractor_id=7. They are checked like typed ones."""
        names = {name for name, maker in vars(self.form).items() if getattr(maker, "field_class", None) is RowField}
        return {name: int(text) for name, text in request.args.items() if name in names and KEY.fullmatch(text)}

    @expose("/add", methods=["GET", "POST"])
    def add(self):
        return self._write(None)

    @expose("/edit/<pk>", methods=["GET", "POST"])
    def edit(self, pk):
        return self._write(self.row_of(pk))

    def _write(self, row: Any | None):
        form = self.new_form(row)
        if request.method == "GET":
            return self._draw_form(form, row)
        if not form.validate():
            return self._draw_form(form, row, status=422)
        key = rows.key_of(row) if row is not None else None

        def do(work):
            return self._store(work, key, form)

        def refused(refusal: Refusal):
            placed = form.add_refusal(refusal)
            return self._draw_form(form, row, refusal=None if placed else refusal, status=422)

        said = say("已保存")
        return submit_once(do, answer=lambda stored: self.address_after(stored), said=said, refused=refused)

    def address_after(self, row: Any) -> str:
        return url_for(f"{self.endpoint}.show", pk=rows.key_of(row))

    def _store(self, work, key: Any, form: FlaskForm) -> Any:
        is_new = key is None
        row = self.model() if is_new else rows.locked(work, self.model, key)
        if not is_new and request.form.get("seen") != rows.fingerprint(row):
            raise Conflict(say("已被他人修改，请刷新后再看"))
        before = {} if is_new else rows.snapshot(row)
        with work.no_autoflush:
            form.populate_obj(row)
            self.prepare(work, row, form, is_new=is_new)
            rows.refuse_twins(work, row, self.label_of)
        if is_new:
            work.add(row)
        rows.flush(work)
        self._audit(work, "add" if is_new else "edit", row, rows.changes(before, rows.snapshot(row)))
        return row

    @expose("/delete/<pk>", methods=["POST"])
    def delete(self, pk):
        row = self.row_of(pk)
        key = rows.key_of(row)

        def do(work):
            target = rows.locked(work, self.model, key)
            self.check_delete(work, target)
            rows.refuse_orphans(work, target, self.noun)
            before = rows.snapshot(target)
            self._audit(work, "delete", target, rows.changes(before, {}))
            work.delete(target)
            rows.flush(work)

        def refused(refusal: Refusal):
            return self.draw_row(self.row_of(pk), refusal=refusal)

        said = say("已删除%(noun)s“%(row)s”", noun=self.noun, row=str(row))
        return submit_once(do, answer=url_for(f"{self.endpoint}.list"), said=said, refused=refused)

    def _audit(self, work, action: str, row: Any, changes: dict[str, list[Any]]) -> None:
        audit.record(
            work, actor(), action, self.model.__tablename__, rows.key_of(row), now=clock.now(),
            summary=f"{labels.ACTIONS[action]}{self.noun}：{self.title_of(row)}", changes=changes,
        )  # fmt: skip

    # --- drawing -------------------------------------------------------------------------------------

    def _draw_form(self, form: FlaskForm, row: Any | None, *, refusal: Refusal | None = None, status: int = 200):
        noun = gettext(self.noun)
        title = gettext("添加%(noun)s", noun=noun) if row is None else gettext("编辑%(noun)s", noun=noun)
        return self._draw(
            self.form_template, form=form, row=row, key=rows.key_of(row) if row is not None else None, title=title,
            seen=rows.fingerprint(row) if row is not None else "", refusal=refusal, status=status,
            faults_count=sum(bool(field.errors) for field in form),
        )  # fmt: skip

    def _draw(self, template: str, *, status: int = 200, **values):
        who = actor()
        routes = self.include_route_methods.intersection((*EDIT, "reveal"))
        may = {name: who.can(getattr(self, name)._permission) for name in routes}
        answer = self.render_template(
            template, view=self, may=may, form_key=new_form_key(), actor=who, generated=True, **values
        )
        return answer, status

    def list_address(self) -> str:
        """Back to the list as this person last filtered it."""
        return last_address(f"{self.endpoint}.list")


def joined(path: Any):
    """Load a relationship, or each one of a path, with the rows."""
    first, *others = path if isinstance(path, tuple) else (path,)
    option = joinedload(first)
    for relationship in others:
        option = option.joinedload(relationship)
    return option
