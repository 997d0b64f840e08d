"""What Flask-AppBuilder asks about users and rights, answered from `permissions.py` (fences 4, 6, 7).

A FAB permission is `can_<Permission value>`: a generated screen maps its methods so in `method_permission_name`
(see `screens/base.py`). Roles stand in FAB_ROLES, made from the enum; decisions are kept for the request, because
FAB asks the same question many times a page.
"""

from __future__ import annotations

from flask import g
from flask_appbuilder.security.sqla.manager import SecurityManager as FabSecurityManager
from flask_login import current_user

from app.entities.organisations import PlatformUser
from app.permissions import ROLES


def fab_roles() -> dict[str, list[list[str]]]:
    """ROLES as FAB's built-in roles. FAB matches by `re.match`, that is by prefix: so every pattern is anchored."""
    return {
        role: [["^.*$", f"^can_({'|'.join(sorted(permission.value for permission in permissions))})$"]]
        for role, permissions in ROLES.items()
    }


class SecurityManager(FabSecurityManager):
    """No screens and no API of FAB's own: sign-in, password and user screens are ours."""

    user_model = PlatformUser

    def register_views(self) -> None:
        """FAB would add its sign-in, users, roles, permissions and `/api/v1/security/login`."""

    def load_user(self, pk):
        """The session's user. `screens/session.py` ends a session whose user is inactive or whose epoch is past."""
        user = self.session.get(PlatformUser, int(pk))
        return user if user is not None and user.is_active else None

    def get_user_roles(self, user):
        if not user.is_authenticated:
            return []
        return list(user.roles)  # groups are not used: roles are static

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Does the signed-in user hold the permission? Decided once a request for each name."""
        decisions = g.setdefault("access_decisions", {})
        if permission_name not in decisions:
            decisions[permission_name] = current_user.is_authenticated and any(
                self._has_access_builtin_roles(role, permission_name, view_name) for role in current_user.roles
            )
        return decisions[permission_name]

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        return False

    def get_user_menu_access(self, menu_names=None):
        """Menu rows carry their own condition (`views.py`); FAB's table of menu rights is not used."""
        return set(menu_names or ())
