"""Settings, read from the environment and checked before anything starts (`README.md` lists them)."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent
PUBLISHED_KEYS = {"", "secret", "changeme", "change-me", "development", "testing", "demo", "please-change"}
TEST_FIELD_KEY = "dGVzdHMtb25seS1rZXktZm9yLWZpZWxkcy0zMmJ5dGU="


class SettingsError(SystemExit):
    """A setting is missing or wrong; the text names the variable and says what to do."""

    def __init__(self, faults: list[str]):
        super().__init__("设置有误，未启动：\n" + "\n".join(f"  - {fault}" for fault in faults))
        self.faults = faults


class Config:
    """What every environment shares; `load()` adds what the environment says."""

    APP_ENV = "demo"
    APP_NAME = "云溪市住宅专项维修资金管理平台"
    CITY_NAME = "云溪市"
    HOST = "127.0.0.1"
    PORT = 8080
    CLOCK = 0
    BEHIND_PROXY = False
    SITE_URL = "http://127.0.0.1:8080"  # the platform's own address, as printed in QR codes
    BACKUP_DIR = "backups"
    BACKUP_KEEP = 30  # archives that the nightly backup keeps
    CLAMD = ""  # virus scanner: host:port or the path of a socket; empty is off
    MAX_CONTENT_LENGTH = 64 * 1024 * 1024
    MAX_FORM_MEMORY_SIZE = 16 * 1024 * 1024  # tables travel as JSON in one field; each screen checks its own size
    SQLALCHEMY_ENGINE_OPTIONS = {"pool_recycle": 600}  # seconds: before a firewall forgets a quiet connection
    WTF_CSRF_TIME_LIMIT = None  # a form lives as long as its session; the idle limit ends both
    SESSION_COOKIE_NAME = "fund_session"
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    SESSION_COOKIE_SECURE = False
    PERMANENT_SESSION_LIFETIME = timedelta(hours=12)
    IDLE_MINUTES = 30
    IDLE_MINUTES_STRICT = 15  # the department and the bank
    LANGUAGES = {"zh": {"flag": "cn", "name": "中文"}, "en": {"flag": "gb", "name": "English"}}
    BABEL_DEFAULT_LOCALE = "zh"
    BABEL_DEFAULT_TIMEZONE = "Asia/Shanghai"
    BABEL_TRANSLATION_DIRECTORIES = str(ROOT / "app" / "translations")
    FAB_SECURITY_MANAGER_CLASS = "app.security.SecurityManager"
    FAB_INDEX_VIEW = "app.screens.home.Home"
    FAB_BASE_TEMPLATE = "appbuilder/baselayout.html"
    FAB_CREATE_DB = False
    FAB_UPDATE_PERMS = False
    FAB_ADD_SECURITY_VIEWS = False
    FAB_ADD_SECURITY_API = False
    FAB_ADD_MENU_API = False
    FAB_ADD_OPENAPI_VIEWS = False
    FAB_API_SWAGGER_UI = False
    FAB_PASSWORD_HASH_METHOD = "scrypt"
    RATELIMIT_ENABLED = True  # sign-in, public pages and prints, by address
    RATELIMIT_STORAGE_URI = "database://"  # all processes count together (screens/limits.py)
    TESTING = False


class Testing(Config):
    """For the tests: cheap hashes, fixed keys, no data folder of its own."""

    APP_ENV = "testing"
    TESTING = True
    SECRET_KEY = "tests-only"
    FIELD_KEY = TEST_FIELD_KEY
    FAB_PASSWORD_HASH_METHOD = "pbkdf2:sha256:1"
    TRUSTED_HOSTS = ["localhost", "127.0.0.1"]
    PROPAGATE_EXCEPTIONS = False
    RATELIMIT_ENABLED = False


def load(environ: Mapping[str, str] = os.environ) -> Config:
    """Make the configuration from the environment; SettingsError names everything that is wrong at once."""
    config, faults = Config(), []
    config.APP_ENV = _choice(environ, "APP_ENV", ("demo", "production"), faults)
    data_dir = Path(environ.get("DATA_DIR") or "./var").resolve()
    config.DATA_DIR = str(data_dir)
    _make_folder(data_dir, faults)
    config.SQLALCHEMY_DATABASE_URI = _database_url(environ.get("DATABASE_URL", ""), data_dir, faults)
    config.BACKUP_DIR = str(Path(environ.get("BACKUP_DIR") or data_dir / "backups").resolve())
    config.BACKUP_KEEP = _number(environ, "BACKUP_KEEP", Config.BACKUP_KEEP, 0, 3660, faults)
    config.CITY_NAME = environ.get("CITY_NAME", "").strip() or Config.CITY_NAME
    config.HOST = environ.get("HOST") or Config.HOST
    config.PORT = _number(environ, "PORT", Config.PORT, 1, 65535, faults)
    config.CLOCK = _number(environ, "CLOCK", 0, -3660, 3660, faults)
    config.BEHIND_PROXY = _switch(environ, "BEHIND_PROXY", faults)
    config.CLAMD = environ.get("CLAMD", "").strip()
    config.SESSION_COOKIE_SECURE = config.BEHIND_PROXY
    hosts = [host.strip() for host in environ.get("TRUSTED_HOSTS", "").split(",") if host.strip()]
    config.TRUSTED_HOSTS = hosts or ["localhost", "127.0.0.1", "[::1]", config.HOST]
    config.SITE_URL = _site_url(environ, config, hosts, faults)
    production = config.APP_ENV == "production"
    if production and not hosts:
        faults.append("TRUSTED_HOSTS 未设置：生产环境须写明本站域名，多个用逗号分隔")
    if production and config.CLOCK:
        faults.append("CLOCK 只用于演示：生产环境不得移动时钟，请去掉此变量")
    config.SECRET_KEY = _key(environ, "SECRET_KEY", lambda: secrets.token_hex(32), data_dir, production, faults)
    config.FIELD_KEY = _key(environ, "FIELD_KEY", lambda: Fernet.generate_key().decode(), data_dir, production, faults)
    _check_field_key(config.FIELD_KEY, faults)
    if faults:
        raise SettingsError(faults)
    return config


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...], faults: list[str]) -> str:
    value = environ.get(name) or choices[0]
    if value not in choices:
        faults.append(f"{name}={value} 无效：只能是 {' 或 '.join(choices)}")
    return value


def _number(environ: Mapping[str, str], name: str, default: int, low: int, high: int, faults: list[str]) -> int:
    text = environ.get(name, "").strip()
    try:
        value = int(text) if text else default
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        faults.append(f"{name}={text} 无效：须为 {low} 至 {high} 的整数")
    return value


def _switch(environ: Mapping[str, str], name: str, faults: list[str]) -> bool:
    text = environ.get(name, "").strip().lower()
    if text not in {"", "0", "1", "no", "yes", "false", "true"}:
        faults.append(f"{name}={text} 无效：写 1 表示是，0 表示否")
    return text in {"1", "yes", "true"}


def _site_url(environ: Mapping[str, str], config: Config, hosts: list[str], faults: list[str]) -> str:
    """As said, else made of the first trusted host; never taken from a request, as anybody names a host there."""
    text = environ.get("SITE_URL", "").strip().rstrip("/")
    if text and not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", text):
        faults.append(f"SITE_URL={text} 无效：写本站网址，如 https://fund.example.cn")
    if text:
        return text
    if config.BEHIND_PROXY and hosts:
        return f"https://{hosts[0]}"
    return f"http://{hosts[0] if hosts else config.HOST}:{config.PORT}"


def _make_folder(folder: Path, faults: list[str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        usable = os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        usable = False
    if not usable:
        faults.append(f"DATA_DIR={folder} 不可写：请建立该目录并授予写权限，或改用别的目录")


def _database_url(text: str, data_dir: Path, faults: list[str]) -> str:
    if not text:
        return f"sqlite:///{data_dir / 'fund.sqlite3'}"
    for prefix in ("postgres://", "postgresql://"):
        if text.startswith(prefix):
            return "postgresql+psycopg://" + text.removeprefix(prefix)
    if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        faults.append("DATABASE_URL 无效：须以 sqlite:/// 或 postgresql:// 开头")
    return text


def _key(environ, name, make, data_dir: Path, production: bool, faults: list[str]) -> str:
    """The key from the environment, or (not in production) one made once and kept in DATA_DIR for the owner only."""
    given = environ.get(name, "").strip()
    if production:
        if given.lower() in PUBLISHED_KEYS or given in {Testing.SECRET_KEY, Testing.FIELD_KEY} or len(given) < 32:
            faults.append(f"{name} 未设置或不安全：生产环境须自设至少 32 位的随机值（python run.py keys 可生成）")
        return given
    if given:
        return given
    path = data_dir / f"{name.lower()}.txt"
    try:
        if not path.exists():
            _write_once(path, make())
        return path.read_text().strip()
    except OSError as error:
        faults.append(f"{name} 无法存入 {path}（{error.strerror}）：请检查 DATA_DIR 的权限，或直接设置 {name}")
        return ""


def _write_once(path: Path, text: str) -> None:
    """Whole or not at all, and the first of two writers wins: a link to a finished file refuses an existing name."""
    draft = path.with_suffix(f".{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _check_field_key(key: str, faults: list[str]) -> None:
    try:
        Fernet(key.encode())
    except ValueError:
        if key:
            faults.append("FIELD_KEY 无效：须为 32 字节的 urlsafe base64 文本（python run.py keys 可生成）")
