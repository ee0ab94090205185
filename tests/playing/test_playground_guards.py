"""Who may use a playground: the token, the cookie, Host and Origin, for pages and WebSockets."""

import pytest
from websockets.exceptions import InvalidStatus

from tests.playing.client import ONCE, TOKEN


def status_of(connect):
    with pytest.raises(InvalidStatus) as refused:
        connect()
    return refused.value.response.status_code


def test_the_token_becomes_a_cookie_and_leaves_the_address(playground):
    status, headers, _ = playground.get(f"/?token={TOKEN}")
    assert (status, headers["location"]) == (303, "/")
    cookie = headers["set-cookie"]
    assert all(part in cookie for part in (playground.cookie, "HttpOnly", "SameSite=strict", "Path=/"))


def test_the_token_on_the_browsers_command_line_works_once(playground):
    status, headers, _ = playground.get(f"/?token={ONCE}")
    assert status == 303
    assert playground.cookie in headers["set-cookie"]
    assert playground.get(f"/?token={ONCE}")[0] == 403


def test_with_the_cookie_the_page_comes_with_its_headers(playground):
    status, headers, body = playground.get("/", Cookie=playground.cookie)
    assert status == 200
    assert "<html" in body
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("cookie", [None, "glassnet_1=x", "=;=;", "a=\u00fc"])
@pytest.mark.parametrize("path", ["/", "/playground.js", "/?token=wrong", "/?token=a&token=b"])
def test_without_token_or_cookie_all_is_refused(playground, path, cookie):
    status, _, body = playground.get(path, Cookie=None if cookie is None else cookie)
    assert status == 403
    assert "Open the address" in body


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", "", None]
)
def test_another_host_is_refused(playground, host):
    given = None if host is None else host.format(port=playground.port)
    assert playground.get("/", Cookie=playground.cookie, Host=given)[0] in (400, 403)


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "[::1]:{port}", "LOCALHOST:{port}"])
def test_names_of_this_machine_are_answered(playground, host):
    assert playground.get("/", Cookie=playground.cookie, Host=host.format(port=playground.port))[0] == 200


@pytest.mark.parametrize("path", ["/../session.py", "/..%2f__init__.py", "/page", "/nothing.js", "/%2e%2e/scene.py"])
def test_no_other_file_is_sent(playground, path):
    assert playground.get(path, Cookie=playground.cookie)[0] == 404


def test_a_post_without_the_exact_origin_is_refused(playground):
    for origin in (None, "null", "https://127.0.0.1:1", "http://evil.example"):
        assert playground.get("/", method="POST", Cookie=playground.cookie, Origin=origin)[0] == 403


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1"])
def test_a_websocket_of_another_origin_is_refused(playground, origin):
    assert status_of(lambda: playground.connect(origin=origin)) == 403


@pytest.mark.parametrize("cookie", [None, "glassnet_1=x"])
def test_a_websocket_without_the_cookie_is_refused(playground, cookie):
    assert status_of(lambda: playground.connect(cookie=cookie)) == 403


def test_a_long_address_is_refused(playground):
    assert playground.get("/" + "x" * 5000, Cookie=playground.cookie)[0] == 414
