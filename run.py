"""One command line for everything: `python run.py --help`. A command is imported when asked for."""

from __future__ import annotations

import argparse
import sys

COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("app.commands.serve", "启动网站（默认同时运行后台任务）"),
    "init": ("app.commands.init", "建库、升级数据库结构、写入基础数据，可重复执行"),
    "keys": ("app.commands.keys", "生成一组 SECRET_KEY 和 FIELD_KEY"),
    "demo": ("app.commands.demo", "载入演示城市"),
    "worker": ("app.commands.worker", "单独运行后台任务"),
    "import-houses": ("app.commands.import_houses", "从 Excel 导入房屋清册"),
    "verify-ledger": ("app.commands.verify_ledger", "核对资金台账，有误时列出并以 1 退出"),
    "verify-audit": ("app.commands.verify_audit", "核对审计记录链，有误时列出并以 1 退出"),
    "backup": ("app.commands.backup", "把数据库和文件备份成一个文件（运行中即可）"),
    "restore": ("app.commands.restore", "把备份恢复到空的数据库，并核对无误"),
    "permissions": ("app.commands.permissions", "输出权限表（CSV：路由、方法、角色、结论）"),
    "papers": ("app.commands.papers", "用演示数据生成全部文书"),
    "bench": ("app.commands.bench", "性能测试"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its module gives `arguments(parser)` and `run(options) -> exit code`."""
    parser = argparse.ArgumentParser(prog="run.py", description="住宅专项维修资金管理平台")
    commands = parser.add_subparsers(dest="command", required=True, metavar="命令")
    modules = {}
    asked = (arguments if arguments is not None else sys.argv[1:])[:1]
    for name, (module, text) in COMMANDS.items():
        child = commands.add_parser(name, help=text, description=text)
        if asked == [name]:  # only the asked-for command's part is imported
            modules[name] = __import__(module, fromlist=["run"])
            modules[name].arguments(child)
    options = parser.parse_args(arguments)
    return modules[options.command].run(options) or 0


if __name__ == "__main__":
    sys.exit(main())
