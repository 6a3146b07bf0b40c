from bot.replies.links import MAX_URL_UNITS, safe_url


def test_valid_url_is_unchanged() -> None:
    urls = [
        "https://cdn.whisul.com/audio/81fa5ff7.mp3",
        "http://127.0.0.1:8080/a.mp3?x=1&y=%2F+~'#t=3",
        "https://[2001:db8::1]:8443/a",
        "https://a_b.example.com./",
    ]
    assert [safe_url(url) for url in urls] == urls


def test_url_is_encoded_so_that_discord_accepts_it() -> None:
    encoded = {
        "  https://x.example/a b.mp3\n": "https://x.example/a%20b.mp3",
        "HTTPS://X.Example": "https://x.example/",
        'https://x.example/(a)[b]|<c>"d`': "https://x.example/%28a%29%5Bb%5D%7C%3Cc%3E%22d%60",
        "https://x.example/ü?q=é#ñ": "https://x.example/%C3%BC?q=%C3%A9#%C3%B1",
        "https://x.example/@everyone": "https://x.example/%40everyone",
        "https://x.example/100%": "https://x.example/100%25",
        "https://bücher.example/a": "https://xn--bcher-kva.example/a",
        "https://x.example//evil.example": "https://x.example//evil.example",
    }
    assert {url: safe_url(url) for url in encoded} == encoded


UNSAFE = [
    None, "", "Midnight Grid", "javascript:alert(1)", "data:audio/mpeg;base64,AAAA", "file:///etc/passwd",
    "ftp://x.example/a", "//x.example/a", "https:///a", "https://user:secret@x.example/a", "https://@x.example/a",
    "https://good.example\\@evil.example/", "https://x.example/a\nb", "https://x.example/\ud800",
    "https://x.example:99999/", "https://x.example:port/", "https://localhost/a", "https://bot:8000/a",
    "https://x..example/", "https://-x.example/", "https://x y.example/", "https://1.2.3.4.5/", "https://999.1.1.1/",
    "https://[::1/", "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://" + "a." * 130 + "example/",
]  # fmt: skip


def test_unsafe_or_malformed_url_is_not_shown() -> None:
    assert {url: safe_url(url) for url in UNSAFE} == dict.fromkeys(UNSAFE)


def test_url_above_the_limit_is_dropped_instead_of_cut() -> None:
    url = "https://x.example/" + "a" * 2030
    assert len(url) == MAX_URL_UNITS
    assert safe_url(url) == url
    assert safe_url(url + "a") is None
    assert safe_url("https://x.example/" + "ü" * 400) is None, "the encoded URL counts"
