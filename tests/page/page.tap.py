#!/usr/bin/env python3
"""TAP: the page of aserve in headless Chromium: it loads, is kept up to date, sorts, filters, comes back after the
server was away, asks for a token; no error on the console, nothing that axe-core finds. SHOTS=FOLDER keeps
screenshots."""
import json
import os
import random
import sys

from browser import Table, axe_source, eventually, run, with_selenium

with_selenium()
from selenium import webdriver  # noqa: E402 pylint: disable=wrong-import-position,import-error
from selenium.webdriver.chrome.service import Service  # noqa: E402 pylint: disable=wrong-import-position,import-error
from selenium.webdriver.common.by import By  # noqa: E402 pylint: disable=wrong-import-position,import-error
from selenium.webdriver.common.keys import Keys  # noqa: E402 pylint: disable=wrong-import-position,import-error

EXAMS = ["Learning Git", "Introduction to Java 8", "Learning SQL for Oracle", "Introduction to Hadoop YARN",
         "Git Fundamentals for Web Developers", "What's New in <b>JavaScript</b> & more", "Learning Eclipse"]
ROWS = [json.dumps({"exam_name": name, "attempts": 10 + 7 * i, "mean": round(0.9 - i * 0.11, 4), "note": None})
        for i, name in enumerate(EXAMS)]


def browser():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--window-size=1400,900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def find(selector):
    return DRIVER.find_element(By.CSS_SELECTOR, selector)


def script(text, *arguments):
    return DRIVER.execute_script(text, *arguments)


def names():
    return script("return [...document.querySelectorAll('#rows th')].map((one) => one.textContent)")


def cell(name, column):
    """The text of a row's cell, or None."""
    return script("""
        const heads = [...document.querySelectorAll('#columns button')];
        const rows = [...document.querySelectorAll('#rows tr')];
        const at = heads.findIndex((one) => one.dataset.column === arguments[1]);
        const row = rows.find((one) => one.firstChild.textContent === arguments[0]);
        return row && at >= 0 ? row.children[at].textContent : null""", name, column)


def press(column):
    find("#columns button[data-column=%s]" % column).click()


def filter_by(text):
    field = find("#filter")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(Keys.DELETE)
    field.send_keys(text)


def console():
    """What the console said, but for requests that found nobody: a browser says these by itself."""
    return [entry["message"] for entry in DRIVER.get_log("browser")
            if "ERR_CONNECTION_REFUSED" not in entry["message"] and "ERR_INCOMPLETE_CHUNKED" not in entry["message"]
            and "ERR_CONNECTION_RESET" not in entry["message"] and "ERR_EMPTY_RESPONSE" not in entry["message"]]


def expect(wanted, got):
    if wanted != got:
        raise AssertionError("expected %r\ngot %r" % (wanted, got))


def open_page(table, place=""):
    DRIVER.get("about:blank")
    DRIVER.get(table.url + place)
    eventually("live", lambda: script("return document.querySelector('#state').dataset.state") == "live")


def shot(name):
    folder = os.environ.get("SHOTS")
    if folder:
        DRIVER.save_screenshot(os.path.join(folder, name + ".png"))


def axe(name):
    script(AXE)
    found = DRIVER.execute_async_script("""
        const done = arguments[0];
        axe.run(document, { resultTypes: ['violations'] }).then((found) => done(found.violations.map(
            (one) => one.id + ': ' + one.help + ': ' + one.nodes.map((node) => node.html).slice(0, 3).join(' '))))""")
    expect((name, []), (name, found))


def size(width, height, mobile=False):
    DRIVER.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile})


def colours(scheme):
    DRIVER.execute_cdp_cmd("Emulation.setEmulatedMedia",
                           {"features": [{"name": "prefers-color-scheme", "value": scheme}]})


def loads():
    """all rows are there, texts as texts, numbers with bars"""
    open_page(TABLE)
    eventually("all rows", lambda: names() == EXAMS)
    expect("Exam scores", DRIVER.title)
    expect("10", cell(EXAMS[0], "attempts"))
    expect("–", cell(EXAMS[0], "note"))
    expect(0, script("return document.querySelectorAll('#rows b').length"))
    parts = script("return [...document.querySelectorAll('#rows tr')].map((one) => "
                   "one.children[1].querySelector('.bar').style.getPropertyValue('--part'))")
    expect("1.0000", parts[-1])
    expect(sorted(parts), parts)


