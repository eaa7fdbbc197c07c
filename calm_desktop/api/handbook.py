"""The page for people: every call of the OpenAPI document with its example, on one page that needs no network."""

from __future__ import annotations

import json
from html import escape
from typing import Any

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d2430}"
    "code,pre{font:13px/1.45 ui-monospace,monospace}"
    "pre{background:#f3f5f8;padding:.7rem;overflow:auto;border-radius:6px}"
    "summary{cursor:pointer;padding:.35rem 0}b{display:inline-block;min-width:4rem}"
    "@media(prefers-color-scheme:dark){body{background:#14181f;color:#dde3ec}pre{background:#1e2530}}"
)


def page(document: dict[str, Any]) -> str:
    """The page over an OpenAPI document."""
    calls = "".join(
        _call(method.upper(), path, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    )
    title = escape(document["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>Version {escape(document['info']['version'])}. Callers send "
        "<code>Authorization: Bearer TOKEN</code>; <code>calm-desktop token add</code> makes one. Programs read "
        f'<a href="/openapi.json">openapi.json</a>.</p>{calls}</html>'
    )


def _call(method: str, path: str, described: dict[str, Any]) -> str:
    sent = _example(described.get("requestBody", {}))
    answers = (
        f"<p>Answers {escape(status)}</p>{_example(answer)}"
        for status, answer in described.get("responses", {}).items()
        if status[:1] == "2"
    )
    inside = (f"<p>Send</p>{sent}" if sent else "") + "".join(answers)
    words = escape(described.get("summary", ""))
    return f"<details><summary><b>{method}</b> <code>{escape(path)}</code> {words}</summary>{inside}</details>"


def _example(holder: dict[str, Any]) -> str:
    found = [each["example"] for each in holder.get("content", {}).values() if "example" in each]
    return "".join(f"<pre>{escape(json.dumps(each, indent=2, ensure_ascii=False))}</pre>" for each in found)
