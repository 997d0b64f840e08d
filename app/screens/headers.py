"""Security headers on every answer (quality.md, Attacks); the nonce that our own scripts carry."""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, g, request
from werkzeug.wrappers import Response

STATIC = {"static", "appbuilder.static"}
HSTS = "max-age=31536000; includeSubDomains"
VERSION = "v"  # the argument of a static address that changes with the file's content
FOR_EVER = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"  # fonts and pictures that a style sheet names without a version


def register(app: Flask) -> None:
    """Headers after each request, `csp_nonce()` in templates, versions in the addresses of static files."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.after_request(put_headers)
    app.url_defaults(put_version)


def csp_nonce() -> str:
    """The nonce of this answer."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return g.csp_nonce


def policy(nonce: str, *, framed: bool = False) -> str:
    """Content-Security-Policy: nothing from elsewhere, no inline script, no inline style."""
    parts = (
        "default-src 'none'", f"script-src 'self' 'nonce-{nonce}'", f"style-src 'self' 'nonce-{nonce}'",
        "img-src 'self' data: blob:", "font-src 'self'", "connect-src 'self'", "frame-src 'self' blob:",
        "manifest-src 'self'", "base-uri 'none'", "form-action 'self'", "object-src 'none'",
        "frame-ancestors 'self'" if framed else "frame-ancestors 'none'",
    )  # fmt: skip
    return "; ".join(parts)


def put_headers(response: Response) -> Response:
    """Set what is not set yet. `g.may_be_framed` (our viewer of attachments) lets our own pages frame the answer."""
    framed = bool(g.get("may_be_framed", False))
    headers = response.headers
    headers.setdefault("Content-Security-Policy", policy(csp_nonce(), framed=framed))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "SAMEORIGIN" if framed else "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", HSTS)
    if _is_static() and response.status_code < 400:
        current = request.args.get(VERSION) == version_of(*_static_file(request.endpoint, request.view_args))
        headers["Cache-Control"] = FOR_EVER if current else FOR_AN_HOUR
    elif "Cache-Control" not in headers or _is_signed_in():
        headers["Cache-Control"] = "no-store"
    return response


def _is_signed_in() -> bool:
    """By what the request has found out so far: a broken one must still get its headers."""
    return "actor" not in g or g.actor.user_id is not None


def put_version(endpoint: str, values: dict) -> None:
    """`url_for("static", …)` names the content: browsers keep the file for ever and ask anew when it changes."""
    if endpoint in STATIC and "filename" in values:
        values.setdefault(VERSION, version_of(*_static_file(endpoint, values)) or None)


@lru_cache(maxsize=1000)
def version_of(folder: str, name: str) -> str:
    """Short hash of a file's content; empty when there is no such file. Files change with a new start only."""
    path = Path(folder, name)
    if not path.resolve().is_relative_to(Path(folder).resolve()) or not path.is_file():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def _static_file(endpoint: str, values: dict) -> tuple[str, str]:
    owner = current_app if endpoint == "static" else current_app.blueprints["appbuilder"]
    return owner.static_folder, values["filename"]


def _is_static() -> bool:
    return request.endpoint in STATIC