def updates():
    """rows that change, come and go; large numbers keep their digits"""
    open_page(TABLE)
    TABLE.send('{"exam_name":"Learning Git","attempts":12345,"mean":0.5,"note":null}',
               '{"exam_name":"New","attempts":12345678901234567890,"mean":-1.5,"note":{"a":[1]}}')
    eventually("a changed row", lambda: cell("Learning Git", "attempts") == "12,345")
    eventually("a new row", lambda: cell("New", "note") == '{"a":[1]}')
    expect("12345678901234567890", cell("New", "attempts"))
    expect(1, script("return document.querySelectorAll('#rows .bar.below').length"))
    TABLE.send('{"exam_name":"New","_deleted":true}', ROWS[0])
    eventually("a row that went", lambda: "New" not in names())
    eventually("and the old value", lambda: cell("Learning Git", "attempts") == "10")


def sparklines():
    """each row's last values, also those from before the page was opened"""
    def line():
        return script("""
            const rows = [...document.querySelectorAll('#rows tr')];
            const row = rows.find((one) => one.textContent.startsWith('Learning Eclipse'));
            const path = row && row.querySelector('.trend path');
            return path ? path.getAttribute('d') : ''""")

    for mean in (0.2, 0.8, 0.4):
        TABLE.send('{"exam_name":"Learning Eclipse","attempts":52,"mean":%s,"note":null}' % mean)
    open_page(TABLE)
    eventually("three values", lambda: line().count("L") >= 2)
    path = line()
    TABLE.send(ROWS[6])
    eventually("one more", lambda: line() != path)


def sorts():
    """by a press on a column's name, and by the keyboard; the address keeps it"""
    open_page(TABLE)
    press("attempts")
    expect(EXAMS[::-1], names())
    expect("descending", find("#columns th:nth-child(2)").get_attribute("aria-sort"))
    TABLE.send('{"exam_name":"Learning Git","attempts":1000,"mean":0.9,"note":null}')
    eventually("a row that goes up", lambda: names()[0] == "Learning Git")
    TABLE.send(ROWS[0])
    eventually("and down", lambda: names()[-1] == "Learning Git")
    press("attempts")
    expect(EXAMS, names())
    button = find("#columns button[data-column=exam_name]")
    button.send_keys(Keys.ENTER)
    expect(sorted(EXAMS), names())
    expect("ascending", find("#columns th").get_attribute("aria-sort"))
    expect("Sorted by exam_name, ascending", find("#said").get_attribute("textContent"))
    open_page(TABLE, "#sort=mean&descending=")
    eventually("sorted", lambda: names() == EXAMS)
    expect("descending", find("#columns th:nth-child(3)").get_attribute("aria-sort"))


def filters():
    """words, comparisons, and what matches nothing"""
    open_page(TABLE)
    find("body").send_keys("/")
    expect("filter", script("return document.activeElement.id"))
    for text, wanted in (("git", [EXAMS[0], EXAMS[4]]), ("git web", [EXAMS[4]]), ("attempts>38", EXAMS[5:]),
                         ("learning attempts<=24", [EXAMS[0], EXAMS[2]]), ('"to java"', [EXAMS[1]]),
                         ("exam_name:yarn", [EXAMS[3]]), ("mean=0.9", [EXAMS[0]]), ("<b>", [EXAMS[5]])):
        filter_by(text)
        eventually(text, lambda wanted=wanted: names() == wanted)
    filter_by("nothing like it")
    eventually("the words", lambda: find("#empty").text == "No row matches the filter.")
    find("#filter").send_keys(Keys.ESCAPE)
    eventually("all again", lambda: names() == EXAMS)


def pages():
    """of many rows only some are drawn, more on demand; all are sorted and filtered"""
    table = Table("-k", "id", "--title", "Many")
    try:
        table.send(*['{"id":%d,"n":%d}' % (i, (i * 7919) % 5000) for i in range(5000)])
        open_page(table)
        eventually("all rows", lambda: find("#count").text == "5,000 rows")
        expect(200, len(names()))
        press("n")
        expect("4,999", script("return document.querySelector('#rows td').textContent"))
        find("#more").click()
        expect(400, len(names()))
    finally:
        table.close()


