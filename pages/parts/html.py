"""Small pieces of HTML with every value escaped: names come from files that anybody may have written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

import streamlit as st


@dataclass(frozen=True)
class Cell:
    """Text of one table cell, its class, what a pointer held over it says, and how many rows it stands beside.

    ``link`` is put behind the text, as a link that is named by where it leads; only to the web.
    """

    text: str
    kind: str = ""
    hint: str = ""
    rows: int = 1
    link: str = ""

    def html(self, tag: str = "td") -> str:
        kind = f' class="{escape(self.kind)}"' if self.kind else ""
        hint = f' title="{escape(self.hint)}"' if self.hint else ""
        rows = f' rowspan="{self.rows}"' if self.rows != 1 else ""
        return f"<{tag}{kind}{hint}{rows}>{escape(self.text)}{self._link()}</{tag}>"

    def _link(self) -> str:
        if not self.link.startswith(("http://", "https://")):
            return ""
        shown = urlsplit(self.link).netloc
        return f' <a href="{escape(self.link)}" target="_blank" rel="noopener noreferrer">{escape(shown)}</a>'


def plain(text: str) -> str:
    """A text for where Streamlit reads Markdown, so that none of it is any."""
    return "".join(
        f"\\{letter}" if letter in "\\`*_{}[]()#+-.!|~<>$:^=" else letter for letter in text.replace("\n", " ")
    )


def table(head: Sequence[Cell], rows: Iterable[Sequence[Cell]], kind: str = "") -> str:
    """An HTML table of cells."""
    top = "".join(cell.html("th") for cell in head)
    body = "".join(f"<tr>{''.join(cell.html() for cell in row)}</tr>" for row in rows)
    return f'<table class="{escape(kind)}"><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>'


def scroll(inner: str) -> str:
    """``inner`` (made by this module) in a box that scrolls by itself."""
    return f'<div class="scroll">{inner}</div>'


def heading(text: str) -> str:
    return f"<h3>{escape(text)}</h3>"


def line(text: str, kind: str = "") -> str:
    return f'<p class="{escape(kind)}">{escape(text)}</p>'


def numbered(items: Iterable[tuple[str, str]]) -> str:
    """A numbered list: what, and a quieter line below it."""
    return f"<ol>{''.join(f'<li>{escape(what)}<small>{escape(more)}</small></li>' for what, more in items)}</ol>"


@dataclass(frozen=True)
class Figure:
    """One figure of the strip above a map."""

    label: str
    value: str
    small: str = ""
    warm: bool = False

    def html(self) -> str:
        small = f" <small>{escape(self.small)}</small>" if self.small else ""
        kind = ' class="warm"' if self.warm else ""
        return f"<div{kind}><span>{escape(self.label)}</span><b>{escape(self.value)}</b>{small}</div>"


def strip(figures: Iterable[Figure]) -> None:
    """The strip of figures."""
    st.html(f'<div class="strip">{"".join(figure.html() for figure in figures)}</div>')


def paper(*parts: str) -> None:
    """Puts pieces made by this module on the page."""
    st.html(f'<div class="paper">{"".join(parts)}</div>')
