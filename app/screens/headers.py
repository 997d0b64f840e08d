"""Security headers on every answer (quality.md, Attacks); the nonce that our own scripts carry."""

from __future__ import annotations

import secrets

from flask import Flask, g, request
from werkzeug.wrappers import Response

HSTS = "max-age=31536000; includeSubDomains"
STATIC_SECONDS = 3600


def register(app: Flask) -> None:
    """Headers after each request, `csp_nonce()` in templates."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce
    app.after_request(put_headers)


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
    if _is_static():
        headers["Cache-Control"] = f"public, max-age={STATIC_SECONDS}"
    elif "Cache-Control" not in headers or _is_signed_in():
        headers["Cache-Control"] = "no-store"
    return response


def _is_signed_in() -> bool:
    """By what the request has found out so far: a broken one must still get its headers."""
    return "actor" not in g or g.actor.user_id is not None


def _is_static() -> bool:
    return request.endpoint in {"static", "appbuilder.static"}