def reconnects():
    """after the server was away, with the rows as they are then"""
    open_page(TABLE)
    TABLE.stop()
    eventually("lost", lambda: script("return document.querySelector('#state').dataset.state") == "lost")
    expect(EXAMS, names())
    TABLE.start()
    TABLE.send(*ROWS[:3], '{"exam_name":"Another","attempts":1,"mean":1}')
    eventually("the rows of the new one", lambda: names() == EXAMS[:3] + ["Another"])
    eventually("live", lambda: script("return document.querySelector('#state').dataset.state") == "live")
    TABLE.send('{"exam_name":"Another","_deleted":true}', *ROWS)
    eventually("changes again", lambda: names() == EXAMS)


def misses_nothing():
    """a thousand changes while it loads, and it ends in the state of the server"""
    values = random.Random(5)
    sums = {}
    open_page(TABLE)
    for step in range(1000):
        name = values.choice(EXAMS)
        sums[name] = step
        TABLE.send(json.dumps({"exam_name": name, "attempts": step, "mean": values.random(), "note": None}))
        if step == 300:
            DRIVER.get("about:blank")
            DRIVER.get(TABLE.url)
    for name, last in sums.items():
        eventually(name, lambda name=name, last=last: cell(name, "attempts") == "{:,}".format(last))
    TABLE.send(*ROWS)
    eventually("the rows from before", lambda: cell(EXAMS[6], "attempts") == "52")


def token():
    """is asked for, refused when wrong, and taken from the address"""
    path = os.path.join(TABLE.folder.name, "token")
    with open(path, "w", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write("correct-horse-battery\n")
    table = Table("-k", "exam_name", "--token-file", path)
    try:
        table.send(*ROWS)
        DRIVER.get(table.url)
        eventually("the question", lambda: find("#login").is_displayed())
        axe("token")
        find("#token").send_keys("wrong" * 5, Keys.ENTER)
        eventually("the answer", lambda: find("#login-wrong").is_displayed())
        find("#token").send_keys("correct-horse-battery", Keys.ENTER)
        eventually("the rows", lambda: names() == EXAMS)
        table.send('{"exam_name":"Learning Git","attempts":77}')
        eventually("a change", lambda: cell("Learning Git", "attempts") == "77")
        DRIVER.get("about:blank")
        open_page(table, "#token=correct-horse-battery")
        expect(False, "token" in DRIVER.current_url)
        said = [line for line in console() if "401" not in line]
        expect([], said)
    finally:
        table.close()


def accessible():
    """axe-core finds nothing: wide and on a phone, light and dark, sorted and filtered, empty"""
    open_page(TABLE)
    for scheme in ("light", "dark"):
        colours(scheme)
        size(1400, 900)
        axe(scheme)
        shot("wide-" + scheme)
        size(390, 844, True)
        axe(scheme + " phone")
        shot("phone-" + scheme)
        expect(390, script("return document.documentElement.scrollWidth"))
    size(1920, 1080)
    press("attempts")
    filter_by("git")
    axe("sorted and filtered")
    shot("wall-dark")
    filter_by("nothing like it")
    axe("empty")
    colours("light")
    DRIVER.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def theme():
    """light and dark by a press, kept for the next time"""
    colours("light")
    open_page(TABLE)
    ground = "return getComputedStyle(document.documentElement).backgroundColor"
    light = script(ground)
    find("#theme").click()
    dark = script(ground)
    expect(True, light != dark)
    expect("true", find("#theme").get_attribute("aria-pressed"))
    open_page(TABLE)
    expect(dark, script(ground))
    find("#theme").click()
    expect(light, script(ground))
    script("localStorage.clear()")


def quiet():
    """nothing was said on the console, and nothing was asked for elsewhere"""
    open_page(TABLE)
    places = script("return performance.getEntries().map((one) => one.name)")
    expect([], [place for place in places if place.startswith("http") and not place.startswith(TABLE.url)])
    expect([], console())


AXE = axe_source()
TABLE = Table("-k", "exam_name", "--title", "Exam scores")
TABLE.send(*ROWS)
DRIVER = browser()
try:
    STATUS = run([loads, updates, sparklines, sorts, filters, pages, reconnects, misses_nothing, accessible, theme,
                  quiet, token])
finally:
    DRIVER.quit()
    TABLE.close()
sys.exit(STATUS)
