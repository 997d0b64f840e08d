"""Password rules."""

import pytest

from app.domain.errors import Refusal
from app.domain.passwords import check_password, password_faults

SHORT = "密码至少 10 位"
LONG = "密码最多 128 位"
CLASSES = "密码须含大写字母、小写字母、数字、其他字符中的至少三类"
NAME = "密码不能是登录名或包含登录名"
COMMON = "密码过于常见，请换一个"


@pytest.mark.parametrize(
    ("password", "login", "faults"),
    [
        ("Yunhu-2026-garden", "agent1", []),
        ("lower7case!", "agent1", []),
        ("云湖花园Yunhu7号院啊", "agent1", []),
        ("", "agent1", [SHORT, CLASSES]),
        ("Ab1!", "agent1", [SHORT]),
        ("Ab1!" * 33, "agent1", [LONG]),
        ("abcdefghij12", "agent1", [CLASSES]),
        ("Agent1-2026", "agent1", [NAME]),
        ("AGENT.ONE.2026.a", "Agent.One", [NAME]),
        ("Garden-2026", "de", []),
        ("Admin@123456", "clerk", [COMMON]),
        ("P@ssw0rd123", "clerk", [COMMON]),
    ],
)
def test_password_faults_names_everything_that_is_wrong(password, login, faults):
    assert [str(fault) for fault in password_faults(password, login)] == faults


def test_check_password_refuses_at_the_password_field():
    with pytest.raises(Refusal) as error:
        check_password("abc", "agent1")
    assert (str(error.value), error.value.field) == (SHORT, "password")
    assert [str(detail) for detail in error.value.details] == [CLASSES]


def test_check_password_good_one_passes():
    assert check_password("Yunhu-2026-garden", "agent1") is None
