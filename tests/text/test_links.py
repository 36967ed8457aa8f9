import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.platform.text.entities import link_is_safe
from hubbub.platform.text.links import safe_link


@pytest.mark.parametrize(
    ("raw", "url"),
    [
        ("http://example.com", "http://example.com"),
        ("HTTPS://Example.COM/Path", "https://example.com/Path"),
        ("https://example.com:8443/a?b=c#d", "https://example.com:8443/a?b=c#d"),
        ("https://example.com?q=1", "https://example.com?q=1"),
        ("https://bücher.example/straße", "https://xn--bcher-kva.example/stra%C3%9Fe"),
        ("http://192.0.2.7/", "http://192.0.2.7/"),
        ("https://example.com/%41%zz", "https://example.com/%41%zz"),
        ("https://example.com/@ann", "https://example.com/@ann"),
    ],
)
def test_safe_links_are_put_in_one_ascii_spelling(raw: str, url: str) -> None:
    assert safe_link(raw) == url
    assert safe_link(url) == url


def test_a_look_alike_host_shows_itself() -> None:
    punycode = "раураl".encode("idna").decode()

    assert safe_link("https://раураl.com/") == f"https://{punycode}.com/"


@pytest.mark.parametrize(
    "raw",
    [
        *["", "http://", "https:///x", "example.com", "//evil.com", "\\\\evil.com", "ftp://example.com"],
        *["javascript:alert(1)", "JaVaScRiPt:alert(1)//http://a.com", "jav\tascript:x", "data:text/html,x"],
        *["vbscript:x", "file:///etc/passwd", "mailto:ann@example.org", " http://a.com", "http://a.com "],
        *[
            "http://ann@evil.com",
            "http://ann:pw@evil.com",
            "http://good.com@evil.com/",
            "http://good.com%40evil.com",
        ],
        *[
            "http://good.com\\@evil.com",
            "http://a.com\n.evil.com",
            "http://a\u200b.com",
            "http://a.com/\u202egpj.exe",
        ],
        *["http://localhost/", "http://localhost:8000", "http://0x7f.1", "http://2130706433", "http://127.1"],
        *[
            "http://0177.0.0.1",
            "http://256.1.1.1",
            "http://[::1]/",
            "http://a..com",
            "http://-a.com",
            "http://a_b.com",
        ],
        *["http://a.com:0", "http://a.com:65536", "http://a.com:x", "http://a.com:", "http://a.com:80:80"],
        *[
            "http://a.com/<script>",
            'http://a.com/"onclick=',
            "http://a.com/`x`",
            "http://a.com/\x00",
            "http://\ud800.com",
        ],
        *["http://" + "a" * 64 + ".com", "http://" + "a." * 130 + "com", "http://a.com/" + "x" * 2048],
    ],
)
def test_everything_else_is_not_safe(raw: str) -> None:
    assert not link_is_safe(raw)


@given(
    st.text(max_size=40).map("http://example.com/{}".format) | st.text(max_size=40).map("https://{}".format)
)
def test_a_safe_link_is_ascii_and_its_own_safe_link(raw: str) -> None:
    url = safe_link(raw)

    if url is not None:
        assert url.isascii()
        assert url.isprintable()
        assert " " not in url
        assert safe_link(url) == url
