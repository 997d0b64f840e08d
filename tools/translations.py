"""Catalogues of texts: `translations.py update` (extract, update, compile) or `translations.py compile`.

`_`, `gettext`, `lazy_gettext` and `say` mark a text where it is used, `N_` where it is only named; `ngettext` takes a
singular and a plural. Compiled catalogues (.mo) are not committed.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "app" / "translations"
LANGUAGES = ("zh", "en")
# Lines of a catalogue's head that name a machine's hour or nobody; without them two updates give the same file.
NOISE = re.compile(
    r'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To|Generated-By|Project-Id)'
)
KEYWORDS = ("_", "gettext", "lazy_gettext", "_l", "say", "N_", "ngettext:1,2")
ARGUMENTS = ("required:1",)  # what a required field asks for stands there as a plain argument
# What Flask-AppBuilder itself may put on a page; its own Chinese catalogue lacks some of it or words it badly.
OF_APPBUILDER = (
    "Access is Denied", "Added Row", "Already exists.", "Associated data exists, please delete them first",
    "Changed Row", "Database Error", "Deleted Row", "General Error", "Integrity error, probably unique constraint",
    "Invalid file extension", "Invalid login. Please try again.", "No records found", "Not a valid choice",
    "Not a valid date value", "This field is required.",
)  # fmt: skip


def pybabel(*arguments: object) -> None:
    code = CommandLineInterface().run(["pybabel", "--quiet", *map(str, arguments)])
    if code:
        raise SystemExit(code)


def compile_catalogues() -> None:
    """Make the .mo files; nothing happens where a language has no catalogue yet or its .mo is newer."""
    for language in LANGUAGES:
        source = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
        target = source.with_suffix(".mo")
        if source.exists() and not (target.exists() and target.stat().st_mtime > source.stat().st_mtime):
            pybabel("compile", "-i", source, "-o", target, "-l", language)
    print("   翻译已编译 / catalogues compiled")


def update_catalogues() -> None:
    """Read the texts out of the program; a text that is gone leaves the catalogues, a new one waits untranslated.

    The program's texts are Chinese and go into the English catalogue, the library's are English and go into ours.
    """
    os.chdir(ROOT)  # so that the places named in the catalogues are relative
    with tempfile.TemporaryDirectory() as folder:
        program, library = Path(folder) / "messages.pot", Path(folder) / "library.pot"
        keywords = [part for keyword in (*KEYWORDS, *ARGUMENTS) for part in ("-k", keyword)]
        options = ["--no-default-keywords", "--no-wrap", "--sort-by-file", "--add-location=file"]
        pybabel("extract", "-F", "babel.cfg", *keywords, *options, "-o", program, "app")
        with program.open("rb") as file:
            write_template(program, read_po(file), labels())
        write_template(library, Catalog(), ((text, "flask_appbuilder") for text in OF_APPBUILDER))
        for language, template in zip(LANGUAGES, (library, program), strict=True):
            update_catalogue(language, template)
    compile_catalogues()


def update_catalogue(language: str, template: Path) -> None:
    catalogue = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if catalogue.exists():
        options = ["--no-fuzzy-matching", "--ignore-obsolete"]
        pybabel("update", "-i", template, "-o", catalogue, "-l", language, "--no-wrap", *options)
    else:
        pybabel("init", "-i", template, "-o", catalogue, "-l", language, "--no-wrap")
    quieten(catalogue)


def labels() -> Iterator[tuple[str, str]]:
    """(text, file) of texts that stand in tables and not in a call: vocabularies, roles, policies, the menu."""
    sys.path.insert(0, str(ROOT))
    from app.domain import enums
    from app.permissions import ROLE_LABELS
    from app.views import MENU, PUBLIC_MENU
    from app.workflows.policy import POLICIES

    for vocabulary in vars(enums).values():
        if isinstance(vocabulary, type) and issubclass(vocabulary, enums.Labelled):
            yield from ((member.label, "app/domain/enums.py") for member in vocabulary)
    yield from ((label, "app/permissions.py") for label in ROLE_LABELS.values())
    for policy in POLICIES.values():
        yield from ((text, "app/workflows/policy.py") for text in (policy.label, policy.unit) if text)
    for group in MENU:
        yield from ((text, "app/views.py") for text in (group.label, *(item.label for item in group.items)) if text)
    yield from ((label, "app/views.py") for label, _ in PUBLIC_MENU)


def write_template(template: Path, catalogue: Catalog, texts: Iterable[tuple[str, str]]) -> None:
    for text, place in texts:
        catalogue.add(text, locations=[(place, 0)])
    with template.open("wb") as file:
        write_po(file, catalogue, width=0, sort_by_file=True, include_lineno=False)


def quieten(catalogue: Path) -> None:
    lines = catalogue.read_text(encoding="utf-8").splitlines(keepends=True)
    head = next(number for number, line in enumerate(lines) if line.startswith("msgid"))
    kept = [line for line in lines[head:] if not NOISE.match(line)]
    catalogue.write_text("".join(kept), encoding="utf-8")


if __name__ == "__main__":
    commands = {"update": update_catalogues, "compile": compile_catalogues}
    if sys.argv[1:] not in ([name] for name in commands):
        raise SystemExit("usage: translations.py update | compile")
    commands[sys.argv[1]]()
