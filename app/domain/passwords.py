"""Password rules (access.md): length, three classes, not the login name, not a common one."""

from __future__ import annotations

from app.domain.errors import Refusal, Sentence, say

MINIMUM_LENGTH = 10
MAXIMUM_LENGTH = 128
"""Longer ones are refused, as hashing them would cost the server and gain nothing."""

# Common passwords that, with a capital somewhere, pass length and classes; compared without case.
_COMMON_TEXT = """
    12345678aa 123456@abc 1q2w3e4r5t 1q2w3e4r5t6y 1qaz!qaz2wsx 1qaz2wsx3edc 1qaz@wsx3edc a123456789 a1b2c3d4e5
    aa12345678 aa123456789 ab12345678 abc12345678 abc123456789 abc@123456 abcd1234!@#$ abcd123456 admin12345
    admin123456 admin@12345 admin@123456 administrator1 administrator@123 asdf123456 changeme123 changeme@123
    china@123456 hello123456 huawei@123 iloveyou123 letmein123 letmein@123 manager@123 p@ssw0rd12 p@ssw0rd123
    p@ssw0rd1234 p@ssword123 pa$$w0rd123 passw0rd123 passw0rd@123 password1! password12 password123 password123!
    password1234 password@1 password@12 password@123 password@1234 q1w2e3r4t5 qaz@123456 qazwsx@123 qwer123456
    qwerty12345 qwerty123456 qwerty@123 root123456 root@123456 test123456 test@123456 user123456 user@123456
    wang123456 weixiu123456 weixiu@123456 welcome123 welcome1234 welcome@123 woaini1314 woaini@1314 wuye123456
    wuye@123456 zhang123456
"""
_COMMON = frozenset(_COMMON_TEXT.split())


def password_faults(password: str, login_name: str) -> tuple[Sentence, ...]:
    """Everything that is wrong with a password, as sentences; empty when it may be used.

    Classes are lower case, upper case, digits, everything else. The login name is looked for without case; one
    shorter than four characters only counts when it is the whole password.
    """
    faults = []
    if len(password) < MINIMUM_LENGTH:
        faults.append(say("密码至少 %(count)s 位", count=MINIMUM_LENGTH))
    if len(password) > MAXIMUM_LENGTH:
        faults.append(say("密码最多 %(count)s 位", count=MAXIMUM_LENGTH))
    if _classes(password) < 3:
        faults.append(say("密码须含大写字母、小写字母、数字、其他字符中的至少三类"))
    if _holds_login_name(password.casefold(), login_name.strip().casefold()):
        faults.append(say("密码不能是登录名或包含登录名"))
    if password.casefold() in _COMMON:
        faults.append(say("密码过于常见，请换一个"))
    return tuple(faults)


def check_password(password: str, login_name: str) -> None:
    """Refuse a password with the first fault as sentence and the others as details."""
    faults = password_faults(password, login_name)
    if faults:
        raise Refusal(faults[0], field="password", details=faults[1:])


def _classes(password: str) -> int:
    """How many of the four classes occur."""
    tests = (str.islower, str.isupper, str.isdigit, lambda sign: not sign.islower() | sign.isupper() | sign.isdigit())
    return sum(any(map(test, password)) for test in tests)


def _holds_login_name(password: str, login_name: str) -> bool:
    return bool(login_name) and (password == login_name or (len(login_name) >= 4 and login_name in password))
