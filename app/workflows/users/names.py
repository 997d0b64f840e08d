"""Login names: which may be given, and that nobody else has it. For all who make sign-ins."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain.errors import Refusal, say
from app.queries.users import login_name_taken
from app.workflows.users.actions import name_key

SHORTEST, LONGEST = 3, 64


def new_login_name(session: Session, typed: str) -> str:
    """The name as it is stored (lower case). Refusal at `username`: other signs, too short, too long, taken."""
    key = name_key(typed)
    if not key.isascii() or not key.replace(".", "").replace("_", "").replace("-", "").isalnum():
        raise Refusal(say("用户名只能用英文字母、数字、点、横线和下划线"), field="username")
    if not SHORTEST <= len(key) <= LONGEST:
        raise Refusal(say("用户名应为 %(least)s 至 %(most)s 个字", least=SHORTEST, most=LONGEST), field="username")
    if login_name_taken(session, key):
        raise Refusal(say("用户名“%(name)s”已被使用", name=key), field="username")
    return key
