"""Reports of made-up records, written through the real store."""

import shutil

import pytest
from made_up_reports import METHODS, TWO, job_score, keep_all

from bench.plan.query import Query
from bench.report.gather import gather
from bench.report.page import html
from bench.report.scope import scope_of
from bench.store.store import Store
from iunet.declare.protocol import shipped_protocols


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """(report, store): two datasets under both protocols."""
    store = Store(tmp_path_factory.mktemp("filled"))
    for protocol in shipped_protocols():
        keep_all(store, Query("table5", protocol, datasets=TWO, methods=METHODS))
    return gather(scope_of(), store), store


@pytest.fixture
def store(results):
    return Store(results)


@pytest.fixture
def make(store):
    """Write a record of every run a selection needs; `score` gives a fraction for a job."""

    def write(score=job_score, **selected):
        selected = {"name": "table5", "datasets": TWO, "methods": METHODS} | selected
        keep_all(store, Query(**selected), score)

    return write


@pytest.fixture(scope="module")
def browser():
    """A browser that is closed at the end."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if chromium is None:
        pytest.skip("needs chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    try:
        driver = playwright.sync_playwright().start()
    except (playwright.Error, OSError) as error:
        pytest.skip(f"playwright's driver does not start: {error}")
    opened = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
    yield opened
    opened.close()
    driver.stop()


@pytest.fixture(scope="module")
def file(filled, tmp_path_factory):
    """The report as a file."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(html(filled[0]), encoding="utf-8")
    return path


@pytest.fixture
def open_page(browser):
    """Open a file; afterwards it has asked for nothing else and said nothing."""
    opened, said, asked = [], [], []

    def look(path, width=1440, height=900, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        return page

    yield look
    for context in opened:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in asked if url.startswith("file:")]) == len(opened)
