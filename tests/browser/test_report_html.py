"""The HTML report in headless Chromium: what a reader does with it, and what captured text must not be able to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from indexadvisor.report.write import write
from tests.fakes.document import sample

pytestmark = pytest.mark.browser

@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return write(sample(), tmp_path_factory.mktemp("report"), ("html",))[0]


@pytest.fixture
def page(browser, path):
    browser.get("about:blank")
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(path.as_uri())
    return browser


def texts(page, selector):
    return [element.text for element in page.find_elements(By.CSS_SELECTOR, selector)]


def column(page, number):
    return page.execute_script(
        "return Array.from(document.querySelectorAll('#query-table > tbody > tr')).filter(r => !r.hidden)"
        f".map(r => r.cells[{number}].dataset.sort)"
    )


def test_it_renders_without_error_and_without_a_request(page, path):
    assert page.title == "Index advice for lifeceo"
    assert len(page.find_elements(By.CSS_SELECTOR, ".rec:not(.drop)")) == 10
    assert [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"] == []
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert set(asked) <= {path.as_uri(), "data:,"}
    assert path.as_uri() in asked  # the log does see requests


def test_a_script_in_a_captured_query_stays_text(page):
    assert page.execute_script("return window.pwned") is None
    assert page.execute_script("return document.scripts.length") == 1
    assert "<script>window.pwned=1</script>" in page.find_element(By.ID, "q-666bad").get_attribute("textContent")


def test_even_an_injected_script_is_refused_by_the_policy(page):
    page.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.pwned = 2'; document.body.append(s);"
        "const i = document.createElement('img'); i.src = 'https://example.invalid/x'; i.setAttribute('onerror', 'window.pwned = 3');"
        "document.body.append(i);"
    )
    assert page.execute_script("return window.pwned") is None
    refused = [entry["message"] for entry in page.get_log("browser") if "Content Security Policy" in entry["message"]]
    assert len(refused) >= 2


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_it(page):
    heading = page.find_element(By.XPATH, "//th[button[text()='Calls']]")
    button = heading.find_element(By.TAG_NAME, "button")
    button.click()
    calls = [int(value) for value in column(page, 1)]
    assert calls == sorted(calls, reverse=True)
    assert heading.get_attribute("aria-sort") == "descending"
    button.click()
    assert [int(value) for value in column(page, 1)] == sorted(calls)
    assert heading.get_attribute("aria-sort") == "ascending"
    assert len(page.find_elements(By.CSS_SELECTOR, "th[aria-sort=ascending], th[aria-sort=descending]")) == 1


def test_unknown_values_stay_last_in_either_direction(page):
    button = page.find_element(By.XPATH, "//th/button[text()='Before']")
    for _ in range(2):
        button.click()
        values = column(page, 4)
        assert values[-2:] == ["", ""]
        assert "" not in values[:-2]


def test_text_columns_sort_as_text(page):
    page.find_element(By.XPATH, "//th/button[text()='Query']").click()
    assert column(page, 0) == sorted(column(page, 0))


def test_the_filter_keeps_rows_that_hold_every_word(page):
    box = page.find_element(By.ID, "filter")
    box.send_keys("conversations status")
    assert column(page, 0) == ["0be516"]
    assert page.find_element(By.ID, "filter-count").text == "1 of 14 shown"
    box.send_keys(Keys.CONTROL, "a")
    box.send_keys(Keys.DELETE)
    assert page.find_element(By.ID, "filter-count").text == "14 of 14 shown"


def test_a_recommendation_opens_by_keyboard(page):
    summary = page.find_element(By.CSS_SELECTOR, "#r2 > summary")
    page.execute_script("arguments[0].focus()", summary)
    assert page.find_element(By.ID, "r2").get_attribute("open") is None
    ActionChains(page).send_keys(Keys.ENTER).perform()
    assert page.find_element(By.ID, "r2").get_attribute("open") is not None
    assert "CREATE INDEX CONCURRENTLY" in page.find_element(By.ID, "ddl-2").text


def test_tab_reaches_every_control(page):
    page.execute_script("document.activeElement.blur()")
    reached = set()
    for _ in range(60):
        ActionChains(page).send_keys(Keys.TAB).perform()
        reached.add(
            page.execute_script("return document.activeElement.tagName + (document.activeElement.id && '#' + document.activeElement.id)")
        )
    assert {"SUMMARY", "BUTTON", "BUTTON#toggle", "INPUT#filter", "A"} <= reached


def test_all_recommendations_open_and_close_with_one_button(page):
    button = page.find_element(By.ID, "toggle")
    button.click()
    assert len(page.find_elements(By.CSS_SELECTOR, ".rec[open]:not(.drop)")) == 10
    assert button.text == "Collapse all"
    button.click()
    assert len(page.find_elements(By.CSS_SELECTOR, ".rec[open]:not(.drop)")) == 0


def test_an_index_to_drop_opens_with_both_statements_and_leads_to_its_successor(page):
    assert len(page.find_elements(By.CSS_SELECTOR, ".drop")) == 3
    card = page.find_element(By.ID, "d2")
    card.find_element(By.TAG_NAME, "summary").click()
    assert card.get_attribute("open") is not None
    assert "DROP INDEX CONCURRENTLY public.memories_user_id_idx;" in card.text
    assert "CREATE INDEX CONCURRENTLY memories_user_id_idx" in card.text
    card.find_element(By.CSS_SELECTOR, "a[href='#r1']").click()
    WebDriverWait(page, 5).until(lambda _: page.execute_script("return location.hash") == "#r1")


def test_an_unconfirmed_query_leads_to_what_the_server_said(page):
    page.find_element(By.CSS_SELECTOR, "#q-a01b77 a[href='#verification']").click()
    WebDriverWait(page, 5).until(
        lambda driver: driver.execute_script(
            "const box = document.getElementById('verification').getBoundingClientRect(); return box.top >= 0 && box.top < innerHeight"
        )
    )


def test_copy_says_that_it_copied(page):
    page.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    button = page.find_element(By.CSS_SELECTOR, "#r1 button[data-copy]")
    button.click()
    WebDriverWait(page, 5).until(lambda _: button.text == "Copied")
    copied = page.execute_async_script("navigator.clipboard.readText().then(arguments[0], e => arguments[0](String(e)))")
    assert copied == sample().recommendations[0].ddl


def test_a_link_to_a_query_opens_it(page):
    page.find_element(By.CSS_SELECTOR, "#r1 a[href='#q-3f9ac1']").click()
    WebDriverWait(page, 5).until(
        lambda driver: driver.find_element(By.CSS_SELECTOR, "#q-3f9ac1 details.sql").get_attribute("open") is not None
    )


def test_the_page_fits_its_window_wide_and_narrow(page):
    for width in (1400, 500):
        page.set_window_size(width, 900)
        page.execute_script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert page.execute_script("return document.documentElement.scrollWidth <= document.documentElement.clientWidth"), width
    page.set_window_size(1400, 1000)


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_it_follows_the_colour_scheme_with_enough_contrast(page, scheme, dark):
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    try:
        assert (luminance(page, "body", "backgroundColor") < 0.2) is dark
        for selector, property_name in (
            ("body", "color"),
            (".figure small", "color"),
            (".caveat", "color"),
            (".unknown", "color"),
            ("a", "color"),
            (".tag-warn", "color"),
            (".drop .figure small", "color"),
        ):
            front, back = luminance(page, selector, property_name), background(page, selector)
            # WCAG 2.2, success criterion 1.4.3
            assert (max(front, back) + 0.05) / (min(front, back) + 0.05) >= 4.5, (scheme, selector)
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def background(page, selector):
    color = page.execute_script(
        "let e = document.querySelector(arguments[0]);"
        "while (e && getComputedStyle(e).backgroundColor === 'rgba(0, 0, 0, 0)') e = e.parentElement;"
        "return getComputedStyle(e ?? document.body).backgroundColor", selector
    )  # fmt: skip
    return _luminance(color)


def luminance(page, selector, name):
    return _luminance(page.execute_script("return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]", selector, name))


def _luminance(color):
    """Return the relative luminance of ``rgb(r, g, b)`` (WCAG 2.2, definition "relative luminance")."""
    channels = [int(part) / 255 for part in color.removeprefix("rgba").removeprefix("rgb").strip("()").split(",")[:3]]
    linear = [channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4 for channel in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
