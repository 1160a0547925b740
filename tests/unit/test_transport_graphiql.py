"""GraphiQL is served from our own host only: the vendored files are unchanged, the page asks no other host."""

import hashlib
import re
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from transport_toy import Toy, serving

import exchange.transport.graphiql as graphiql

FOLDER = Path(graphiql.__file__).parent
VENDORED = tomllib.loads((FOLDER / "static" / "VENDOR.toml").read_text(encoding="utf-8"))["file"]
OWN = {"page.js", "page.css", "VENDOR.toml", "LICENSES.txt"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
async def toy() -> AsyncIterator[Toy]:
    async with serving() as started:
        yield started


@pytest.fixture
async def client(toy: Toy) -> AsyncIterator[httpx2.AsyncClient]:
    base = toy.url.removesuffix("/graphql")
    async with httpx2.AsyncClient(base_url=base, headers={"Accept": BROWSER}, trust_env=False) as opened:
        yield opened


@pytest.mark.parametrize("entry", VENDORED, ids=lambda entry: str(entry["file"]))
def test_a_vendored_file_is_the_published_one(entry: dict[str, str]) -> None:
    content = (FOLDER / "static" / entry["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert entry["name"] in (FOLDER / "static" / "LICENSES.txt").read_text(encoding="utf-8")


def test_every_file_is_vendored_or_our_own() -> None:
    files = {path.name for path in (FOLDER / "static").iterdir()}
    assert files == OWN | {entry["file"] for entry in VENDORED}


def test_our_own_files_name_no_host() -> None:
    for path in (FOLDER / "page.html", FOLDER / "static" / "page.js", FOLDER / "static" / "page.css"):
        assert re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", ["/graphiql", "/graphql", "/graphql?query={__typename}"])
async def test_a_browser_gets_the_page_without_token_under_its_own_policy(
    client: httpx2.AsyncClient, path: str
) -> None:
    response = await client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    host = f"{client.base_url.host}:{client.base_url.port}"
    assert policy["connect-src"] == f"'self' ws://{host} wss://{host}"


async def test_a_strange_host_does_not_get_into_the_policy(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphiql", headers={"Host": "a; script-src *"})
    assert "connect-src 'self';" in response.headers["content-security-policy"]


async def test_every_file_the_page_names_is_served(client: httpx2.AsyncClient) -> None:
    page = (await client.get("/graphiql")).text
    named = re.findall(r'(?:src|href)="(graphiql/[^"]+)"', page)
    assert len(named) == 7
    for path in named:
        assert (await client.get(f"/{path}")).status_code == 200
