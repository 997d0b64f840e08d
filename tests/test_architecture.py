"""The standing rules of the house, read from the source (docs/architecture.md, CONTRIBUTING.md)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app"
SOURCES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in sorted(APP.rglob("*.py"))}
TREES = {name: ast.parse(text) for name, text in SOURCES.items()}
TEMPLATES = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in APP.rglob("templates/**/*.html")}
PRINTED = "app/templates/printables/"  # papers, not pages: no browser and no policy there
OWN_STATIC = [
    path for path in (APP / "static").rglob("*") if path.suffix in {".css", ".js"} and "vendor" not in path.parts
]


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def attributes_called(name: str, *attributes: str) -> list[int]:
    """Lines of a file on which a method of one of these names is called."""
    return [
        call.lineno
        for call in calls(TREES[name])
        if isinstance(call.func, ast.Attribute) and call.func.attr in attributes
    ]


def modules(*starts: str, outside: tuple[str, ...] = ()) -> list[str]:
    return [name for name in TREES if name.startswith(starts or "app/") and not name.startswith(outside or ("-",))]


def found(names, look) -> list[str]:
    """`file:line` of everything that `look(name)` names."""
    return [f"{name}:{line}" for name in names for line in look(name)]


def test_only_the_transaction_module_commits_or_rolls_back():
    allowed = (
        "app/transaction.py",
        "app/commands/init.py",  # the lock around the migrations holds its own connection
    )
    names = modules(outside=allowed)
    assert found(names, lambda name: attributes_called(name, "commit", "rollback", "begin", "begin_nested")) == []


def test_request_and_user_stay_in_the_screens():
    globals_of_flask = {"request", "g", "session", "flash", "current_user", "current_app"}

    def look(name):
        for node in ast.walk(TREES[name]):
            if isinstance(node, ast.ImportFrom) and node.module in {"flask", "flask_login"}:
                used = {alias.name for alias in node.names} & globals_of_flask
                if used:
                    yield node.lineno

    # Between FAB and us: its security manager asks about the signed-in user; extensions find their application.
    between = ("app/screens/", "app/__init__.py", "app/security.py", "app/extensions.py", "app/commands/")
    assert found(modules(outside=between), look) == []


def test_screens_are_imported_by_nobody_below():
    def look(name):
        for node in ast.walk(TREES[name]):
            module = getattr(node, "module", "") or ""
            if isinstance(node, ast.ImportFrom) and module.startswith("app.screens"):
                yield node.lineno

    below = modules(
        "app/domain", "app/entities", "app/ledger", "app/queries", "app/workflows", "app/documents", "app/jobs"
    )
    assert found(below, look) == []


def test_states_move_only_in_the_engine():
    """`.state = …` is written by the engine; a sign of a dataclass or a column is not an attribute assignment."""

    def look(name):
        for node in ast.walk(TREES[name]):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            for target in targets:
                if isinstance(target, ast.Attribute) and target.attr == "state" and not _is_self(target):
                    yield node.lineno

    # A job's state belongs to its runner, which is no workflow.
    assert found(modules(outside=("app/workflows/engine.py", "app/jobs/")), look) == []


def _is_self(target: ast.Attribute) -> bool:
    return isinstance(target.value, ast.Name) and target.value.id == "self"


def test_money_is_written_only_by_the_ledger():
    ledger_tables = {"Posting", "JournalEntry", "HouseAccount", "PoolAccount", "ProjectHouse"}

    def look(name):
        for call in calls(TREES[name]):
            function = call.func
            made = isinstance(function, ast.Name) and function.id in ledger_tables
            verb = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            written = verb in {"insert", "update", "delete"} and call.args and _names(call.args[0]) & ledger_tables
            if made or written:
                yield call.lineno

    assert found(modules(outside=("app/ledger/", "app/demo/")), look) == []


def _names(node: ast.AST) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def test_amounts_are_never_floats():
    def look(name):
        for node in ast.walk(TREES[name]):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
                yield node.lineno
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                yield node.lineno

    assert found(modules("app/domain", "app/ledger"), look) == []


def test_there_is_no_clock_below_the_screens():
    def look(name):
        for call in calls(TREES[name]):
            if re.fullmatch(r"(datetime|date|clock)\.(now|today|utcnow)", ast.unparse(call.func)):
                yield call.lineno

    assert found(modules("app/domain", "app/entities", "app/ledger", "app/queries", "app/workflows"), look) == []


def test_sentences_are_templates_not_f_strings():
    """`_()`, `say()`, `gettext()` and `N_()` are looked up in a catalogue: a finished text is never found there."""

    def look(name):
        for call in calls(TREES[name]):
            verb = call.func.id if isinstance(call.func, ast.Name) else ""
            first = call.args[0] if call.args else None
            if verb in {"_", "say", "gettext", "lazy_gettext", "N_"} and isinstance(first, (ast.JoinedStr, ast.BinOp)):
                yield call.lineno

    assert found(modules(), look) == []


def test_every_exposed_route_names_its_permission():
    def look(name):
        for node in ast.walk(TREES[name]):
            if isinstance(node, ast.FunctionDef):
                names = [_decorator(d) for d in node.decorator_list]
                if "expose" in names and "requires" not in names:
                    yield node.lineno

    assert found([name for name in modules("app/screens") if name != "app/screens/base.py"], look) == []


def _decorator(node: ast.AST) -> str:
    function = node.func if isinstance(node, ast.Call) else node
    return getattr(function, "id", getattr(function, "attr", ""))


def test_the_guard_is_lifted_only_where_it_is_said_why():
    allowed = {
        "app/tenancy.py",
        "app/workflows/messages.py",  # whom to tell: people of other organisations
        "app/screens/session.py",  # who signed in, before there is an actor
        "app/workflows/area_change/actions.py",  # areas that the applicant does not serve yet
        "app/workflows/area_change/filing.py",  # the same
        "app/workflows/votes/actions.py",  # a number taken by a vote of the area's former company
    }
    names = [name for name, text in SOURCES.items() if "unguarded(" in text and name not in allowed]
    assert names == []


@pytest.mark.parametrize("name", sorted(name for name in TEMPLATES if not name.startswith(PRINTED)))
def test_pages_have_no_inline_script_and_no_inline_style(name):
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}", "", TEMPLATES[name], flags=re.S)
    text = re.sub(r"\{\{.*?\}\}", "value", text, flags=re.S)
    assert re.findall(r"\sstyle\s*=", text) == []
    assert re.findall(r"\son[a-z]+\s*=\s*[\"']", text) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", text) if "nonce=" not in tag] == []
    assert re.findall(r"javascript:", text) == []
    assert re.findall(r"<style", text) == []


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_pages_load_nothing_from_elsewhere(name):
    assert re.findall(r"(?:src|href|action)\s*=\s*[\"']?(?:https?:)?//", TEMPLATES[name]) == []


@pytest.mark.parametrize("path", OWN_STATIC, ids=lambda path: path.name)
def test_own_scripts_and_sheets_load_nothing_from_elsewhere(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.S)
    assert re.findall(r"url\(\s*[\"']?(?:https?:)?//|@import", text) == []
    assert [host for host in re.findall(r"https?://[\w.-]+", text) if "www.w3.org" not in host] == []


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_posting_form_carries_the_csrf_token(name):
    text = re.sub(r"\{#.*?#\}", "", TEMPLATES[name], flags=re.S)
    for form in re.findall(r"<form\b.*?</form>", text, flags=re.S):
        if re.search(r"method=[\"']?post", form, flags=re.I):
            carried = ("csrf_token", "form_hidden", "hidden_tag", "self.hidden", "caller()")
            assert any(sign in form for sign in carried), form[:200]


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_modules_are_no_longer_than_400_lines(name):
    assert SOURCES[name].count("\n") <= 400
