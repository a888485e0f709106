"""What texts may hold: titles, language tags, IRIs, header names and values. Each raises ValueError with the advice.

Values of headers and passwords are secrets: no message repeats them.
"""

from __future__ import annotations

import re

from aggregator.config.units import kind, shown

LANGUAGE_PATTERN = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$"
LONGEST = 500
SHORTEST_TOKEN = 16

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""Line breaks, control characters, and what XML 1.0 forbids: escapes such as "\\ud800" bring them into YAML."""

_LINE_END = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
"""One character for one: what is said to be wrong in a rule is then found in the file."""

_OURS = {
    "accept-encoding": "the program asks for what it can limit",
    "connection": "the program keeps the connections",
    "content-length": "requests have no body",
    "host": "it comes from the URL",
    "if-modified-since": "the program asks for changes by itself",
    "if-none-match": "the program asks for changes by itself",
    "range": "the program reads whole documents",
    "transfer-encoding": "requests have no body",
    "user-agent": "write user_agent instead",
}


def line(value: object, longest: int = LONGEST) -> str:
    """One line of text, not empty, at most ``longest`` characters."""
    if value is None:
        raise ValueError("is empty; write a text, or remove it")
    if not isinstance(value, str):
        advice = "put it in quotes" if isinstance(value, (bool, int, float)) else "write one"
        raise ValueError(f"must be a text, not {kind(value)}; {advice}")  # noqa: TRY004  pydantic collects ValueError
    if not value.strip():
        raise ValueError("must not be empty; write a text, or remove the key")
    if UNPRINTABLE.search(value):
        raise ValueError("holds a line break or a character that no document may carry; write one line of text")
    if len(value) > longest:
        raise ValueError(f"is {len(value):,} characters long; use at most {longest:,}")
    return value


def rule(value: object) -> str:
    """A rule on one line; YAML's ``>`` and ``|``, which end a text with a line break, may have spread it."""
    if isinstance(value, list):
        raise ValueError("must be one rule, not a list; join them, such as 'words < 50 or tag = ads'")  # noqa: TRY004  pydantic collects ValueError
    return line(_LINE_END.sub(" ", value).rstrip() if isinstance(value, str) else value, longest=4000)


def selector(value: object) -> str:
    """A CSS selector, which may take what any of several takes."""
    if isinstance(value, list):
        raise ValueError("must be one selector, not a list; join them with a comma, such as '.ad, .share'")  # noqa: TRY004  pydantic collects ValueError
    return line(value)


def language(value: object) -> str:
    """A language tag by its form (RFC 5646)."""
    text = line(value)
    if not re.fullmatch(LANGUAGE_PATTERN[1:-1], text):
        raise ValueError(f"{shown(text)} is no language tag; write such as en, pt-BR or zh-Hans")
    return text


def iri(value: object) -> str:
    """An absolute IRI by its form (RFC 3987), as ``atom:id`` needs one."""
    text = line(value)
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", text):
        raise ValueError(f"{shown(text)} is no IRI; write such as tag:example.org,2026:planet, or remove the key")
    return text


def header_name(value: str) -> str:
    """A header's name (RFC 9110 5.6.2) that is the operator's to set."""
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", value):
        raise ValueError(f"{shown(value)} is no header name; write such as X-Key")
    if value.lower() in _OURS:
        raise ValueError(f"the header {value} cannot be set here: {_OURS[value.lower()]}; remove it")
    return value


def header_value(value: object) -> str:
    """A header's value: one line of visible ASCII (RFC 9110 5.5). CR and LF would start a header of their own."""
    if not isinstance(value, str):
        advice = "put it in quotes" if isinstance(value, (bool, int, float)) else "write one"
        raise ValueError(f"must be a text, not {kind(value)}; {advice}")  # noqa: TRY004  pydantic collects ValueError
    if "\r" in value or "\n" in value:
        raise ValueError("a header's value holds a line break; write one line")
    if not re.fullmatch(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?", value):
        raise ValueError("a header's value is empty, has spaces around it, or is not plain ASCII; correct it")
    if len(value) > 4096:
        raise ValueError(f"a header's value is {len(value):,} characters long; use at most 4,096")
    return value


def cookie_name(value: str) -> str:
    """A cookie's name: a token (RFC 6265 4.1.1)."""
    if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}", value):
        raise ValueError(f"{shown(value)} is no cookie name; write such as session: VALUE")
    return value


def cookie_value(value: str) -> str:
    """A cookie's value: of a header's value, what does not end the cookie. Browsers send more than RFC 6265 allows."""
    if re.search(r"[;\s]", value):
        raise ValueError("a cookie's value holds a semicolon or a space; write each cookie as a key of its own")
    return value


def token(value: object) -> str:
    """A secret that can stand in an address and in a header as it is (RFC 6750 section 2.1), too long to be guessed."""
    if not isinstance(value, str):
        advice = "put it in quotes" if isinstance(value, (bool, int, float)) else "write one"
        raise ValueError(f"must be a text, not {kind(value)}; {advice}")  # noqa: TRY004  pydantic collects ValueError
    if not re.fullmatch(r"[A-Za-z0-9._~+/=-]*", value):
        raise ValueError("a token holds letters, digits and -._~+/= only; make one with 'openssl rand -hex 16'")
    if not SHORTEST_TOKEN <= len(value) <= 256:
        raise ValueError(
            f"a token has {SHORTEST_TOKEN} to 256 characters, this one has {len(value)}; make one with "
            "'openssl rand -hex 16'"
        )
    return value


MAILBOX_PATTERN = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$"


def mailbox(value: object) -> str:
    """A mail address alone, without a name beside it, as SMTP needs it (RFC 5321 4.1.2, in ASCII)."""
    text = line(value, longest=254)
    if not re.fullmatch(MAILBOX_PATTERN[1:-1], text):
        raise ValueError(f"{shown(text)} is no mail address; write such as me@example.org")
    return text


def argument(value: object) -> str:
    """A word of a command line; it may be empty, and hold anything but NUL."""
    if not isinstance(value, str):
        raise ValueError(f"must be a text, not {kind(value)}; put it in quotes")  # noqa: TRY004  pydantic collects ValueError
    if "\0" in value or len(value) > 4096:
        raise ValueError("holds a NUL character, or is longer than 4,096 characters; correct it")
    return value


def basic_user(value: object) -> str:
    """A user name without a colon, which ends the name in basic authentication (RFC 7617 section 2)."""
    text = line(value)
    if ":" in text:
        raise ValueError("a user name holds no colon; write the password in password or password_file")
    return text
