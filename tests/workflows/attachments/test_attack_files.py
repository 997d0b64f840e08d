"""The hostile files of tests/support/make_attack_files.py, as attachments: each ends as its manifest says."""

from __future__ import annotations

import io
import resource
import time
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from app.domain.errors import Refusal
from app.workflows.attachments import scanner
from app.workflows.attachments.content import check_file

# What is an upload's own business; sheets as such (shape, values, csv) are the import's.
UPLOADS = {"ok", "doc", "image", "xlsx_zip", "xlsx_xml"}
# Whole as files, wrong as lists: nobody parses an attached workbook.
LISTS_ONLY = {"xlsx_xml/bad_xml.xlsx", "xlsx_xml/far_cell.xlsx"}


def outcome(name: str, data: bytes) -> str:
    try:
        check_file(name, data)
    except Refusal as refusal:
        assert refusal.field == "file"
        return "reject"
    return "accept"


@pytest.mark.slow
def test_every_upload_ends_as_the_manifest_says(attack):
    folder, manifest, _names = attack
    wrong, judged = {}, 0
    for entry in manifest:
        name = entry["file"]
        if name.split("/")[0] not in UPLOADS or name in LISTS_ONLY or entry.get("only_if"):
            continue
        judged += 1
        data, before, start = (folder / name).read_bytes(), peak(), time.perf_counter()
        found = outcome(Path(name).name, data)
        spent, grown = time.perf_counter() - start, peak() - before
        if entry["expect"] != "neutral" and found != entry["expect"]:
            wrong[name] = found
        if spent > entry["max_seconds"] or grown > entry["max_extra_mib"]:
            wrong[name] = f"{spent:.1f} s, {grown} MiB"
    assert wrong == {}
    assert judged == 70


def peak() -> int:
    """The process's largest memory so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def test_hostile_names_never_name_a_folder_nor_hide_their_extension(attack):
    folder, _manifest, names = attack
    data = (folder / "ok/good.pdf").read_bytes()
    for entry in names:
        try:
            kept = check_file(entry["name"], data).file_name
        except Refusal:
            continue
        assert kept.lower().endswith(".pdf")
        assert len(kept) <= 200
        assert not set(kept) & set("/\\\0\r\n\u202e\u200b")


def test_names_that_people_give_are_kept(attack):
    data = (attack[0] / "ok/good.pdf").read_bytes()
    assert check_file("公告 附件(1).pdf", data).file_name == "公告 附件(1).pdf"
    assert check_file("文件.PDF", data).file_name == "文件.PDF"
    assert check_file("../../etc/passwd.pdf", data).file_name == "passwd.pdf"


def test_pictures_lose_what_is_no_picture(attack):
    folder = attack[0]
    for name in ("jpg_gps_exif.jpg", "jpg_html_comment.jpg", "png_then_zip.png"):
        stored = check_file(name, (folder / "image" / name).read_bytes()).data
        picture = Image.open(io.BytesIO(stored))
        assert dict(picture.getexif()) == {}
        assert "comment" not in picture.info
        assert not zipfile.is_zipfile(io.BytesIO(stored))
        assert picture.size == (64, 48)


def test_a_zip_holds_only_what_may_be_uploaded():
    def packed(**files: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, data in files.items():
                archive.writestr(name.replace("_", "."), data)
        return out.getvalue()

    assert outcome("合同.zip", packed(a_pdf=b"%PDF-1.4", b_jpg=b"\xff\xd8\xff")) == "accept"
    assert outcome("合同.zip", packed(a_exe=b"MZ")) == "reject"
    assert outcome("合同.zip", packed(a_pdf=b"MZ")) == "reject"
    assert outcome("合同.zip", packed(a_zip=packed(b_pdf=b"%PDF-"))) == "reject"
    assert outcome("合同.zip", packed()) == "reject"


def test_the_scanner_refuses_what_it_knows(attack, clamd):
    folder, manifest, _names = attack
    assert scanner.state() == "ready"
    scanner.scan((folder / "ok/good.pdf").read_bytes())
    marked = [entry["file"] for entry in manifest if entry.get("only_if") == "scanner"]
    assert marked == ["doc/marker_like_eicar.pdf", "doc/marker_in_xlsx.xlsx"]
    for name in marked:
        with pytest.raises(Refusal):
            scanner.scan((folder / name).read_bytes())


def test_a_scanner_that_does_not_answer_lets_nothing_pass():
    scanner.configure("127.0.0.1:9")
    try:
        assert scanner.state() == "unreachable"
        with pytest.raises(Refusal):
            scanner.scan(b"%PDF-")
    finally:
        scanner.configure("")
    assert scanner.state() == "off"
