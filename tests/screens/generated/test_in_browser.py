"""Generated screens in a real browser: content policy kept, no serious axe finding, dialogs in Chinese."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest
from werkzeug.serving import make_server

from tests.support.browser import axe_violations, new_page
from tests.support.sessions import COOKIE


@pytest.fixture
def visit(app, city, browser, signed_in):
    """`with visit("clerk") as page:` a page signed in as that user; what its console complains of fails the test."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    @contextmanager
    def come(username: str, **options):
        page = new_page(browser, f"http://127.0.0.1:{server.server_port}", **options)
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        number = signed_in(username).get_cookie(COOKIE).value
        page.context.add_cookies([{"name": COOKIE, "value": number, "url": f"http://127.0.0.1:{server.server_port}"}])
        yield page
        page.context.close()
        assert complaints == []

    yield come
    server.shutdown()
    thread.join()


def is_complaint(said) -> bool:
    """Anything but the browser's note that an answer was a 422 or 404."""
    return said.type in ("error", "warning") and "responded with a status of 4" not in said.text


def is_wide(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize(
    ("user", "address"),
    [
        ("clerk", "/"), ("agent", "/"), ("clerk", "/houses/list/?_flt_0_area=安居"), ("clerk", "/houses/add"),
        ("clerk", "/owners/show/1"), ("finance", "/accounts/"), ("finance", "/accounts/1"),
        ("supervisor", "/policies/"), ("agent", "/search/?q=安居"), ("auditor", "/audit/list/"),
        ("clerk", "/messages/"),
    ],
)  # fmt: skip
def test_page_is_clean_accessible_and_not_too_wide(visit, user, address):
    with visit(user) as page:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert axe_violations(page) == []
        assert not is_wide(page)


def test_page_fits_a_phone_and_its_menu_opens(visit):
    with visit("agent", width=390, height=800) as page:
        page.goto("/")
        assert not is_wide(page)
        assert not page.is_visible(".sidebar")
        page.click(".menu-toggle")
        assert page.is_visible(".sidebar")
        assert page.get_attribute(".menu-toggle", "aria-expanded") == "true"
        assert axe_violations(page) == []


def test_filters_are_added_and_removed_by_hand(visit):
    with visit("clerk") as page:
        page.goto("/houses/list/")
        page.click("a.accordion-toggle")
        page.wait_for_selector(".filters tr")
        page.click("#filter_form .dropdown-toggle")
        page.click("[data-add-filter=room]")
        page.select_option("tr[data-filter=room] .filter-op", label="等于")
        page.fill("tr[data-filter=room] .filter-value", "C1")
        page.click("tr[data-filter=area] .remove-filter")
        page.click("#filter_form [type=submit]")
        page.wait_for_url("**_flt_2_room=C1")
        assert page.locator("tbody tr td:nth-child(2) a").all_inner_texts() == ["2幢C1", "鸿雁2幢C1"]


def test_delete_asks_first_and_names_the_row(visit):
    with visit("clerk") as page:
        page.goto("/houses/list/?_flt_2_room=C1&_flt_0_area=安居")
        page.click("button.confirm")
        page.wait_for_selector("#confirm-dialog", state="visible")
        assert page.inner_text("#confirm-text") == "删除房屋“2幢C1”？删除后不能恢复。"
        assert page.inner_text("#confirm-ok") == "删除"
        page.click("#confirm-dialog [data-dismiss]")
        page.wait_for_selector("#confirm-dialog", state="hidden")
        assert "/houses/list/" in page.url
        page.click("button.confirm")
        page.wait_for_selector("#confirm-dialog", state="visible")
        page.wait_for_timeout(300)
        page.click("#confirm-ok")
        page.wait_for_selector(".alert-danger")
        assert "不能删除房屋“2幢C1”：还有" in page.inner_text(".alert-danger")


def test_choosing_field_finds_by_what_is_typed_and_narrows(visit):
    with visit("clerk") as page:
        page.goto("/houses/add")
        choose(page, "area_id", "安居", "安居苑")
        choose(page, "building_id", "2", "2幢")
        assert page.input_value("#building_id")
        page.click("#select2-building_id-container")
        page.wait_for_selector(".select2-results__option:not(.loading-results)")
        assert "鸿雁2幢" not in page.locator(".select2-results__option").all_inner_texts()
        assert axe_violations(page, ("minor", "moderate", "serious", "critical")) == []  # while it stands open


def choose(page, field: str, typed: str, expected: str) -> None:
    page.click(f"#select2-{field}-container")
    page.keyboard.type(typed)  # opened, it has the focus
    assert page.input_value(".select2-search__field") == typed
    page.locator(".select2-results__option", has_text=expected).first.click()


def test_date_picker_speaks_chinese(visit):
    with visit("clerk") as page:
        page.goto("/buildings/add")
        page.click("#completed_on")
        page.wait_for_selector(".datepicker")
        assert page.locator(".datepicker-days .dow").all_inner_texts() == ["一", "二", "三", "四", "五", "六", "日"]
        assert "月" in page.inner_text(".datepicker-days .datepicker-switch")
        page.locator("#completed_on").press_sequentially("2026-02-30")  # no calendar over the save button
        page.wait_for_selector(".datepicker", state="detached")
        page.click("main form button[type=submit]")
        page.wait_for_selector("#completed_on-error:has-text('日期无效')")
        assert page.input_value("#completed_on") == "2026-02-30"  # and is not corrected on the way
        assert page.locator(".datepicker").count() == 0  # nor is the error covered


def test_form_with_errors_keeps_what_was_typed_and_leads_to_the_first(visit):
    with visit("clerk") as page:
        page.goto("/houses/add")
        page.fill("#room", "909")
        page.fill("#floor_area", "1.234")
        page.click("#model_form [type=submit]")
        page.wait_for_selector(".alert-danger")
        assert page.input_value("#room") == "909"
        assert page.input_value("#floor_area") == "1.234"
        assert page.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"


def test_leaving_with_something_typed_warns(visit):
    with visit("clerk") as page:
        asked: list[str] = []
        page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        page.goto("/districts/add")
        page.fill("#name", "开发区")
        page.click(".sidebar a >> nth=0")
        page.wait_for_url("**/")
        assert asked == ["beforeunload"]
