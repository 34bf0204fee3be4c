"""The HTML page of query plans in headless Chromium: keys, search, sorting, comparison, and that plan text stays text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from indexadvisor.explain.engine import analyse
from indexadvisor.explain.plan import Plan, PlanNode, numbered
from indexadvisor.report.plan.html import render
from indexadvisor.report.plan.model import PlanResult
from tests.fakes.plan_results import hostile_result, timed_result

pytestmark = pytest.mark.browser

NODE = "#p1 .tree > .node"


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("plans") / "plans.html"
    file.write_text(render([timed_result(), hostile_result()]), encoding="utf-8")
    return file


@pytest.fixture
def page(browser, path):
    return opened(browser, path)


def opened(browser, path):
    browser.get("about:blank")
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(path.as_uri())
    return browser


def press(page, *keys):
    ActionChains(page).send_keys(*keys).perform()


def shown(page, selector=NODE):
    return page.execute_script(
        f"return Array.from(document.querySelectorAll('{selector}')).filter(e => e.offsetParent !== null).map(e => Number(e.dataset.n))"
    )


def focused(page):
    return page.execute_script("return document.activeElement.parentElement && document.activeElement.parentElement.dataset.n")


def focus(page, number):
    page.execute_script(f"document.querySelector('#p1-n{number} > summary').focus()")


def test_it_renders_without_error_and_without_a_request(page, path):
    assert page.title == "2 plans"
    assert [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"] == []
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert set(asked) <= {path.as_uri(), "data:,"}
    assert path.as_uri() in asked  # the log does see requests


def test_hostile_text_stays_text(page):
    assert page.execute_script("return window.pwned") is None
    assert page.execute_script("return [document.scripts.length, document.images.length, document.styleSheets.length]") == [1, 0, 1]
    for details in page.find_elements(By.CSS_SELECTOR, "#p2 details"):
        page.execute_script("arguments[0].open = true", details)
    assert "<script>window.pwned=1</script>" in page.find_element(By.ID, "p2").text
    assert page.execute_script("return window.pwned") is None


def test_arrows_move_fold_and_unfold(page):
    focus(page, 0)
    press(page, Keys.ARROW_DOWN)
    assert focused(page) == "1"
    press(page, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP)
    assert focused(page) == "2"
    press(page, Keys.ARROW_LEFT)
    assert focused(page) == "1"
    press(page, Keys.ARROW_LEFT)
    assert shown(page) == [0, 1]
    press(page, Keys.ARROW_RIGHT)
    assert shown(page) == [0, 1, 2, 3, 4]
    press(page, Keys.ARROW_RIGHT, Keys.END)
    assert focused(page) == "4"
    press(page, Keys.HOME)
    assert focused(page) == "0"


def test_enter_opens_the_properties_of_a_node(page):
    focus(page, 2)
    press(page, Keys.ENTER)
    panel = page.find_element(By.CSS_SELECTOR, "#p1-n2 .panel")
    assert panel.is_displayed()
    assert "Rows Removed by Filter" in panel.text
    assert "995,200" in panel.text
    press(page, Keys.ENTER)
    assert not panel.is_displayed()


def test_a_click_on_the_fold_button_folds_without_opening(page):
    page.find_element(By.CSS_SELECTOR, "#p1-n1 .fold").click()
    assert shown(page) == [0, 1]
    assert page.find_element(By.ID, "p1-n1").get_attribute("open") is None
    page.find_element(By.CSS_SELECTOR, "#p1 [data-fold]").click()
    assert shown(page) == [0, 1, 2, 3, 4]


def test_a_slash_searches_and_keeps_the_way_up_to_each_match(page):
    press(page, "/")
    press(page, "customers")
    assert page.find_element(By.CSS_SELECTOR, "#p1 .found").text == "1 of 5 nodes"
    assert shown(page) == [0, 1, 3, 4]
    press(page, Keys.ENTER)
    assert focused(page) == "4"
    press(page, "/", Keys.ESCAPE)
    assert shown(page) == [0, 1, 2, 3, 4]


def test_a_search_finds_what_only_the_properties_hold(page):
    press(page, "/")
    press(page, "995,200")
    assert page.find_element(By.CSS_SELECTOR, "#p1 .found").text == "1 of 5 nodes"


def test_the_table_sorts_by_number_and_back(page):
    focus(page, 0)
    press(page, "t")
    assert shown(page) == []
    button = page.find_element(By.XPATH, "//section[@id='p1']//th/button[text()='own time, ms']")
    button.click()
    first = shown(page, "#p1 .table-view tbody tr")
    assert first[0] == 2
    button.click()
    assert shown(page, "#p1 .table-view tbody tr") == first[::-1]
    page.find_element(By.CSS_SELECTOR, "#p1 [data-view=tree]").click()
    assert shown(page) == [0, 1, 2, 3, 4]


def test_a_finding_leads_to_its_node_even_where_that_is_folded(page):
    page.find_element(By.CSS_SELECTOR, "#p1 [data-fold]").click()
    assert shown(page) == [0]
    page.find_element(By.CSS_SELECTOR, "#p1-f1 a.to-node").click()
    WebDriverWait(page, 10).until(lambda page: focused(page) == "2")
    assert page.find_element(By.CSS_SELECTOR, "#p1-n2 .panel").is_displayed()


def test_a_node_of_one_plan_lights_up_its_twin_in_the_other(page):
    row = page.find_element(By.CSS_SELECTOR, "#p1-t1 .outline[data-side=before] .o[data-n='2']")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", row)
    ActionChains(page).move_to_element(row).perform()
    lit = page.execute_script("return Array.from(document.querySelectorAll('#p1 .o.twin')).map(e => e.textContent)")
    assert len(lit) == 2
    assert "Seq Scan on orders o" in lit[0]
    assert "Index Scan using orders_status_idx on orders o" in lit[1]


def test_copying_says_so(page):
    button = page.find_element(By.CSS_SELECTOR, "#p1-t1 button[data-copy]")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    WebDriverWait(page, 10).until(lambda page: button.text in ("Copied", "Press Ctrl+C"))


def test_a_question_mark_lists_the_keys(page):
    press(page, "?")
    assert page.find_element(By.ID, "help").is_displayed()
    press(page, Keys.ESCAPE)
    assert not page.find_element(By.ID, "help").is_displayed()


def test_nothing_is_wider_than_a_narrow_window(browser, path):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": False})
    try:
        page = opened(browser, path)
        assert page.execute_script("return document.documentElement.scrollWidth") <= 400
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_without_a_script_everything_can_be_read(browser, path):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page = opened(browser, path)
        assert len([node for node in page.find_elements(By.CSS_SELECTOR, NODE) if node.is_displayed()]) == 5
        assert not page.find_element(By.CSS_SELECTOR, "#p1 .toolbar").is_displayed()
        page.find_element(By.CSS_SELECTOR, "#p1-n2 > summary").click()
        assert page.find_element(By.CSS_SELECTOR, "#p1-n2 .panel").is_displayed()
        page.find_element(By.CSS_SELECTOR, "#p1 .table-view > summary").click()
        assert page.find_element(By.CSS_SELECTOR, "#p1 .table-view table").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_a_plan_of_five_hundred_nodes_folds_and_searches(browser, tmp_path):
    scans = tuple(PlanNode("Seq Scan", 0.0, 10.0, 100.0, 4, f"part_{n}", "public", details={"Filter": f"(a = {n})"}) for n in range(250))
    deep = PlanNode("Result")
    for _ in range(249):
        deep = PlanNode("Nested Loop", 0.0, 10.0, 1.0, 4, children=(deep,))
    plan = Plan(numbered(PlanNode("Append", 0.0, 1000.0, 1.0, 4, children=(*scans, deep))))
    file = tmp_path / "large.html"
    file.write_text(render([PlanResult("large", analyse(plan))]), encoding="utf-8")
    page = opened(browser, file)
    assert len(shown(page)) == 501
    press(page, "/")
    press(page, "part_249")
    assert shown(page) == [0, 250]
    press(page, Keys.ESCAPE)
    page.find_element(By.CSS_SELECTOR, "#p1 [data-fold]").click()
    assert shown(page) == [0]
    assert page.execute_script("return document.documentElement.scrollWidth <= innerWidth")
