"""README and handbook name every error code, event type, setting, path and verb, so that they cannot fall behind."""

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from exchange.app import build_app
from exchange.settings import SETTINGS, load
from schema.errors import ERRORS
from schema.events import EVENTS
from schema.kinds import KINDS

HOUSE = Path(__file__).parents[2]
README = (HOUSE / "README.md").read_text("utf-8")
CHAPTERS = sorted((HOUSE / "exchange" / "handbook").glob("*.md"))
DOCUMENTS = "\n".join([README, *(chapter.read_text("utf-8") for chapter in CHAPTERS)])


@pytest.mark.parametrize("code", [error.code for error in ERRORS])
def test_the_documents_explains_the_error_code(code: str) -> None:
    assert f"`{code}`" in DOCUMENTS


@pytest.mark.parametrize("name", [event.name for event in EVENTS])
def test_the_documents_explains_the_event_type(name: str) -> None:
    assert f"`{name}`" in DOCUMENTS


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_the_documents_explains_the_setting(name: str) -> None:
    assert f"`{name}`" in DOCUMENTS


@pytest.mark.parametrize("name", [kind.name for kind in KINDS])
def test_the_documents_names_the_kind_of_record(name: str) -> None:
    assert name in DOCUMENTS


@pytest.mark.parametrize("verb", ["up", "demo", "migrate", "import", "token", "holidays", "doctor"])
def test_the_documents_shows_the_verb(verb: str) -> None:
    assert f"exchange {verb}" in DOCUMENTS or f"make {verb}" in DOCUMENTS


@pytest.mark.parametrize("noun", ["接入单位", "记录类型", "主体", "协议", "事件", "重点核查", "推送目标"])
def test_the_documents_has_the_word_in_its_glossary(noun: str) -> None:
    assert noun in DOCUMENTS


def test_every_path_is_in_the_documents(hub: Any) -> None:
    settings = load({"EXCHANGE_SECRET": "x" * 40})
    app = build_app(hub.runtime, settings)
    paths = {route.path for route in app.routes if isinstance(route, Route) and route.path != "/"}
    assert sorted(path for path in paths if path.split("{")[0].rstrip("/") not in DOCUMENTS) == []


def test_the_readme_leads_to_every_chapter_of_the_handbook() -> None:
    assert [chapter.name for chapter in CHAPTERS if f"(exchange/handbook/{chapter.name})" not in README] == []


@pytest.mark.parametrize("document", [HOUSE / "README.md", *CHAPTERS], ids=lambda document: str(document.name))
def test_what_a_document_links_to_is_there(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []
